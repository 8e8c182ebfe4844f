"""Working a derivative out: one rule at a time, each step checked before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steepest.explain.chains import Chain, PartialDerivation
from steepest.explain.normal import equal
from steepest.explain.notation import Notation
from steepest.explain.parts import LONGEST_LINE, fold, name_parts
from steepest.explain.rules import (
    CONSTANT,
    NAMED,
    REWRITE,
    SIMPLIFY,
    VARIABLE,
    At,
    Dependence,
    Rule,
    differentiate_once,
)
from steepest.explain.steps import Check, Checker, Step, StepError
from steepest.expression import typeset
from steepest.expression.expression import Expression
from steepest.expression.graph import Node, count_operations, substitute, topological, variable
from steepest.expression.simplify import simplify
from steepest.functions.formula import Formula

_SHORT: Final = 24  # characters of a part's derivative that is put in at once
_SMALL: Final = 60  # operations of a line that is compared whole by normal form
_BUDGET: Final = 400  # of the normal form: lines are compared by it where that is cheap


class Work:
    """Derivatives of one root by several variables; parts and their names are shared."""

    def __init__(self, root: Node, formula: Formula, name: str) -> None:
        self.name = name
        self.root = root
        self.variables = formula.variables
        self.parts, (self.short,) = name_parts([root], _taken(formula))
        self.notation = Notation(partial=formula.dim > 1)
        self.checker = Checker(formula.node, formula.variables, self.notation)
        for part in self.parts:
            self.checker.name(part.name, part.whole)

    def partial(self, x: str, expected: Node) -> PartialDerivation:
        """The derivation by `x`, whose last line must equal `expected`."""
        depends = self._depending_on(x)
        known: dict[Node, Node] = {}
        wholes: dict[Node, Node] = {}
        inner = []
        for part in self.parts:
            u = variable(part.name)
            if u not in depends:
                continue
            chain = self._chain(part.name, part.definition, x, depends, known)
            inner.append(chain)
            short = chain.end.op != "var" and len(typeset.text(chain.end)) <= _SHORT
            stands = chain.end if short else self.notation.derivative(u, x, named=True)
            known[u] = stands
            if not short:
                wholes[stands] = substitute([chain.end], wholes)[0]
        chain = self._chain(self.name, self.short, x, depends, known, expected)
        agreement = self._agreement(chain, expected, wholes)
        return PartialDerivation(
            self.name, x, tuple(inner), chain, Expression(expected), agreement, tuple(self.parts)
        )

    def _agreement(self, chain: Chain, expected: Node, wholes: dict[Node, Node]) -> Check:
        """The last line against the derivative that the program uses."""
        (line,) = substitute([chain.end], wholes)
        line = self.checker.whole(line)
        small = count_operations([line]) <= _SMALL
        symbolic = equal(line, expected, _BUDGET) if small else None
        (check,) = self.checker.check([(line, expected, symbolic)])
        if check.numeric is False:
            raise StepError(
                f"the derivation of {typeset.text(self.root):.200} by {chain.by} ends in another"
                " derivative than the program's; please report this formula"
            )
        return check

    def _depending_on(self, x: str) -> Dependence:
        names = {x}
        for part in self.parts:
            if any(str(n.value) in names for n in topological([part.definition]) if n.op == "var"):
                names.add(part.name)
        return Dependence(names)

    def _chain(
        self,
        name: str,
        root: Node,
        x: str,
        depends: Dependence,
        known: dict[Node, Node],
        expected: Node | None = None,
    ) -> Chain:
        start = state = self.notation.derivative(root, x)
        drafts: list[_Draft] = []
        while opened := self._open(state):
            draft = self._resolve(opened, state, x, depends, known)
            drafts.append(draft)
            state = draft.after
        drafts.extend(self._tidied(state, expected))
        return Chain(name, x, start, self._checked(drafts), self.notation)

    def _open(self, state: Node) -> list[Node]:
        """The open derivatives of a line, in reading order."""
        return [
            n
            for n in topological([state])
            if (meaning := self.notation.meaning(n)) is not None and not meaning.named
        ]

    def _resolve(
        self, opened: list[Node], state: Node, x: str, depends: Dependence, known: dict[Node, Node]
    ) -> _Draft:
        """One rule, applied to the first open derivative; trivial rules to all they fit."""
        first = opened[0]
        found: list[Node] = []

        def open_(inner: Node) -> Node:
            stand_in = self.notation.derivative(inner, x)
            found.append(stand_in)
            return stand_in

        def apply(stand_in: Node) -> tuple[Rule, Node, str, tuple[Node, ...]]:
            meaning = self.notation.meaning(stand_in)
            assert meaning is not None
            if meaning.of in known:
                return NAMED, known[meaning.of], "found above", ()
            return differentiate_once(meaning.of, At(x, depends, open_))

        rule, result, reason, shown = apply(first)
        replacements = {first: result}
        if rule in (CONSTANT, VARIABLE, NAMED):
            for other in opened[1:]:
                same_rule, value, _, _ = apply(other)
                if same_rule is rule:
                    replacements[other] = value
            if len(replacements) > 1:
                reason, shown = _IN_PLURAL[rule].format(x=x), ()
        (after,) = substitute([state], replacements)
        symbolic = None if rule is NAMED else self.checker.is_rule_right(first, result, found)
        return _Draft(rule, state, after, first, result, reason, shown, symbolic)

    def _tidied(self, state: Node, expected: Node | None) -> list[_Draft]:
        drafts = []
        (simple,) = simplify([state])
        if simple is not state and typeset.text(simple) != typeset.text(state):
            drafts.append(_whole_line(SIMPLIFY, state, simple, ""))
            state = simple
        if expected is not None:
            final = fold(expected, self.parts)
            written_out = typeset.text(final)
            mentions_named = any(self.notation.meaning(n) for n in topological([state]))
            same = written_out == self.notation.show(state, "text")
            fits = len(written_out) <= max(2 * LONGEST_LINE, len(self.notation.show(state, "text")))
            if not same and (fits or not mentions_named):
                drafts.append(_whole_line(REWRITE, state, final, "as used below"))
        return drafts

    def _checked(self, drafts: Sequence[_Draft]) -> tuple[Step, ...]:
        """The drafts as steps; raises StepError at the first that is no equality."""
        lines = [n for d in drafts for n in (d.before, d.after, d.local_before, d.local_after)]
        self.checker.learn([n for n in topological(lines) if self.notation.meaning(n)])
        checks = self.checker.check([(d.local_before, d.local_after, d.symbolic) for d in drafts])
        return tuple(_step(d, c, self.notation) for d, c in zip(drafts, checks, strict=True))


_IN_PLURAL = {CONSTANT: "they do not depend on {x}", VARIABLE: "", NAMED: "found above"}


@dataclass(frozen=True, eq=False)
class _Draft:
    """A step that is not checked yet."""

    rule: Rule
    before: Node
    after: Node
    local_before: Node
    local_after: Node
    reason: str
    shown: tuple[Node, ...]
    symbolic: bool | None


def _whole_line(rule: Rule, before: Node, after: Node, reason: str) -> _Draft:
    return _Draft(rule, before, after, before, after, reason, (), equal(before, after, _BUDGET))


def _step(draft: _Draft, check: Check, notation: Notation) -> Step:
    if check.numeric is False:
        left, right = (notation.show(n, "text") for n in (draft.local_before, draft.local_after))
        raise StepError(
            f"the {draft.rule.name} step {left:.200} = {right:.200} is not an equality;"
            " please report this formula"
        )
    return Step(
        draft.rule,
        draft.before,
        draft.after,
        draft.local_before,
        draft.local_after,
        draft.reason,
        draft.shown,
        check,
        notation,
    )


def _taken(formula: Formula) -> list[str]:
    """Names that no part may have: those of coordinates, and of whole vectors and data."""
    if formula.arrays is None:
        return [*formula.variables]
    _, _, data, _ = formula.arrays.source
    return [*formula.variables, *(a.name for a in formula.arrays.arguments), *(data or {})]
