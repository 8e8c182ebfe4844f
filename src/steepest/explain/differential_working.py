"""Gradients of arrays worked out by differentials: one rule a step, each checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from steepest.explain.chains import Chain, PartialDerivation
from steepest.explain.differential_checks import Checker, is_zero
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
from steepest.explain.steps import Step, StepError
from steepest.expression.expression import Expression
from steepest.expression.graph import ZERO, Node, build, substitute, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.simplify import simplify
from steepest.functions.formula import Formula

_LONGEST: Final = 40  # characters of a formula that is left whole: steps are twice as long
_SHORT: Final = 24  # characters of a part's differential that is put in at once
_NONE: Final = "they do not depend on {x}"


class _Draft(NamedTuple):
    """A step that is not checked yet: `left` became `right` in the line `before`."""

    rule: Rule
    before: Node
    after: Node
    left: Node
    right: Node
    reason: str
    shown: tuple[Node, ...]


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
        self.checker = Checker(formula, self.notation, self.wholes)

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
            state = draft.after
        (simple,) = simplify([_without_zeros(state)])
        shown = self.notation.show(simple, "text")
        tidied = shown != self.notation.show(state, "text")
        if tidied and (result is None or shown != self.notation.show(result[1], "text")):
            drafts.append(_Draft(SIMPLIFY, state, simple, state, simple, "", ()))
            state = simple
        if result is not None:
            rule, last = result
            what = "gradient" if rule is GRADIENT else "Hessian's block"
            reason = f"what stands with d{a.name} is the {what}"
            drafts.append(_Draft(rule, state, last, state, last, reason, ()))
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
        return _Draft(rule, state, after, first, replaced[first], reason, shown)

    def _checked(self, drafts: Sequence[_Draft]) -> tuple[Step, ...]:
        """The drafts as steps; raises StepError at the first that is no equality."""
        checks = self.checker.check([(d.left, d.right) for d in drafts])
        steps = []
        for draft, check in zip(drafts, checks, strict=True):
            if check.numeric is False:
                told = [self.notation.show(n, "text") for n in (draft.left, draft.right)]
                raise StepError(
                    f"the {draft.rule.name} step {told[0]:.200} = {told[1]:.200} is not an"
                    " equality; please report this formula"
                )
            steps.append(Step(*draft, check, self.notation))
        return tuple(steps)


def _without_zeros(root: Node) -> Node:
    """`root` without terms that are 0 in every entry."""
    new: dict[Node, Node] = {}
    for node in topological([root]):
        args = tuple(new[a] for a in node.args)
        new[node] = node if args == node.args else again(node, args)
        if node.op in ("add", "sub"):
            left, right = args
            if is_zero(right):
                new[node] = array.fitted(left, node.shape)
            elif is_zero(left):
                other = right if node.op == "add" else build("neg", right)
                new[node] = array.fitted(other, node.shape)
        elif node.op == "mul" and any(map(is_zero, args)):
            new[node] = array.fill(ZERO, node.shape)
    return new[root]


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
