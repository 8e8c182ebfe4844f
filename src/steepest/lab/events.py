"""What a worker tells: events with a name and plain data, one a line."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple


class Event(NamedTuple):
    """`waiting`, `progress`, or one of the last ones: `result`, `refused`, `failed`."""

    name: str
    data: dict[str, Any]

    @property
    def last(self) -> bool:
        """Whether nothing comes after it."""
        return self.name in ("result", "refused", "failed")

    def line(self) -> bytes:
        """The event for the pipe between a worker and the server."""
        return dumps([self.name, self.data]) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Event:
        """The twin of `line`."""
        return cls(*json.loads(line))

    def sent(self) -> bytes:
        """The event as a server sends it (text/event-stream)."""
        return b"event: " + self.name.encode() + b"\ndata: " + dumps(self.data) + b"\n\n"


def failed(sentence: str) -> Event:
    """The last event of work that came to nothing."""
    return Event("failed", {"message": sentence})


def dumps(value: Any) -> bytes:
    """JSON in ASCII, on one line, that every parser reads: null for what is not finite."""
    text = json.dumps(finite(value), allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def finite(value: Any) -> Any:
    """`value` with None in the place of NaN and infinity, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return value
