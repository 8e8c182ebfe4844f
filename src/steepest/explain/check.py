"""Marking an answer to "what is the gradient?", component by component."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from steepest.errors import FormulaError, ParameterError
from steepest.explain.answer_mark import AnswerMark, ComponentMark
from steepest.explain.components import Component, parse_component, read_component, split
from steepest.explain.equality import compare
from steepest.explain.mistakes import name_mistake, partial_name, whole_vector
from steepest.explain.sentences import DECIDED, GRADIENT
from steepest.expression.expression import Expression
from steepest.expression.graph import Node
from steepest.functions.formula import Formula

_MALFORMED: Final = DECIDED["unread"]


def check_gradient(formula: Formula, answer: str) -> AnswerMark:
    """Mark `answer`, such as "2x, 6y", as the gradient of `formula`.

    Each component is compared with the partial derivative: as expression graphs, by a normal
    form, by interval arithmetic and by SymPy with a time limit, and only if none of them decides
    at random points (`decided_by` says which). Any correct way to write it is right. A wrong
    component gets the mistake it looks like; one that cannot be read or is missing, the reason.

    Over data the answer may use the data, and give a derivative for each variable, of its shape,
    as `Formula.gradient` does ("2X'@(X@w - y)"), or one for each coordinate.

    Raises ParameterError if `formula` has no variables, or `answer` is not text.
    """
    if not isinstance(answer, str):
        raise ParameterError(f"an answer is text such as '2x, 6y', not {answer!r:.60}")
    if not formula.dim:
        raise ParameterError("the formula has no variables, so it has no gradient to ask for")
    if (over := formula.arrays) is not None:
        from steepest.explain.array_answers import mark_over_data

        parts = split(answer)
        if over.is_large or len(parts) == len(over.arguments):
            return mark_over_data(formula, answer, parts)
    nodes = _read(answer, formula) if answer.strip() else []
    expected = formula.gradient_nodes
    marks = []
    for k, variable in enumerate(formula.variables):
        given = nodes[k] if k < len(nodes) else None
        marks.append(_mark(formula, k, variable, given, expected, nodes))
    surplus = len(nodes) - formula.dim
    right = all(m.correct for m in marks) and surplus <= 0
    sentence = _sentence(marks, surplus, formula)
    if not right and surplus <= 0:
        sentence = " ".join(filter(None, [sentence, whole_vector(formula, expected, nodes)]))
    return AnswerMark(right, tuple(marks), sentence)


def _read(answer: str, formula: Formula) -> list[Node | str | None]:
    """Each component's graph, the reason it cannot be read, or None where nothing stands."""
    parts, over = split(answer), formula.arrays
    if over is None:
        variables = formula.variables
        return [_tried(p, lambda p: parse_component(answer, p, variables)) for p in parts]
    from steepest.expression.matrix.entries import read_entry

    found: list[Node | str | None] = []
    for part, name in zip(parts, formula.variables, strict=False):
        read = partial(read_entry, over=over, name=name)
        found.append(_tried(part, lambda p, read=read: read_component(answer, p, read)))
    return found + [None] * (len(parts) - formula.dim)


def _tried(part: Component, read: Callable[[Component], Node]) -> Node | str | None:
    """What `read` makes of a part, the reason it fails, or None where nothing stands."""
    if not part.text.strip():
        return None
    try:
        return read(part)
    except FormulaError as error:
        return str(error)


def _mark(
    formula: Formula,
    k: int,
    variable: str,
    given: Node | str | None,
    expected: list[Node],
    nodes: list[Node | str | None],
) -> ComponentMark:
    if given is None:
        said = GRADIENT["missing"].format(partial=partial_name(formula, k))
        return ComponentMark(variable, False, said, _MALFORMED)
    if isinstance(given, str):
        said = GRADIENT["unreadable"].format(error=given)
        return ComponentMark(variable, False, said, _MALFORMED)
    verdict = compare(given, expected[k], formula.variables, formula.node)
    if verdict.equal:
        typed, right = str(Expression(given)), str(Expression(expected[k]))
        feedback = GRADIENT["right"].format(partial=partial_name(formula, k), right=right)
        if typed != right:
            feedback = GRADIENT["same"].format(given=typed, right=right)
        return ComponentMark(variable, True, feedback, verdict.how.value)
    if verdict.gap is not None:
        return ComponentMark(variable, False, _gap(formula, k, verdict.gap), verdict.how.value)
    mistake = name_mistake(formula, k, given, expected, nodes)
    return ComponentMark(variable, False, mistake, verdict.how.value)


def _gap(formula: Formula, k: int, point: tuple[float, ...]) -> str:
    at = ", ".join(f"{v} = {x:.4g}" for v, x in zip(formula.variables, point, strict=True))
    return GRADIENT["gap"].format(point=at, partial=partial_name(formula, k))


def _sentence(marks: list[ComponentMark], surplus: int, formula: Formula) -> str:
    wrong = [m.variable for m in marks if not m.correct]
    if surplus > 0:
        names = ", ".join(formula.variables)
        return GRADIENT["surplus"].format(
            given=formula.dim + surplus, asked=formula.dim, names=names
        )
    if not wrong:
        return GRADIENT["correct"]
    if len(wrong) == len(marks):
        return GRADIENT["wrong" if len(marks) == 1 else "none"]
    partials = ", ".join(f"∂f/∂{name}" for name in wrong)
    return GRADIENT["some"].format(partials=partials)
