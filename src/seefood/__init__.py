"""seefood: a folder of photos in, a trustworthy image classifier out."""
