"""What commands share: JSON that every parser reads, pictures that are saved whole."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import click

from steepest.errors import ParameterError, quote_with_caret

_SUFFIXES: Final = (".png", ".svg", ".pdf")


def emit_json(payload: dict[str, Any]) -> None:
    """Print one JSON object. NaN or infinity in it is a bug, and raises ValueError."""
    click.echo(json.dumps(payload, allow_nan=False))


def number(value: Any) -> float | None:
    """A float for JSON: null if it is not finite; -0 is 0."""
    value = float(value)
    return value + 0.0 if math.isfinite(value) else None


def numbers(values: Any) -> list[Any]:
    """An array of any shape as lists of `number`."""
    return [
        numbers(v) if getattr(v, "ndim", 0) or isinstance(v, list | tuple) else number(v)
        for v in values
    ]


def check_picture(path: str) -> None:
    """Refuse, before anything is computed, a picture's path that cannot be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        place = len(path) - len(Path(path).suffix)
        raise ParameterError(
            f"-o: unknown kind of picture {suffix or '(no suffix)'}; end the name in"
            f" {', '.join(_SUFFIXES)}\n{quote_with_caret(path, place)}"
        )
    parent = Path(path).parent
    if not parent.is_dir():
        raise ParameterError(
            f"-o: the folder does not exist; make it first\n{quote_with_caret(path, 0)}"
        )


def save_picture(figure: Any, path: str) -> None:
    """Write a matplotlib figure to `path`; its suffix says how."""
    from steepest.view.figure import save

    try:
        save(figure, path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ParameterError(
            f"-o: the picture cannot be written ({reason}); choose another place\n"
            f"{quote_with_caret(path, 0)}"
        ) from None
