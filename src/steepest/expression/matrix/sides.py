"""Numbers of rows and columns that are known, open, or the same as others."""

from __future__ import annotations

from steepest.expression.matrix.place import Place
from steepest.expression.matrix.tree import Tree


class Side:
    """A number of rows or columns: known, open, or the same as another."""

    __slots__ = ("same", "size")

    def __init__(self, size: int | None = None) -> None:
        self.size, self.same = size, None

    same: Side | None

    def settle(self, size: int) -> None:
        """Give an open side its size."""
        _find(self).size = size


Open = tuple[Side, Side] | None  # None is a number


def _find(side: Side) -> Side:
    while side.same is not None:
        side = side.same
    return side


def size_of(side: Side) -> int | None:
    """How many rows or columns `side` stands for; None while that is open."""
    return _find(side).size


def join(a: Side, b: Side) -> bool:
    """Make two sides equal; whether that was news. Sides that differ stay as they are."""
    a, b = _find(a), _find(b)
    if a is b or (a.size is not None and b.size is not None):
        return False
    if a.size is None:
        a, b = b, a
    b.same = a
    return True


def picked(tree: Tree, part: Open, made: dict[tuple[Tree, int], Side]) -> Open:
    """The sides of x[…]: known where they are known of x, or each index is one place."""
    if part is None or len(tree.value) > 2:
        return None
    place, *more = tree.value
    rows, columns = part
    two: tuple[Place | None, Place | None] = (place, more[0] if more else None)
    if not more and size_of(rows) == 1:
        two = None, place
    taken = [_taken(place, side) for place, side in zip(two, part, strict=True)]
    # The same side each time: new ones would be joined for ever.
    pair = tuple(s or made.setdefault((tree, k), Side()) for k, s in enumerate(taken))
    # One index of what may yet be a vector: an entry.
    lone = not more and place.single and size_of(columns) is None
    return None if lone or all(size_of(side) == 1 for side in pair) else (pair[0], pair[1])


def _taken(place: Place | None, side: Side) -> Side | None:
    if place is None:
        return side
    if place.single:
        return Side(1)
    n = size_of(side)
    if n is None:
        return None
    first, last = place.span(n)
    return Side(max(1, last - first))
