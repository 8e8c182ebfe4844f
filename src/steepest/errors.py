"""One family of errors. Each quotes the input, says what is wrong and what to do."""

from __future__ import annotations

import unicodedata

_WINDOW = 60  # characters of a long formula shown on each side of the caret


class SteepestError(ValueError):
    """Whatever this package refuses; `except steepest.SteepestError` catches it all."""


class FormulaError(SteepestError):
    """A formula that cannot be read.

    `text` is the formula, `position` the index of the character the caret points to,
    `reason` what is wrong there and `hint` what to write instead (or "").
    """

    def __init__(self, text: str, position: int, reason: str, hint: str = "") -> None:
        self.text = text
        self.position = max(0, min(position, len(text)))
        self.reason = reason
        self.hint = hint
        super().__init__(text, position, reason, hint)

    def __str__(self) -> str:
        sentence = f"{self.reason}; {self.hint}" if self.hint else self.reason
        return f"{sentence}\n{quote_with_caret(self.text, self.position)}"


class TraceError(SteepestError):
    """A Python callable that cannot be turned into an expression graph."""


class PointError(SteepestError):
    """A point, direction, box or batch whose length or content does not fit the function."""


class ParameterError(SteepestError):
    """A step size, norm, rule or option with a value that makes no sense."""


class LossError(SteepestError):
    """A loss of a network that cannot be asked: not one number, without parameters, bad data."""


class RunError(SteepestError):
    """A file that is not the record of a training run, or not one that can be read."""


class NoDirectionError(SteepestError):
    """No direction is steepest: the gradient is zero or does not exist."""


class NonfiniteGradientError(SteepestError, RuntimeError):
    """A gradient of a network holds NaN or infinity; `names` are its parameters.

    Nothing was changed. It is a RuntimeError, too, because PyTorch raises one in this place.
    """

    def __init__(self, message: str, names: tuple[str, ...] = ()) -> None:
        self.names = names
        super().__init__(message, names)

    def __str__(self) -> str:
        return str(self.args[0])


class RankError(SteepestError):
    """One of several processes that work together failed, ended, or did not arrive in time."""


def quote_with_caret(text: str, position: int) -> str:
    """The line of `text` around `position` with a caret under that character."""
    first, last = max(0, position - _WINDOW), min(len(text), position + _WINDOW)
    before = _printable(text[first:position])
    after = _printable(text[position:last])
    if first > 0:
        before = "…" + before
    if last < len(text):
        after += "…"
    return f"  {before}{after}\n  {' ' * _columns(before)}^"


def _printable(text: str) -> str:
    """Control characters would move the caret (or the user's terminal): show a box instead."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _columns(text: str) -> int:
    """How many terminal columns `text` takes; East Asian wide letters take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
