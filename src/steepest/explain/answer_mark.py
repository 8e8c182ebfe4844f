"""The verdict on an answer, component by component."""

from __future__ import annotations

from dataclasses import dataclass


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
