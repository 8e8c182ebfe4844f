"""A limit of work for a package that offers none, in the same thread: `with patience(…): …`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class OutOfPatience(BaseException):
    """Raised inside the block. Not an Exception, so that the block does not catch it."""


@contextmanager
def patience(calls: int, package: str) -> Iterator[None]:
    """Raise OutOfPatience in the code of `package` once `calls` Python functions were called.

    Counted and not timed, so that a busy machine gets the answer of an idle one. This does nothing
    about a single long call into C.
    """
    left = calls
    before = sys.getprofile()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal left
        if event != "call":
            return
        left -= 1
        if left >= 0:
            return
        # Not where an exception would be lost: in generators and callbacks of the collector.
        code = frame.f_code
        inside = frame.f_globals.get("__name__", "").partition(".")[0] == package
        if inside and not code.co_flags & inspect.CO_GENERATOR and code.co_name != "__del__":
            raise OutOfPatience

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
