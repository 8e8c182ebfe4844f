"""What `steepest check` says: a verdict on each component, and why."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from steepest.explain.check import AnswerMark
from steepest.functions.formula import Formula
from steepest.view.inks import Inks
from steepest.view.terminal import Report
from steepest.view.title import title
from steepest.view.words import parts


def check_report(f: Formula, mark: AnswerMark) -> Report:
    """The marked answer, ready to print."""

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        lines: list[RenderableType] = [
            parts((mark.sentence, f"bold {inks.right if mark.correct else inks.wrong}")), Text()
        ]  # fmt: skip
        for m in mark.components:
            sign = ("✓ ", inks.right) if m.correct else ("✗ ", inks.wrong)
            decided = (
                f"  (decided by {m.decided_by})"
                if m.decided_by == "random points" and m.correct
                else ""
            )
            first, *rest = m.feedback.split("\n")
            lines.append(parts(sign, first, (decided, inks.quiet)))
            # The quoted answer and its caret keep their columns.
            lines += [Text(f"  {line}", no_wrap=True) for line in rest]
        return lines

    return Report(title(f)["text"], cards)
