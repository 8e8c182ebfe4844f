"""A time limit for code that offers none, in the same thread: `with patience(0.1): …`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class OutOfTime(BaseException):
    """Raised inside the block. Not an Exception, so that the block does not catch it."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block's own code once `seconds` have passed.

    The clock is looked at on every call of a Python function, so this stops pure Python code
    such as SymPy and does nothing about a single long call into C.
    """
    end = time.perf_counter() + seconds
    before = sys.getprofile()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if time.perf_counter() > end:
            sys.setprofile(before)
            raise OutOfTime

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
