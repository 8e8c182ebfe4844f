"""The pages that are built from web/: page.html for landscapes, practice.html for exercises."""

from __future__ import annotations

import html
import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from steepest.errors import SteepestError

_DATA: Final = '<script type="application/json" id="steepest-data">'
_TITLE: Final = "<title>steepest</title>"


def filled(name: str, content: dict[str, Any], title: str) -> str:
    """The built page called `name` with `content` in it. No text can end the element it stands in.

    Raises SteepestError if the page was not built.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    heading = f"<title>{html.escape(title)} – steepest</title>"
    head, _, body = template(name).partition(_TITLE)
    before, _, after = body.partition(_DATA)
    return head + heading + before + _DATA + text + after


@cache
def template(name: str) -> str:
    """The built page as it is, without data. Raises SteepestError if it was not built."""
    built = files("steepest.view").joinpath(name)
    try:
        return built.read_text("utf-8")
    except FileNotFoundError:
        raise SteepestError(
            "the page is not part of this installation: run `python web/tools.py` in a clone,"
            " or install steepest with pip, which builds it"
        ) from None
