"""The project's Markdown, taken apart: its fenced blocks, links and headings.

tests/docs runs and checks what this finds; scripts/refresh_docs.py renews it.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)

#: The first line of a block that is a file: a comment with nothing but its name.
_FILE = re.compile(r"# ([\w-]+\.(?:py|toml))\n")

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")

#: How wide the terminal is in which the documented commands run.
COLUMNS = 96


class Block(NamedTuple):
    """A fenced block: its language, its text and the line on which the text starts."""

    path: Path
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


class Command(NamedTuple):
    """A line `$ steepest …` of a console block and the output shown below it."""

    block: Block
    line: str
    output: str

    def __str__(self) -> str:
        return f"{self.block}: {self.line}"

    def run(self, folder: Path) -> str:
        """What the command prints in `folder`, errors included, as the documents show it."""
        save_files(self.block.path, folder)
        program, *arguments = shlex.split(self.line)
        assert program == "steepest", f"{self.block}: only steepest runs in a console block"
        environment = {**os.environ, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "TERM": "dumb"}
        run = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert "Traceback" not in run.stdout, run.stdout
        return tidy(run.stdout)


def tidy(output: str) -> str:
    """Output without the blanks that no reader sees."""
    return "\n".join(line.rstrip() for line in output.splitlines()).strip("\n")


def same(a: str, b: str) -> bool:
    """Whether two outputs tell the same: word for word, and in numbers to six digits.

    The last digits of a number, and so the blanks around it, may differ between processors.
    """
    return _NUMBER.sub("#", a).split() == _NUMBER.sub("#", b).split() and all(
        math.isclose(float(x), float(y), rel_tol=1e-6, abs_tol=1e-9)
        for x, y in zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    )


def blocks(path: Path, *languages: str) -> Iterator[Block]:
    text = path.read_text("utf-8")
    for match in _FENCE.finditer(text):
        if match[1] in languages:
            yield Block(path, match[1], match[2], text.count("\n", 0, match.start(2)) + 1)


def commands(path: Path) -> Iterator[Command]:
    """The commands of the console blocks, each with the output that follows it."""
    for block in blocks(path, "console"):
        first, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert not first, f"{block}: a console block starts with $"
        for part in parts:
            line, _, output = part.partition("\n")
            yield Command(block, line, tidy(output))


def save_files(path: Path, folder: Path) -> None:
    """Write the blocks of a document that are files, as its reader would."""
    for block in blocks(path, "python", "toml"):
        if name := _FILE.match(block.text):
            (folder / name[1]).write_text(block.text, "utf-8")


def is_file(block: Block) -> bool:
    """Whether a block is a file to be saved, not a session."""
    return bool(_FILE.match(block.text))


def prose(path: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", path.read_text("utf-8"))


def links(path: Path) -> list[str]:
    return _LINK.findall(prose(path))


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose(path))
    }
