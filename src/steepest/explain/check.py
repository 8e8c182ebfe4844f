"""Marking an answer to "what is the gradient?", component by component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from steepest.errors import FormulaError, ParameterError
from steepest.explain.components import Component, parse_component, read_component, split
from steepest.explain.equality import compare
from steepest.explain.mistakes import name_mistake, partial_name, whole_vector
from steepest.explain.sentences import DECIDED, GRADIENT
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
        return [
            given
            for part in parts
            for given in _tried(part, 1, lambda p: [parse_component(answer, p, variables)])
        ]
    from steepest.expression.matrix.entries import read_entries

    asked = [(name, (), 1) for name in formula.variables]
    if len(parts) == len(over.arguments):
        asked = [(a.name, a.shape, a.size) for a in over.arguments]
    found: list[Node | str | None] = []
    for part, (name, shape, size) in zip(parts, asked, strict=False):
        read = partial(read_entries, over=over, name=name, shape=shape)
        found += _tried(part, size, lambda p, read=read: read_component(answer, p, read))
    return found + [None] * (len(parts) - len(asked))


def _tried(
    part: Component, size: int, read: Callable[[Component], list[Node]]
) -> Sequence[Node | str | None]:
    """What `read` makes of a part that stands for `size` components, or the reason it fails."""
    if not part.text.strip():
        return [None] * size
    try:
        return read(part)
    except FormulaError as error:
        return [str(error)] * size


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
