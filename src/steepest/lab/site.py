"""The page as the lab serves it: always the same one, whatever the address says."""

from __future__ import annotations

import html
import re
from typing import Final, NamedTuple

from steepest.lab.practice import listed
from steepest.view.page import filled

_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n?')

#: What the page starts with; the address says what it really shows, and only the page reads it.
_DATA: Final = {
    "text": "x^2 + 3y^2",
    "tape": None,
    "at": [1, 2],
    "box": None,
    "critical": None,
    "lab": True,
}


class Site(NamedTuple):
    """The page and the content security policy to send with it."""

    body: bytes
    policy: str


def site() -> Site:
    """The page with its own policy as a header, widened by the one thing the lab needs.

    Scripts are allowed by the hash of the page's only one, so nothing that is typed can be one.
    """
    page = filled({**_DATA, "exercises": listed()}, "Lab")
    found = _POLICY.search(page)
    assert found is not None, "the page has lost its content security policy"
    policy = f"{html.unescape(found[1])}; connect-src 'self'; frame-ancestors 'none'"
    return Site(_POLICY.sub("", page, count=1).encode(), policy)
