"""Pieces of a report: column vectors, matrices, aligned tables, sentences with coloured parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from steepest.view.numbers import align, short

_BRACKETS: Final = {
    "first": ("⎡", "⎤"), "middle": ("⎢", "⎥"), "last": ("⎣", "⎦"), "only": ("[", "]"),
}  # fmt: skip
_MOST_ROWS: Final = 12


def sentence(text: str, style: str = "") -> Text:
    """Words that wrap between words."""
    return Text(text, style=style, overflow="fold")


def parts(*pieces: str | tuple[str, str]) -> Text:
    """A sentence of plain words and (words, style)."""
    return Text.assemble(*pieces, overflow="fold")


def told(text: str) -> Text:
    """A sentence of another room, with a capital and a full stop."""
    text = text[:1].upper() + text[1:] if not text.startswith("f ") else text
    return sentence(text if text.endswith(".") else text + ".")


def bracketed(rows: Sequence[Sequence[str]], styles: str = "") -> list[Text]:
    """A matrix of texts in tall brackets, one line a row; columns as they come, padded."""
    shown = [list(row) for row in rows]
    widths = [max(cell_len(row[k]) for row in shown) for k in range(len(shown[0]))]
    lines = []
    for k, row in enumerate(shown):
        place = (
            "only" if len(shown) == 1
            else "first" if k == 0 else "last" if k == len(shown) - 1 else "middle"
        )  # fmt: skip
        left, right = _BRACKETS[place]
        inside = "  ".join(
            cell + " " * (w - cell_len(cell)) for cell, w in zip(row, widths, strict=True)
        )
        lines.append(Text.assemble(left + " ", (inside, styles), " " + right, no_wrap=True))
    return lines


def matrix(values: Sequence[Sequence[float]], style: str = "") -> list[Text]:
    """A matrix of numbers, each column aligned on its decimal points."""
    columns = [align([short(row[k]) for row in values]) for k in range(len(values[0]))]
    return bracketed([list(row) for row in zip(*columns, strict=True)], style)


def beside(*blocks: Sequence[Text] | str) -> list[Text]:
    """Blocks of lines side by side; a plain text stands on the middle line."""
    height = max((len(b) for b in blocks if not isinstance(b, str)), default=1)
    middle = (height - 1) // 2
    lines = [Text(no_wrap=True) for _ in range(height)]
    for block in blocks:
        if isinstance(block, str):
            for k, line in enumerate(lines):
                line.append(block if k == middle else " " * cell_len(block))
            continue
        for k, line in enumerate(lines):
            if k < len(block):
                line.append_text(block[k])
            else:
                line.append(" " * max(b.cell_len for b in block))
    return lines


def fits(lines: Sequence[Text], width: int) -> bool:
    """Whether no line is wider than `width` columns."""
    return all(line.cell_len <= width for line in lines)


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], quiet: str, words: Sequence[int] = ()
) -> list[Text]:
    """Columns of numbers aligned on their decimal points under a quiet header.

    The columns in `words` begin at the left instead.
    """
    columns = [
        [row[k] for row in rows] if k in words else align([row[k] for row in rows])
        for k in range(len(header))
    ]
    widths = [
        max(cell_len(name), *(cell_len(c) for c in column))
        for name, column in zip(header, columns, strict=True)
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(w) if k in words else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "   ".join(padded)

    lines = [Text(line(header), style=quiet, no_wrap=True)]
    return lines + [Text(line(row), no_wrap=True) for row in zip(*columns, strict=True)]


def gradient_column(
    names: Sequence[str], formulas: Sequence[str], values: Sequence[float] | None,
    width: int, style: str,
) -> list[Text]:  # fmt: skip
    """∇f as a column vector: names = formulas = values, as much of it as fits in `width`."""
    if len(names) > _MOST_ROWS:
        return _one_a_line(names, formulas, values, width, style, _MOST_ROWS)
    named = bracketed([[n] for n in names])
    written = bracketed([[f] for f in formulas])
    numbers = (
        None
        if values is None
        else bracketed([[v] for v in align([short(v) for v in values])], style)
    )
    choices: list[list[Sequence[Text] | str]] = (
        [["∇f = ", named, " = ", written], ["∇f = ", written]]
        if numbers is None
        else [
            ["∇f = ", named, " = ", written, " = ", numbers],
            ["∇f = ", written, " = ", numbers],
        ]
    )
    for choice in choices:
        lines = beside(*choice)
        if fits(lines, width):
            return lines
    return _one_a_line(names, formulas, values, width, style, _MOST_ROWS)


def _one_a_line(
    names: Sequence[str], formulas: Sequence[str], values: Sequence[float] | None,
    width: int, style: str, most: int,
) -> list[Text]:  # fmt: skip
    lines = []
    for k, (name, formula) in enumerate(zip(names[:most], formulas, strict=False)):
        line = Text(f"{name} = {_shortened(formula, 4 * width)}", overflow="fold")
        if values is not None:
            line.append(" = ")
            line.append(short(values[k]), style=style)
        lines.append(line)
    if len(names) > most:
        lines.append(Text(f"… and {len(names) - most} more"))
    return lines


def _shortened(formula: str, most: int) -> str:
    return formula if len(formula) <= most else formula[: most - 1] + "…"
