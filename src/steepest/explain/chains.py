"""What a derivation consists of: chains of equalities, and one partial derivative's chains."""

from __future__ import annotations

from dataclasses import dataclass

from steepest.explain.differential_notation import DifferentialNotation
from steepest.explain.notation import Notation
from steepest.explain.parts import Part
from steepest.explain.steps import Check, Step
from steepest.expression.expression import Expression
from steepest.expression.graph import Node


@dataclass(frozen=True, eq=False)
class Chain:
    """One derivative as a chain of equalities: `start` = … = `end`.

    `of` is "f", a part's name or, for second derivatives, a first partial such as "f_x".
    """

    of: str
    by: str
    start: Node
    steps: tuple[Step, ...]
    notation: Notation | DifferentialNotation

    @property
    def end(self) -> Node:
        """The last line."""
        return self.steps[-1].after if self.steps else self.start


@dataclass(frozen=True, eq=False)
class PartialDerivation:
    """How d`of`/d`by` is found: the chains of the named parts, then the one of `of`.

    `result` is the derivative the program uses, and `agreement` the comparison of the last
    line with it; where `result` is long, the last line is in terms of `parts`.
    """

    of: str
    by: str
    inner: tuple[Chain, ...]
    chain: Chain
    result: Expression
    agreement: Check
    parts: tuple[Part, ...]

    @property
    def chains(self) -> tuple[Chain, ...]:
        """All chains, in reading order."""
        return (*self.inner, self.chain)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in reading order."""
        return tuple(step for chain in self.chains for step in chain.steps)
