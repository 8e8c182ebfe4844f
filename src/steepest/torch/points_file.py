"""Computed points in a file, one line each, so that a computation that was killed goes on.

Every line is written at once and whole, so whatever was computed before a process died is kept.
Each rank of several writes a file of its own beside the first; reading takes all of them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from steepest.errors import ParameterError


class PointsFile:
    """The points (index, value) of one computation, told from others by its `header`.

    Raises ParameterError if the file holds something else, or cannot be read or written.
    """

    def __init__(self, path: str | Path, header: dict[str, Any], rank: int = 0) -> None:
        self._path = Path(path)
        self._header = {"what": "surface", **header}
        self._mine = self._path if rank == 0 else self._path.with_name(f"{self._path.name}.{rank}")
        self._file: int | None = None

    def read(self) -> dict[int, float]:
        """The points that are there, of all ranks. A line that was cut off does not count."""
        found: dict[int, float] = {}
        with self._told():
            for path in [self._path, *sorted(self._path.parent.glob(f"{self._path.name}.*"))]:
                if path.exists():
                    found |= self._points(path)
        return found

    def _points(self, path: Path) -> dict[int, float]:
        first, *lines = path.read_text("utf-8", errors="replace").split("\n")
        if not lines:  # not even the header is whole
            return {}
        try:
            header = json.loads(first)
        except ValueError:
            header = None
        if header != self._header:
            raise ParameterError(
                f"{str(path)!r} does not hold this surface: {self._difference(header)}; give"
                " another file, or delete it to start afresh"
            )
        points = [json.loads(line) for line in lines[:-1]]  # what follows the last \n was cut off
        return {int(k): math.nan if value is None else float(value) for k, value in points}

    def _difference(self, header: Any) -> str:
        if not isinstance(header, dict):
            return "its first line is not one that was written here"
        for key, value in self._header.items():
            if header.get(key) != value:
                return f"{key} is {header.get(key)} there, and {value} here"
        return "it was written by another version"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the system refuses, as ParameterError with the file's name."""
        try:
            yield
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ParameterError(
                f"{str(self._path)!r}: points cannot be kept there ({reason}); give another file"
            ) from None

    def __enter__(self) -> PointsFile:
        with self._told():
            text = self._mine.read_bytes() if self._mine.exists() else b""
            kept = text[: text.rfind(b"\n") + 1]
            if kept != text:
                os.truncate(self._mine, len(kept))
            self._file = os.open(self._mine, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        if not kept:
            self._line(self._header)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def add(self, index: int, value: float) -> None:
        """Write one point down; a value that is not finite as null."""
        self._line([index, value if math.isfinite(value) else None])

    def _line(self, content: Any) -> None:
        assert self._file is not None
        with self._told():
            os.write(self._file, json.dumps(content).encode() + b"\n")
