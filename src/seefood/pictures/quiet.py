"""Silence what Pillow says of broken pictures, in the threads that decode and nowhere else."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

__all__ = ["without_warnings"]


class _Hush(threading.local):
    """A filter of warnings and of log records that acts only in threads that are decoding.

    In `warnings.filters` it stands where others have the pattern for the message; a logger asks it to `filter`.
    """

    active = False

    def match(self, _message: str) -> bool:
        return self.active

    def filter(self, _record: logging.LogRecord) -> bool:
        return not self.active


_HUSH = _Hush()
_FILTER = ("ignore", _HUSH, Warning, None, 0)
logging.getLogger("PIL.TiffImagePlugin").addFilter(_HUSH)  # the one plugin that logs errors, thus prints by default


@contextmanager
def without_warnings() -> Iterator[None]:
    """Pillow's complaints are silenced in this thread, for this picture.

    `warnings.catch_warnings` would change the filters of every thread, and restore them in the wrong order.
    """
    filters = cast("list[object]", warnings.filters)
    if not filters or filters[0] is not _FILTER:
        filters.insert(0, _FILTER)
    _HUSH.active = True
    try:
        yield
    finally:
        _HUSH.active = False
