"""Mathematics set by KaTeX when the site is built: readers need no script for it."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

_FOUND = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)
_SETTER = Path(__file__).with_name("mathematics.mjs")


class Mathematics:
    """One Node process that sets formulas as long as a build takes."""

    def __init__(self, tools: ModuleType) -> None:
        self._tools = tools
        self._node: subprocess.Popen[str] | None = None

    def typeset(self, page: str) -> str:
        """The page with its formulas set. Raises ValueError, which quotes the faulty formula."""
        return _FOUND.sub(lambda m: self._set(html.unescape(m["tex"]), m["open"] == "["), page)

    def close(self) -> None:
        """End the process."""
        if self._node is not None:
            self._node.communicate()
            self._node = None

    def _set(self, tex: str, display: bool) -> str:
        if self._node is None:
            self._node = self._start()
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        if "error" in answer:
            raise ValueError(f"KaTeX cannot set {tex!r}: {answer['error']}")
        tag = "div" if display else "span"
        return f'<{tag} class="mathematics">{answer["html"]}</{tag}>'

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._tools.Node.find().node, str(_SETTER)],
            cwd=self._tools.WEB,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )


def fonts(web: Path) -> list[Path]:
    """KaTeX's style sheet and its fonts, in the one format that every browser of today reads."""
    dist = web / "node_modules" / "katex" / "dist"
    return [dist / "katex.min.css", *sorted((dist / "fonts").glob("*.woff2"))]
