"""The run's file: one line a step, handed to the system at once, so that a crash costs none."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from steepest.errors import RunError
from steepest.training.reading import read_header
from steepest.training.records import Header, resumed_line, step_line


class JsonLines:
    """Writes a run to `path`. An earlier run there is replaced, unless this one continues it.

    Raises RunError if the file cannot be written, or holds something that is no run.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: int | None = None
        # Asked now rather than after the first step; what is there is not touched yet.
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666))
        except OSError as error:
            raise self._refusal(error) from None
        if self.path.is_file() and self.path.stat().st_size:
            self._header()

    def start(self, header: Header, resumed: int | None) -> None:
        """Begin a file; or go on in it at step `resumed`, if it holds the start of the run."""
        regular = self.path.is_file() and self.path.stat().st_size > 0
        before = self._header() if regular and resumed is not None else None
        if before is not None and before.layers != header.layers:
            raise RunError(
                f"{self.path}: the run there is of {before.model} with {before.parameters:,}"
                f" parameters, not of this model ({header.parameters:,}); continue it in its own"
                " file, or choose another"
            )
        kind = os.O_TRUNC if before is None else os.O_APPEND
        try:
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | kind, 0o666)
        except OSError as error:
            raise self._refusal(error) from None
        if before is None or resumed is None:
            self._write(header.line())
        else:
            # A line that a crash cut off is ended first.
            self._write(("" if self._ends_well() else "\n") + resumed_line(resumed))

    def step(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """One step."""
        self._write(step_line(step, values, layers))

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, line: str) -> None:
        assert self._file is not None
        rest = memoryview((line + "\n").encode())
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise self._refusal(error) from None

    def _header(self) -> Header:
        """The first line of what is there."""
        try:
            return read_header(self.path)
        except RunError as error:
            raise RunError(
                f"{error}\nIt is left as it is: choose another place for the run"
            ) from None

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _refusal(self, error: OSError) -> RunError:
        reason = (error.strerror or str(error)).lower()
        return RunError(
            f"{self.path}: the run cannot be written ({reason}); choose another place for it"
        )
