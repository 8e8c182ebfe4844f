"""A time limit for a package that offers none, in the same thread: `with patience(…): …`."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class OutOfTime(BaseException):
    """Raised inside the block. Not an Exception, so that the block does not catch it."""


@contextmanager
def patience(seconds: float, package: str) -> Iterator[None]:
    """Raise OutOfTime in the code of `package` once `seconds` have passed.

    The clock is looked at when one of its Python functions is called, so this does nothing
    about a single long call into C.
    """
    end = time.perf_counter() + seconds
    before = sys.getprofile()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or time.perf_counter() <= end:
            return
        # Not where an exception would be lost: in generators and callbacks of the collector.
        code = frame.f_code
        inside = frame.f_globals.get("__name__", "").partition(".")[0] == package
        if inside and not code.co_flags & inspect.CO_GENERATOR and code.co_name != "__del__":
            raise OutOfTime

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
