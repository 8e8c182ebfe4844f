"""Computed points in a file, one line each, so that a computation that was killed goes on.

Every line is written at once and whole, so whatever was computed before a process died is kept.
Each rank of several writes a file of its own beside the first; reading takes all of them. This
file does not load torch.

The first line is an object: what tells this surface from others (`resolution`, `ranges`, and
`slice`, a digest of the directions), and what a picture of it says (`title`, `names`, `unit`,
`points`). Then come [index, value] for each point, null where the loss was not finite, and
{"trajectory": …} where one was given; the last of them counts.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from steepest.errors import ParameterError


@dataclass
class Kept:
    """What files of points hold: the first line, the points, and the trajectory."""

    header: dict[str, Any]
    points: dict[int, float]
    trajectory: dict[str, Any] | None = None


def files_of(path: Path) -> list[Path]:
    """The file at `path` and those that other ranks wrote beside it, as far as they are there."""
    start = f"{path.name}."
    beside = [p for p in path.parent.iterdir() if p.name.startswith(start)]
    own = [p for p in beside if p.name.removeprefix(start).isdecimal()]
    return [p for p in (path, *sorted(own)) if p.exists()]


def read_points(path: Path) -> Kept | None:
    """What one file holds; None if not even its first line is whole.

    A last line that was cut off does not count. Raises ParameterError if something else stands
    there, and OSError if it cannot be read.
    """
    first, *lines = path.read_text("utf-8", errors="replace").split("\n")
    if not lines:
        return None
    header = _read(first)
    if not isinstance(header, dict) or header.get("what") != "surface":
        raise ParameterError(
            f"{str(path)!r} does not hold a surface: its first line is not one that was written"
            " here, by surface(…, file=…); give another file, or delete it to start afresh"
        )
    total = _size(header)
    if total is None:
        raise ParameterError(
            f"{str(path)!r}: the first line tells no grid: the file was changed; delete it"
        )
    kept = Kept(header, {})
    for number, line in enumerate(lines[:-1], 2):  # what follows the last \n was cut off
        match _read(line):
            case [int(index), None | int() | float() as value] if 0 <= index < total:
                kept.points[index] = math.nan if value is None else float(value)
            case {"trajectory": dict(trajectory)}:
                kept.trajectory = trajectory
            case _:
                raise ParameterError(
                    f"{str(path)!r}: line {number} is no point, {line[:40]!r}: the file was"
                    " changed; delete that line"
                )
    return kept


def _size(header: dict[str, Any]) -> int | None:
    """How many points the grid of a first line has; None if it tells of none."""
    match header:
        case {"resolution": [int(), *_] as counts, "ranges": [[_, _], *_] as ranges}:
            sound = all(isinstance(k, int) and k >= 2 for k in counts) and all(
                isinstance(r, list) and len(r) == 2 and all(isinstance(v, int | float) for v in r)
                for r in ranges
            )
            if sound and len(counts) == len(ranges) <= 2:
                return math.prod(counts)
    return None


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


class PointsFile:
    """The points (index, value) of one computation, told from others by its `header`.

    `about` stands in the first line, too, but tells nothing apart; `trajectory` is written down
    if the file does not have it. Raises ParameterError if the file holds something else, or
    cannot be read or written.
    """

    def __init__(
        self,
        path: str | Path,
        header: dict[str, Any],
        rank: int = 0,
        *,
        about: dict[str, Any] | None = None,
        trajectory: dict[str, Any] | None = None,
    ) -> None:
        self._path = Path(path)
        self._header = {"what": "surface", **header}
        self._about = about or {}
        self._trajectory = trajectory if rank == 0 else None
        self._known: dict[str, Any] | None = None
        self._mine = self._path if rank == 0 else self._path.with_name(f"{self._path.name}.{rank}")
        self._file: int | None = None

    def read(self) -> dict[int, float]:
        """The points that are there, of all ranks. A line that was cut off does not count."""
        found: dict[int, float] = {}
        with self._told():
            for path in files_of(self._path):
                kept = read_points(path)
                if kept is None:
                    continue
                if (difference := self._difference(kept.header)) is not None:
                    raise ParameterError(
                        f"{str(path)!r} does not hold this surface: {difference}; give another"
                        " file, or delete it to start afresh"
                    )
                found |= kept.points
                if path == self._mine:
                    self._known = kept.trajectory
        return found

    def _difference(self, header: dict[str, Any]) -> str | None:
        for key, value in self._header.items():
            if header.get(key) != value:
                return f"{key} is {header.get(key)} there, and {value} here"
        return None

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
            self._line(self._header | self._about)
        if self._trajectory is not None and self._trajectory != self._known:
            self._line({"trajectory": self._trajectory})
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
