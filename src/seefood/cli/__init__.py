"""The command line: doors that parse, call the library and show."""
