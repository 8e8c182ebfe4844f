"""Marking an answer to "what is the gradient?", component by component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from steepest.errors import FormulaError, ParameterError
from steepest.explain.components import Component, parse_component, split
from steepest.explain.equality import compare
from steepest.explain.mistakes import name_mistake, partial_name, whole_vector
from steepest.expression.expression import Expression
from steepest.expression.graph import Node
from steepest.functions.formula import Formula


@dataclass(frozen=True)
class ComponentMark:
    """The verdict on one component.

    `feedback` is the sentence for whoever answered; `decided_by` says how sure the verdict is.
    """

    variable: str
    correct: bool
    feedback: str
    decided_by: str


@dataclass(frozen=True)
class AnswerMark:
    """The verdict on a whole answer; `correct` if every component is, and none is missing."""

    correct: bool
    components: tuple[ComponentMark, ...]
    sentence: str

    def __bool__(self) -> bool:
        return self.correct

    def __str__(self) -> str:
        lines = [f"{m.variable}: {'✓' if m.correct else '✗'} {m.feedback}" for m in self.components]
        return "\n".join([self.sentence, *lines])


_MALFORMED: Final = "not read"


def check_gradient(formula: Formula, answer: str) -> AnswerMark:
    """Mark `answer`, such as "2x, 6y", as the gradient of `formula`.

    Each component is compared with the partial derivative: as expression graphs, by a normal
    form, by interval arithmetic and by SymPy with a time limit, and only if none of them decides
    at random points (`decided_by` says which). Any correct way to write it is right. A wrong
    component gets the mistake it looks like; one that cannot be read or is missing, the reason.

    Raises ParameterError if `formula` has no variables, or `answer` is not text.
    """
    if not isinstance(answer, str):
        raise ParameterError(f"an answer is text such as '2x, 6y', not {answer!r:.60}")
    if not formula.dim:
        raise ParameterError("the formula has no variables, so it has no gradient to ask for")
    parts = split(answer) if answer.strip() else []
    nodes = [_read(answer, part, formula) for part in parts]
    expected = formula.gradient_nodes
    marks = []
    for k, variable in enumerate(formula.variables):
        given = nodes[k] if k < len(nodes) else None
        marks.append(_mark(formula, k, variable, given, expected, nodes))
    surplus = len(parts) - formula.dim
    right = all(m.correct for m in marks) and surplus <= 0
    sentence = _sentence(marks, surplus, formula)
    if not right and surplus <= 0:
        sentence = " ".join(filter(None, [sentence, whole_vector(formula, expected, nodes)]))
    return AnswerMark(right, tuple(marks), sentence)


def _read(answer: str, part: Component, formula: Formula) -> Node | str | None:
    """The component's graph, the reason it cannot be read, or None where nothing stands."""
    if not part.text.strip():
        return None
    try:
        return parse_component(answer, part, formula.variables)
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
        return ComponentMark(variable, False, f"{partial_name(formula, k)} is missing", _MALFORMED)
    if isinstance(given, str):
        return ComponentMark(variable, False, f"this cannot be read: {given}", _MALFORMED)
    verdict = compare(given, expected[k], formula.variables, formula.node)
    if verdict.equal:
        typed, right = str(Expression(given)), str(Expression(expected[k]))
        feedback = f"{partial_name(formula, k)} = {right}"
        if typed != right:
            feedback = f"{typed} is the same as {right}"
        return ComponentMark(variable, True, feedback, verdict.how.value)
    if verdict.gap is not None:
        return ComponentMark(variable, False, _gap(formula, k, verdict.gap), verdict.how.value)
    mistake = name_mistake(formula, k, given, expected, nodes)
    return ComponentMark(variable, False, mistake, verdict.how.value)


def _gap(formula: Formula, k: int, point: tuple[float, ...]) -> str:
    at = ", ".join(f"{v} = {x:.4g}" for v, x in zip(formula.variables, point, strict=True))
    return f"this has no value at {at}, where {partial_name(formula, k)} exists"


def _sentence(marks: list[ComponentMark], surplus: int, formula: Formula) -> str:
    wrong = [m.variable for m in marks if not m.correct]
    if surplus > 0:
        names = ", ".join(formula.variables)
        return (
            f"The answer has {formula.dim + surplus} components; the gradient has {formula.dim},"
            f" one for each variable ({names})."
        )
    if not wrong:
        return "Correct."
    if len(wrong) == len(marks):
        return "Not correct." if len(marks) == 1 else "No component is correct."
    partials = ", ".join(f"∂f/∂{name}" for name in wrong)
    return f"Not yet correct: {partials}."
