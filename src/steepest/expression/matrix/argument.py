"""A variable of a formula over data, and the coordinates it takes of a point."""

from __future__ import annotations

from dataclasses import dataclass

from steepest.expression.graph import Node, Shape
from steepest.expression.matrix import operations as array


@dataclass(frozen=True)
class Argument:
    """A variable of a formula: a number, a vector or a matrix.

    Its entries, row by row, are the coordinates `start` … `start` + `size` - 1 of a point.
    """

    name: str
    shape: Shape
    start: int

    @property
    def size(self) -> int:
        """How many coordinates it takes."""
        return array.entries(self.shape)

    @property
    def node(self) -> Node:
        """The variable in the graph."""
        return array.symbol(self.name, self.shape)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The names of its entries: w1, w2 … of a vector w, W1_1, W1_2 … of a matrix W."""
        if not self.shape:
            return (self.name,)
        # A digit at the end would run into the index: w1 has the entries w1_1, w1_2 …
        base = self.name + "_" * (self.name[-1].isdigit())
        rows, columns = self.shape
        if min(rows, columns) == 1:
            return tuple(f"{base}{k + 1}" for k in range(rows * columns))
        return tuple(f"{base}{i + 1}_{j + 1}" for i in range(rows) for j in range(columns))
