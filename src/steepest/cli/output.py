"""What commands share: JSON that every parser reads, files that can be written."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
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
    check_place("-o", "picture", path)


def save_picture(figure: Any, path: str) -> None:
    """Write a matplotlib figure to `path`; its suffix says how."""
    from steepest.view.figure import save

    with writing("-o", "picture", path):
        save(figure, path)


def check_place(option: str, what: str, path: str) -> None:
    """Refuse the `path` of an `option` where no file can be written; leaves no trace there."""
    if not Path(path).parent.is_dir():
        raise ParameterError(
            f"{option}: the folder does not exist; make it first\n{quote_with_caret(path, 0)}"
        )
    with writing(option, what, path):
        # Permissions alone do not tell: the disk may be read-only, the name too long.
        place = Path(os.path.realpath(path))  # what is removed again must not be a link
        new = not place.exists()
        place.open("ab").close()
        if new:
            place.unlink()


@contextmanager
def writing(option: str, what: str, path: str) -> Iterator[None]:
    """A file that cannot be written is an error that quotes the path of the `option`."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ParameterError(
            f"{option}: the {what} cannot be written ({reason}); choose another place\n"
            f"{quote_with_caret(path, 0)}"
        ) from None
