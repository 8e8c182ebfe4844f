"""Entries of an array by their places, counted from 0 as Python counts: x[0], x[-1], X[1:3, :]."""

from __future__ import annotations

from typing import NamedTuple

from steepest.expression.graph import Shape
from steepest.expression.matrix.values import shape_words

Span = tuple[int, int]  # from a first place to before a last one


class Place(NamedTuple):
    """One of the indices as typed: k, first:last with either left out, or : alone."""

    first: int | None
    last: int | None
    single: bool

    def __str__(self) -> str:
        if self.single:
            return str(self.first)
        first, last = ("" if k is None else str(k) for k in (self.first, self.last))
        return f"{first}:{last}"

    def span(self, n: int) -> Span:
        """The places it takes of 0 … n - 1, as Python does; empty if there are none."""
        if self.single:
            assert self.first is not None
            k = self.first + n if self.first < 0 else self.first
            return (k, k + 1) if 0 <= k < n else (0, 0)
        first, last, _ = slice(self.first, self.last).indices(n)
        return first, max(first, last)


def spans(places: tuple[Place, ...], shape: Shape) -> tuple[Span, Span] | None:
    """What rows and columns `places` take of an array of `shape`; None if there are too many.

    One place counts along a vector, or the rows of a matrix.
    """
    rows, columns = shape
    first, *more = places
    if len(more) > 1:
        return None
    if more:
        return first.span(rows), more[0].span(columns)
    return ((0, 1), first.span(columns)) if rows == 1 else (first.span(rows), (0, columns))


def problem(name: str, places: tuple[Place, ...], shape: Shape) -> tuple[str, str]:
    """What is wrong with places that take nothing of `name`, an array of `shape`; and a hint."""
    what = f"{name or 'this'} {shape_words(shape)}"
    if not shape:
        return f"{what} and has no entries to pick", "leave the brackets out"
    written = f"{name}[{', '.join(map(str, places))}]"
    if len(places) > 2:
        return f"{written}: {what}, so there are two indices at most", "write X[0, 1]"
    rows, columns = shape
    sides = [rows, columns] if len(places) == 2 else [columns if rows == 1 else rows]
    words = ("row", "column") if len(places) == 2 or min(shape) > 1 else ("entry",)
    for place, n, word in zip(places, sides, words, strict=False):
        first, last = place.span(n)
        if first >= last:
            counted = f"counted from 0, as in Python: 0 to {n - 1}"
            if place.single:
                return f"{written}: there is no {word} {place}; {what}", counted
            many = "entries" if word == "entry" else f"{word}s"
            return f"{written}: {place} takes no {many}; {what}", f"{counted}, the last left out"
    raise AssertionError("all places take something")
