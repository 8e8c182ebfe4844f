"""Gradients of arrays worked out by differentials: one rule a step, each checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from steepest.evaluate.arrays import ArrayEvaluator
from steepest.explain import sampling
from steepest.explain.array_equality import Samples
from steepest.explain.chains import Chain, PartialDerivation
from steepest.explain.differential_notation import DifferentialNotation
from steepest.explain.differentials import (
    GRADIENT,
    JACOBIAN,
    Moving,
    again,
    differential_once,
    inner_product,
    product,
)
from steepest.explain.parts import name_parts, stand_in
from steepest.explain.rules import CONSTANT, NAMED, SIMPLIFY, Rule
from steepest.explain.steps import Check, Step, StepError
from steepest.expression.arithmetic import sub
from steepest.expression.expression import Expression
from steepest.expression.graph import ZERO, Node, build, substitute, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.differentiate import directional
from steepest.expression.matrix.simplify import simplify
from steepest.functions.formula import Formula

_LONGEST: Final = 40  # characters of a formula that is left whole: steps are twice as long
_SHORT: Final = 24  # characters of a part's differential that is put in at once
_CLOSE: Final = 1e-3  # relative, of difference quotients
_STEP: Final = 1e-5


class DifferentialWork:
    """Differentials of one root by several variables; parts and their names are shared."""

    def __init__(self, root: Node, formula: Formula, name: str) -> None:
        assert formula.arrays is not None
        self.name, self.root, self.formula = name, root, formula
        self.arguments = formula.arrays.arguments
        taken = [*formula.variables, *formula.arrays.leaves, "d"]
        self.parts, (self.short,) = name_parts([root], taken, _LONGEST)
        self.wholes = {stand_in(p.name, p.whole): p.whole for p in self.parts}
        self.notation = DifferentialNotation(len(self.arguments) > 1)
        self.checker = _Checker(formula, self.notation, self.wholes)

    def partial(self, a: Argument, expected: Node) -> PartialDerivation:
        """The derivation by the variable `a`, whose last line must hold `expected`."""
        self.checker.move(a)
        moving = self._moving(a.node)
        moved = self.notation.differential(a.node, named=True)
        known: dict[Node, Node] = {a.node: moved}
        inner = []
        for part in self.parts:
            u = stand_in(part.name, part.whole)
            if u not in moving:
                continue
            chain = self._chain(part.name, part.definition, a, moving, known)
            inner.append(chain)
            text = self.notation.show(chain.end, "text")
            short = len(text) <= _SHORT
            known[u] = chain.end if short else self.notation.differential(u, named=True)
        result = self._result(expected, moved)
        chain = self._chain(self.name, self.short, a, moving, known, result)
        agreement = chain.steps[-1].check
        return PartialDerivation(
            self.name, a.name, tuple(inner), chain, Expression(expected), agreement,
            tuple(self.parts),
        )  # fmt: skip

    def _result(self, expected: Node, moved: Node) -> tuple[Rule, Node]:
        """The last line: ⟨∇f, dw⟩ for the differential of a number, H dw for that of a vector."""
        if self.name == "f":
            return GRADIENT, inner_product(expected, moved)
        return JACOBIAN, product(expected, moved)

    def _moving(self, x: Node) -> set[Node]:
        """The nodes that depend on `x`, by themselves or through named parts."""
        moving = {x}
        for root in [*(p.definition for p in self.parts), self.short]:
            for node in topological([root]):
                if any(a in moving for a in node.args):
                    moving.add(node)
            part = next((p for p in self.parts if p.definition is root), None)
            if part is not None and root in moving:
                moving.add(stand_in(part.name, part.whole))
        return moving

    def _chain(
        self,
        name: str,
        root: Node,
        a: Argument,
        moving: set[Node],
        known: dict[Node, Node],
        result: tuple[Rule, Node] | None = None,
    ) -> Chain:
        start = state = self._open(root, known, moving)
        drafts: list[_Draft] = []
        while opened := self._opened(state):
            draft = self._resolved(opened, state, a, moving, known)
            drafts.append(draft)
            state = draft[2]
        (simple,) = simplify([_without_zeros(state)])
        shown = self.notation.show(simple, "text")
        tidied = shown != self.notation.show(state, "text")
        if tidied and (result is None or shown != self.notation.show(result[1], "text")):
            drafts.append((SIMPLIFY, state, simple, state, simple, "", ()))
            state = simple
        if result is not None:
            rule, last = result
            what = "gradient" if rule is GRADIENT else "Hessian's block"
            reason = f"what stands with d{a.name} is the {what}"
            drafts.append((rule, state, last, state, last, reason, ()))
        return Chain(name, a.name, start, self._checked(drafts), self.notation)

    def _open(self, node: Node, known: dict[Node, Node], moving: set[Node]) -> Node:
        if node in known and node not in self.wholes:
            return known[node]
        return self.notation.differential(node)

    def _opened(self, state: Node) -> list[Node]:
        """The open differentials of a line, in reading order."""
        return [
            n
            for n in topological([state])
            if (meaning := self.notation.meaning(n)) is not None and not meaning.named
        ]

    def _resolved(
        self,
        opened: list[Node],
        state: Node,
        a: Argument,
        moving: set[Node],
        known: dict[Node, Node],
    ) -> _Draft:
        """One rule, applied to the first open differential; trivial rules to all they fit."""
        at = Moving(a.name, moving.__contains__, lambda u: self._open(u, known, moving))

        def apply(open_one: Node) -> tuple[Rule, Node, str, tuple[Node, ...]]:
            meaning = self.notation.meaning(open_one)
            assert meaning is not None
            if meaning.of in known:
                return NAMED, known[meaning.of], "found above", ()
            return differential_once(meaning.of, at)

        first = opened[0]
        rule, result, reason, shown = apply(first)
        replaced = {first: array.fitted(result, first.shape) if first.shape else result}
        if rule in (CONSTANT, NAMED):
            for other in opened[1:]:
                same, value, _, _ = apply(other)
                if same is rule:
                    replaced[other] = array.fitted(value, other.shape) if other.shape else value
            if len(replaced) > 1:
                reason, shown = ("found above" if rule is NAMED else _NONE.format(x=a.name)), ()
        (after,) = substitute([state], replaced)
        return rule, state, after, first, replaced[first], reason, shown

    def _checked(self, drafts: Sequence[_Draft]) -> tuple[Step, ...]:
        """The drafts as steps; raises StepError at the first that is no equality."""
        checks = self.checker.check([(d[3], d[4]) for d in drafts])
        steps = []
        for draft, check in zip(drafts, checks, strict=True):
            rule, before, after, left, right, reason, shown = draft
            if check.numeric is False:
                told = [self.notation.show(n, "text") for n in (left, right)]
                raise StepError(
                    f"the {rule.name} step {told[0]:.200} = {told[1]:.200} is not an equality;"
                    " please report this formula"
                )
            steps.append(
                Step(rule, before, after, left, right, reason, shown, check, self.notation)
            )
        return tuple(steps)


def _without_zeros(root: Node) -> Node:
    """`root` without terms that are 0 in every entry."""
    new: dict[Node, Node] = {}
    for node in topological([root]):
        args = tuple(new[a] for a in node.args)
        new[node] = node if args == node.args else again(node, args)
        if node.op in ("add", "sub"):
            left, right = args
            if _is_zero(right):
                new[node] = array.fitted(left, node.shape)
            elif _is_zero(left):
                other = right if node.op == "add" else build("neg", right)
                new[node] = array.fitted(other, node.shape)
        elif node.op == "mul" and any(map(_is_zero, args)):
            new[node] = array.fill(ZERO, node.shape)
    return new[root]


def _is_zero(node: Node) -> bool:
    return node is ZERO or (node.op == "fill" and node.args[0] is ZERO)


#: rule, line before, line after, what changed before and after, reason, what it shows
_Draft = tuple[Rule, Node, Node, Node, Node, str, tuple[Node, ...]]
_NONE: Final = "they do not depend on {x}"


class _Checker:
    """Compares the two sides of steps at points where f is defined, in random directions.

    An open differential has the value of the program's own directional derivative, which is
    compared with difference quotients; a named part that of what it stands for.
    """

    def __init__(
        self, formula: Formula, notation: DifferentialNotation, wholes: dict[Node, Node]
    ) -> None:
        self.notation, self.wholes = notation, wholes
        samples = Samples(formula)
        assert formula.arrays is not None
        self.arguments = formula.arrays.arguments
        self._points = samples.points[:: max(1, len(samples.points) // 24)]
        self._domain = formula.arrays.node
        self._seen: set[Node] = set()

    def move(self, a: Argument) -> None:
        """Let `a` move, in a random direction at each point."""
        m = len(self._points)
        self._by = a
        directions = np.random.default_rng(2028).normal(size=(m, a.size))
        # No formula can hold a name that starts with a digit.
        self._moved = Argument("0moved", a.shape, self._points.shape[1])
        self._ahead = np.hstack([self._points, directions])
        ends = self._points.copy()
        ends[:, a.start : a.start + a.size] += _STEP * directions
        starts = self._points.copy()
        starts[:, a.start : a.start + a.size] -= _STEP * directions
        self._apart = starts, ends
        self._seen = set()

    def check(self, pairs: Sequence[tuple[Node, Node]]) -> list[Check]:
        """Compare the two sides of each pair."""
        if not pairs:
            return []
        flat = self._written_out([side for pair in pairs for side in pair])
        arguments = [*self.arguments, self._moved]
        rows = ArrayEvaluator(flat, arguments)(self._ahead)
        at = np.split(rows, np.cumsum([array.entries(n.shape) for n in flat])[:-1])
        found = []
        for k in range(len(pairs)):
            left, right = at[2 * k], at[2 * k + 1]
            numeric, count = sampling.agree(left.ravel(), right.ravel())
            if left.shape != right.shape:
                numeric = False
            (difference,) = simplify([sub(flat[2 * k], flat[2 * k + 1])])
            symbolic = True if _is_zero(difference) else None
            found.append(Check(numeric, min(count, len(self._points)), symbolic))
        return found

    def _written_out(self, roots: Sequence[Node]) -> list[Node]:
        """`roots` in terms of the variables and of how they move."""
        direction = {self._by.node: self._moved.node}
        replaced: dict[Node, Node] = dict(self.wholes)
        for node in topological(roots):
            meaning = self.notation.meaning(node)
            if meaning is None:
                continue
            (whole,) = substitute([meaning.of], self.wholes)
            (speed,) = directional([whole], direction)
            replaced[node] = speed
            self._compare_with_quotients(node, whole, speed)
        return substitute(roots, replaced)

    def _compare_with_quotients(self, stand_in: Node, whole: Node, speed: Node) -> None:
        if stand_in in self._seen:
            return
        self._seen.add(stand_in)
        low, high = (ArrayEvaluator([whole], self.arguments)(p) for p in self._apart)
        own = ArrayEvaluator([speed], [*self.arguments, self._moved])(self._ahead)
        with np.errstate(all="ignore"):
            quotient = (high - low) / (2 * _STEP)
            size = np.maximum(np.abs(own), np.abs(quotient))
            rounding = 1e-15 * (np.abs(high) + np.abs(low)) / _STEP
            told = np.isfinite(own) & np.isfinite(quotient) & (rounding < 1e-4 * size)
            near = (np.abs(own - quotient) <= _CLOSE * size)[told]
        if told.sum() >= 3 and near.mean() < 0.75:
            raise StepError(
                f"the differential of {self.notation.show(whole, 'text'):.200} does not match its"
                " difference quotients; please report this formula"
            )


def partials_in_matrix_form(formula: Formula) -> tuple[DifferentialWork, list[PartialDerivation]]:
    """The derivation of each derivative of a formula over data, in matrix form."""
    assert formula.arrays is not None
    work = DifferentialWork(formula.root, formula, "f")
    pairs = zip(formula.arrays.arguments, formula.arrays.gradient, strict=True)
    return work, [work.partial(a, g) for a, g in pairs]


def hessian_in_matrix_form(formula: Formula) -> list[tuple[PartialDerivation, ...]]:
    """Row i holds the derivations of the blocks (i, j) for j = i …

    Raises ParameterError where a block has no matrix form.
    """
    over = formula.arrays
    assert over is not None
    rows = []
    for i, (g, blocks) in enumerate(zip(over.gradient, over.hessian, strict=True)):
        work = DifferentialWork(g, formula, f"f_{over.arguments[i].name}")
        rows.append(
            tuple(work.partial(over.arguments[j], blocks[j]) for j in range(i, len(blocks)))
        )
    return rows
