"""Marking an answer in matrix form, such as 2X'@(X@w - y): a derivative for each variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from steepest.errors import FormulaError
from steepest.explain.answer_mark import AnswerMark, ComponentMark
from steepest.explain.array_equality import Samples, same_arrays
from steepest.explain.array_mistakes import array_mistake, together
from steepest.explain.components import Component, read_component
from steepest.explain.sentences import DECIDED, GRADIENT
from steepest.expression.expression import Expression
from steepest.expression.graph import Node
from steepest.expression.matrix.entries import picked_entry, read_array
from steepest.functions.formula import Formula


@dataclass(frozen=True, eq=False)
class Asked:
    """A derivative that is asked for: that by a variable, or by one of its coordinates."""

    name: str
    partial: str
    right: Node


def mark_over_data(formula: Formula, answer: str, parts: Sequence[Component]) -> AnswerMark:
    """The verdict on `answer`, whose parts are the derivatives by the variables of `formula`.

    Where there are as many parts as coordinates, they are taken for the entries instead.
    """
    asked = _asked(formula, len(parts))
    samples = Samples(formula)
    given: list[Node | str | None] = []
    marks: list[ComponentMark] = []
    for k, this in enumerate(asked):
        part = parts[k] if k < len(parts) else None
        found = None if part is None else _read(formula, answer, part, this)
        given.append(found)
        marks.append(_mark(samples, asked, k, found, answer, part))
    surplus = len(parts) - len(asked)
    right = all(m.correct for m in marks) and surplus <= 0
    sentence = _sentence(asked, marks, len(parts))
    if not right and surplus <= 0:
        whole = together(samples, [this.right for this in asked], given)
        sentence = " ".join(filter(None, [sentence, whole]))
    return AnswerMark(right, tuple(marks), sentence)


def _asked(formula: Formula, count: int) -> list[Asked]:
    over = formula.arrays
    assert over is not None
    single = "f′({})" if formula.dim == 1 else "∂f/∂{}"
    derivatives = list(zip(over.arguments, over.gradient, strict=True))
    if count != len(derivatives) and count == formula.dim:
        return [
            Asked(name, single.format(name), picked_entry(g, k))
            for a, g in derivatives
            for k, name in enumerate(a.coordinates)
        ]
    return [Asked(a.name, single.format(a.name), g) for a, g in derivatives]


def _read(formula: Formula, answer: str, part: Component, this: Asked) -> Node | str | None:
    """The array that a part of the answer is, why it cannot be read, or None for nothing."""
    if not part.text.strip():
        return None
    over = formula.arrays
    assert over is not None
    read = partial(read_array, over=over, name=this.name, shape=this.right.shape)
    try:
        return read_component(answer, part, read)
    except FormulaError as error:
        return str(error)


def _mark(
    samples: Samples,
    asked: Sequence[Asked],
    k: int,
    given: Node | str | None,
    answer: str,
    part: Component | None,
) -> ComponentMark:
    this = asked[k]
    if not isinstance(given, Node) or part is None:
        key, error = ("missing", "") if given is None else ("unreadable", str(given))
        said = GRADIENT[key].format(partial=this.partial, error=error)
        return ComponentMark(this.name, False, said, DECIDED["unread"])
    verdict = same_arrays(given, this.right, samples)
    how = verdict.how.value
    if verdict.equal:
        typed, right = str(Expression(given)), str(Expression(this.right))
        key = "right" if typed == right else "same"
        said = GRADIENT[key].format(partial=this.partial, given=typed, right=right)
        return ComponentMark(this.name, True, said, how)
    if verdict.gap is not None:
        names = samples.formula.variables
        at = ", ".join(f"{v} = {x:.4g}" for v, x in zip(names, verdict.gap, strict=True))
        said = GRADIENT["gap"].format(point=f"{at:.200}", partial=this.partial)
        return ComponentMark(this.name, False, said, how)

    def again(star: str) -> Node | None:
        try:
            over = samples.formula.arrays
            assert over is not None
            return read_array(part.text, over, this.name, this.right.shape, star)
        except FormulaError:
            return None

    others = [(other.partial, other.right) for other in asked if other is not this]
    said = array_mistake(samples, (this.name, this.partial, this.right), others, given, again)
    return ComponentMark(this.name, False, said, how)


def _sentence(asked: Sequence[Asked], marks: Sequence[ComponentMark], count: int) -> str:
    if count > len(marks):
        names = ", ".join(this.name for this in asked)
        return GRADIENT["surplus"].format(given=count, asked=len(asked), names=names)
    wrong = [m for m in marks if not m.correct]
    if not wrong:
        return GRADIENT["correct"]
    if len(wrong) == len(marks):
        return GRADIENT["wrong" if len(marks) == 1 else "none"]
    return GRADIENT["some"].format(partials=", ".join(f"∂f/∂{m.variable}" for m in wrong))
