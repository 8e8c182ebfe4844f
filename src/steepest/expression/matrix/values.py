"""Arrays that a formula may name: what is accepted, and the shapes of things in words."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.errors import ParameterError
from steepest.expression import names
from steepest.expression.graph import Shape
from steepest.expression.tokens import is_word

FloatArray = NDArray[np.float64]

_LARGEST: Final = 100_000_000  # entries of an array: more would not fit beside its gradient


@dataclass(frozen=True, eq=False)
class Data:
    """A named array of numbers (rows, columns), never changed; equal if name and numbers are."""

    name: str
    array: FloatArray
    digest: bytes

    @classmethod
    def of(cls, name: str, array: FloatArray) -> Data:
        """The entries of `array` (rows, columns), copied."""
        own = np.array(array, dtype=np.float64, order="C")
        own.flags.writeable = False
        return cls(name, own, hashlib.blake2b(own.data, digest_size=16).digest())

    @property
    def shape(self) -> Shape:
        """() for one number, else (rows, columns)."""
        return () if self.array.size == 1 else self.array.shape

    def __repr__(self) -> str:
        return f"<Data {self.name} {' × '.join(map(str, self.array.shape))}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Data):
            return NotImplemented
        mine, its = (self.name, self.array.shape), (other.name, other.array.shape)
        return mine == its and self.digest == other.digest

    def __hash__(self) -> int:
        return hash((self.name, self.digest))


def read_data(given: Mapping[str, Any]) -> dict[str, Data]:
    """The arrays of `data=`, or an error that names the array and the entry."""
    if not hasattr(given, "keys"):
        raise ParameterError(
            f'data={given!r:.60}: give names with their arrays, such as {{"x": [1, 2, 3]}}'
        )
    return {name: Data.of(name, _array(name, given[name])) for name in check_names(given.keys())}


def check_names(given: Collection[Any]) -> list[str]:
    """`given` as names of arrays, or an error that quotes the first bad one."""
    checked = list(names.check_declared(list(given)))
    for name in checked:
        if name in names.ARRAY_FUNCTIONS:
            raise ParameterError(f"{name!r} already has a meaning in formulas: rename the array")
        if not is_word(name):
            raise ParameterError(
                f"{name!r} cannot be written in a formula: use letters, then digits, then _ and"
                " letters, such as x, x1 or x1_a"
            )
    return checked


def _array(name: str, given: Any) -> FloatArray:
    try:
        raw = np.asarray(given)
    except ValueError:
        lengths = sorted({np.size(row) for row in given})
        raise ParameterError(
            f"data: {name} is ragged: its rows have {_listed(lengths)} entries; make them equally"
            " long"
        ) from None
    if raw.dtype.kind == "c":
        raise ParameterError(f"data: {name} has complex numbers; give real ones")
    if raw.dtype.kind not in "biuf":
        wrong = [v for v in raw.ravel().tolist() if not _is_number(v)]
        if wrong or raw.dtype.kind != "O":
            shown = repr(wrong[0])[:40] if wrong else str(raw.dtype)
            raise ParameterError(f"data: {name} holds {shown}, which is not a number")
    if raw.ndim > 2:
        raise ParameterError(
            f"data: {name} has {raw.ndim} axes ({' × '.join(map(str, raw.shape))}); a formula knows"
            " vectors and matrices"
        )
    if raw.size == 0:
        raise ParameterError(f"data: {name} is empty; give at least one number")
    if raw.size > _LARGEST:
        raise ParameterError(f"data: {name} has {raw.size:,} entries, the limit is {_LARGEST:,}")
    try:
        array = raw.astype(np.float64)
    except OverflowError:
        raise ParameterError(
            f"data: {name} has a whole number beyond 1.8e308, the largest there is"
        ) from None
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f"entry {place[0] + 1}" if len(place) == 1 else _row_column(place)
        raise ParameterError(
            f"data: {name} has {array[place]:g} at {where}; leave out or fill what is missing"
        )
    return array.reshape(-1, 1) if array.ndim < 2 else array


def _row_column(place: tuple[int, ...]) -> str:
    return f"row {place[0] + 1}, column {place[1] + 1}" if place else "its only entry"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool) and not isinstance(value, complex)


def read_shapes(given: Mapping[str, Any] | None) -> dict[str, Shape]:
    """The shapes of `shapes=`: an int is a vector's length, a pair is (rows, columns)."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ParameterError(f'shapes={given!r:.60}: give names with shapes, such as {{"w": 3}}')
    return {name: _shape(name, given[name]) for name in check_names(list(given))}


def _shape(name: str, given: Any) -> Shape:
    sides = given if isinstance(given, tuple | list) else (given,)
    whole = all(isinstance(s, int | np.integer) and not isinstance(s, bool) for s in sides)
    if not whole or len(sides) > 2 or any(s < 1 for s in sides):
        raise ParameterError(
            f"shapes: {name} is {given!r:.40}; give the number of entries of a vector, such as 3,"
            " or (rows, columns) of a matrix"
        )
    rows, columns = (*(int(s) for s in sides), 1, 1)[:2] if sides else (1, 1)
    return () if rows == columns == 1 else (rows, columns)


def shape_words(shape: Shape) -> str:
    """What follows a name: "is a number", "has 4 entries", "is 5 × 3"."""
    if not shape:
        return "is a number"
    rows, columns = shape
    if columns == 1:
        return f"has {rows} entries"
    return f"is a row of {columns} entries" if rows == 1 else f"is {rows} × {columns}"


def _listed(numbers: list[int]) -> str:
    return " and ".join(map(str, numbers)) if len(numbers) < 4 else f"{numbers[0]} … {numbers[-1]}"
