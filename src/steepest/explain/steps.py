"""The steps of a derivation: one rule each, each an equality that is checked before it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from steepest.errors import SteepestError
from steepest.evaluate.numpy import FloatArray
from steepest.explain import sampling
from steepest.explain.differential_notation import DifferentialNotation
from steepest.explain.normal import equal
from steepest.explain.notation import Notation, StyleName
from steepest.explain.rules import Rule
from steepest.expression import differentiate
from steepest.expression.graph import ONE, Node, substitute, topological, variable

_POINTS: Final = 24


class StepError(SteepestError):
    """A step of a derivation that is not an equality: a defect of this package."""


@dataclass(frozen=True)
class Check:
    """How a step was checked.

    `numeric`: its two sides agree at `points` random points (None: too few points where both
    are numbers). `symbolic`: they have one normal form (None: not decided that way).
    """

    numeric: bool | None
    points: int
    symbolic: bool | None

    @property
    def checked(self) -> bool:
        """Whether at least one of the two ways confirms the step."""
        return bool(self.numeric or self.symbolic)

    def __str__(self) -> str:
        ways = []
        if self.symbolic:
            ways.append("one normal form")
        if self.numeric:
            ways.append(f"equal at {self.points} random points")
        return " and ".join(ways) or "not checked: no points found where both sides are defined"


@dataclass(frozen=True, eq=False)
class Step:
    """The line `before` = the line `after`, by one rule.

    Within the line `local_before`, usually one open derivative, became `local_after`.
    """

    rule: Rule
    before: Node
    after: Node
    local_before: Node
    local_after: Node
    template: str
    shown: tuple[Node, ...]
    check: Check
    notation: Notation | DifferentialNotation

    def line(self, style: StyleName = "text") -> str:
        """The line after the step."""
        return self.notation.show(self.after, style)

    def local(self, style: StyleName = "text") -> str:
        """What changed: d/dx[x^2] = 2x."""
        left, right = (self.notation.show(n, style) for n in (self.local_before, self.local_after))
        return f"{left} = {right}"

    def reason(self, style: StyleName = "text") -> str:
        """Why the rule applies, a clause; formulas in it are in `style` (LaTeX within $)."""
        shown = [self.notation.show(n, style) for n in self.shown]
        return self.template.format(*(f"${s}$" if style == "latex" else s for s in shown))


class Checker:
    """Compares the two sides of steps at points where f is defined, and by normal form.

    The lines of a derivation mention named parts and open derivatives. Their values come
    from the graph: a part is evaluated, an open derivative is the program's own, computed
    forward, and that one is compared with difference quotients, which know no rules.
    """

    def __init__(self, domain: Node, variables: Sequence[str], notation: Notation) -> None:
        self.variables = tuple(variables)
        self.notation = notation
        self._points = sampling.points_where_defined(domain, variables, _POINTS)
        self._wholes: dict[str, Node] = {}
        self._values: dict[str, FloatArray] = {
            name: self._points[:, k] for k, name in enumerate(variables)
        }

    def name(self, part: str, whole: Node) -> None:
        """Tell the checker what a named part is."""
        self._wholes[part] = whole

    def whole(self, node: Node) -> Node:
        """`node` with the named parts written out."""
        return substitute([node], {variable(n): w for n, w in self._wholes.items()})[0]

    def learn(self, stand_ins: Sequence[Node]) -> None:
        """Find the values of parts and of open derivatives that the next lines mention."""
        news: dict[str, Node] = {
            name: whole for name, whole in self._wholes.items() if name not in self._values
        }
        by: dict[str, list[tuple[str, Node]]] = {}
        for stand_in in stand_ins:
            meaning = self.notation.meaning(stand_in)
            if meaning is not None and str(stand_in.value) not in self._values:
                whole = self.whole(meaning.of)
                by.setdefault(meaning.by, []).append((str(stand_in.value), whole))
        for x, pairs in by.items():
            roots = [whole for _, whole in pairs]
            derivatives = differentiate.directional(roots, {variable(x): ONE})
            for (name, _), derivative in zip(pairs, derivatives, strict=True):
                news[name] = derivative
        if news:
            rows = sampling.evaluate(list(news.values()), self.variables, self._points)
            self._values.update(zip(news, rows, strict=True))
        for x, pairs in by.items():
            self._compare_with_quotients(x, pairs)

    def _compare_with_quotients(self, x: str, pairs: list[tuple[str, Node]]) -> None:
        """The program's derivatives against difference quotients, part by part."""
        column = self.variables.index(x)
        quotients, bounds = sampling.difference_quotients(
            [whole for _, whole in pairs], self.variables, self._points, column
        )
        for (name, whole), quotient, bound in zip(pairs, quotients, bounds, strict=True):
            own = self._values[name]
            told = np.isfinite(quotient) & np.isfinite(own)
            near = np.abs(own - quotient)[told] <= bound[told]
            if told.sum() >= 3 and near.mean() < 0.75:
                shown = self.notation.show(whole, "text")
                raise StepError(
                    f"the derivative of {shown:.200} by {x} does not match its difference"
                    " quotients; please report this formula"
                )

    def check(self, pairs: Sequence[tuple[Node, Node, bool | None]]) -> list[Check]:
        """Compare the two sides of each pair; the third entry is what is known symbolically."""
        if not pairs:
            return []
        names = list(self._values)
        columns = np.stack([self._values[n] for n in names], axis=1)
        roots = [side for left, right, _ in pairs for side in (left, right)]
        rows = sampling.evaluate(roots, names, columns)
        found = []
        for k, (_, _, symbolic) in enumerate(pairs):
            numeric, count = sampling.agree(rows[2 * k], rows[2 * k + 1])
            found.append(Check(numeric, count, symbolic))
        return found

    def is_rule_right(self, stand_in: Node, result: Node, opened: Sequence[Node]) -> bool | None:
        """Whether `result` is the derivative that `stand_in` stands for, given the opened ones.

        The program's derivative of the outer operation alone is compared by normal form.
        """
        outer = self._of(stand_in)
        x = variable(self.notation.symbols[str(stand_in.value)].by)
        speeds = {self._of(n): n for n in opened}
        # What was regrouped, as x·sin(x) in x·2·sin(x), has to be expanded on both sides.
        regrouped = [n for n in speeds if n not in set(topological([outer]))]
        if regrouped:
            parts = (variable(name) for name in self._wholes)
            speeds = {u: self.notation.derivative(u, str(x.value), named=True) for u in parts}
            speeds[x] = ONE
            inside = differentiate.directional([self._of(n) for n in opened], speeds)
            (result,) = substitute([result], dict(zip(opened, inside, strict=True)))
        speeds.setdefault(x, ONE)
        (own,) = differentiate.directional([outer], speeds)
        return equal(own, result, budget=600)

    def _of(self, stand_in: Node) -> Node:
        return self.notation.symbols[str(stand_in.value)].of
