"""A run's file read back: strict about what a line means, forgiving to a line a crash cut off."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from steepest.errors import RunError, quote_with_caret
from steepest.training.records import COLUMNS, FORMAT, Header, Layer
from steepest.training.run import Run, RunBuilder

_SPECIAL: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_MOST_STEPS: Final = 2**63  # what a column of whole numbers holds
_HINT: Final = "a run is written by steepest.torch.watch(model, optimizer, path)"


def read_run(path: str | os.PathLike[str]) -> Run:
    """The run that `watch` wrote to `path`.

    A last line that a crash cut off is left out, and the run's `notes` say so.

    Raises RunError, with the line, if the file cannot be read, is not a run, is of another
    version, or has no step.
    """
    follower = RunFollower(path)
    for _ in follower.new_steps():
        pass
    run = follower.run(complete=True)
    if not len(run):
        raise RunError(f"{os.fspath(path)}: the run has no step yet; wait for one, or --follow it")
    return run


def read_header(path: str | os.PathLike[str]) -> Header:
    """The first line of a run. Raises RunError as `read_run` does."""
    follower = RunFollower(path)
    for _ in follower.new_steps():
        break
    return follower.run(complete=not follower.started).header


class RunFollower:
    """Reads a run while it is being written. Raises RunError as `read_run` does."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._builder: RunBuilder | None = None
        self._offset = 0
        self._number = 0  # of the last line read
        self._rest = b""  # the start of a line whose end is not written yet
        self._doubtful: tuple[int, RunError] | None = None  # an unreadable line, and where

    def new_steps(self) -> Iterator[int]:
        """Read what was added to the file since the last call; the number of each new step."""
        for line in self._new_lines():
            self._number += 1
            step = self._take(line)
            if step is not None:
                yield step

    def run(self, *, complete: bool = False) -> Run:
        """The run so far; `complete` if nobody is writing any more, so that half a line is torn."""
        if complete and self._rest:
            self._number += 1
            rest, self._rest = self._rest, b""
            self._take(rest)
            if self._doubtful is not None and self._builder is not None:
                self._builder.notes.append(_torn(self._number))
                self._doubtful = None
        if self._doubtful is not None:
            raise self._doubtful[1]
        if self._builder is None:
            # `watch` makes the file at once, and writes to it from the first step on.
            raise RunError(
                f"{self.path}: the file is empty: the run there has not taken its first step, or"
                " never did; wait for it, or --follow it"
            )
        return self._builder.run()

    @property
    def started(self) -> bool:
        """Whether the first line is there."""
        return self._builder is not None

    def _new_lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RunError(f"{self.path}: the run cannot be read ({reason})") from None
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        yield from lines

    def _take(self, line: bytes) -> int | None:
        """One line into the builder; the step that it holds, if any."""
        if not line.strip() and self._builder is not None:
            return None
        try:
            fields = self._parse(line)
        except RunError as error:
            # Half a line is right where a crash cut it off: at the end, or before a resumption.
            if self._builder is None or self._doubtful is not None:
                raise
            self._doubtful = (self._number, error)
            return None
        if self._builder is None:
            self._builder = RunBuilder(self._header(line, fields))
            return None
        if "resumed" in fields:
            self._version(line, fields)
            if self._doubtful is not None:
                self._builder.notes.append(_torn(self._doubtful[0]))
                self._doubtful = None
            self._builder.resume(self._whole(line, fields, "resumed"))
            return None
        if self._doubtful is not None:
            raise self._doubtful[1]
        return self._step(line, fields, self._builder)

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            fields = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
        except UnicodeDecodeError:
            self._refuse(line, "is not text")
        except (json.JSONDecodeError, RecursionError, ValueError) as error:
            place = getattr(error, "pos", 0)
            self._refuse(line, "is not JSON", place)
        if not isinstance(fields, dict):
            self._refuse(line, "is not a JSON object")
        return fields

    def _header(self, line: bytes, fields: dict[str, Any]) -> Header:
        if "steepest_run" not in fields:
            self._refuse(line, "does not start a run", hint=_HINT)
        self._version(line, fields)
        try:
            return Header(
                model=str(fields["model"]),
                optimizer=str(fields["optimizer"]),
                parameters=int(fields["parameters"]),
                layers=tuple(Layer(str(x["name"]), int(x["parameters"])) for x in fields["layers"]),
                started=str(fields.get("started", "")),
                settings=dict(fields.get("settings", {})),
                stability=str(fields.get("stability", "")),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            self._refuse(line, f"lacks what the first line of a run says ({error!r})", hint=_HINT)

    def _version(self, line: bytes, fields: dict[str, Any]) -> None:
        version = fields.get("steepest_run")
        if version != FORMAT:
            self._refuse(
                line,
                f"is of version {version!r:.20} of the format",
                hint=f"this steepest reads version {FORMAT}; install the one that wrote the run",
            )

    def _step(self, line: bytes, fields: dict[str, Any], builder: RunBuilder) -> int:
        step = self._whole(line, fields, "step")
        if step <= builder.last_step:
            self._refuse(line, f"is step {step}, but step {builder.last_step} stands before it")
        values = {
            name: self._number_of(line, name, fields[name]) for name in COLUMNS if name in fields
        }
        sizes = fields.get("layers", [])
        if not isinstance(sizes, list) or len(sizes) != len(builder.header.layers):
            self._refuse(line, f"must have {len(builder.header.layers)} numbers in “layers”")
        builder.add(step, values, [self._number_of(line, "layers", x) for x in sizes])
        return step

    def _whole(self, line: bytes, fields: dict[str, Any], name: str) -> int:
        value = fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST_STEPS:
            self._refuse(line, f"has no whole number “{name}”", hint=_HINT)
        return value

    def _number_of(self, line: bytes, name: str, value: Any) -> float:
        if isinstance(value, str) and value in _SPECIAL:
            return _SPECIAL[value]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(line, f"has {value!r:.20} as “{name}”, which is not a number")
        try:
            return float(value)
        except OverflowError:  # a whole number of hundreds of digits
            self._refuse(line, f"has {value!r:.20}… as “{name}”, which is too large")

    def _refuse(self, line: bytes, reason: str, place: int = 0, hint: str = "") -> NoReturn:
        said = f"{self.path}: line {self._number} {reason}" + (f"; {hint}" if hint else "")
        text = line.decode("utf-8", "replace")
        raise RunError(f"{said}\n{quote_with_caret(text, min(place, len(text)))}") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _torn(number: int) -> str:
    return f"line {number} was cut off in the middle, as by a crash; it is left out"
