"""The docs tell the truth about what exists, and leave nothing public out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import steepest
from documents import DOCUMENTS, ROOT, anchors, blocks, links
from steepest import rules
from steepest.cli.group import COMMANDS
from steepest.expression import names, parse, tokens

DOCS = ROOT / "docs"
CODE = re.compile(r"`+([^`]+)`+")


def text(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


EVERYTHING = text(*DOCUMENTS)


@pytest.mark.parametrize("name", steepest.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    assert re.search(rf"\b(?:st|steepest)\.{name}\b", text(*DOCS.glob("*.md")))


def test_every_name_in_the_docs_is_public() -> None:
    told = set(re.findall(r"\bst\.(\w+)", EVERYTHING))
    assert told <= {*steepest.__all__, "__version__"}


@pytest.mark.parametrize("name", rules.BY_NAME)
def test_every_rule_is_documented(name: str) -> None:
    assert f"`{name}`" in text(DOCS / "quick-start.md")


def test_every_function_of_the_language_is_documented() -> None:
    told = set(re.findall(r"`([a-z]\w*)\(", text(DOCS / "formulas.md")))
    known = {*names.FUNCTIONS, "where"}
    assert told == known


def test_every_limit_of_the_language_is_documented() -> None:
    page = text(DOCS / "formulas.md")
    for limit in (
        parse.MAX_CHARACTERS,
        parse.MAX_OPERATIONS,
        parse.MAX_DEPTH,
        parse.MAX_EXPONENT,
        names.MAX_NAME,
        tokens.MAX_LITERAL,
    ):
        assert f"{limit:,}" in page


def test_every_command_is_documented() -> None:
    listed = re.findall(r"`steepest (\w+)", text(ROOT / "README.md"))
    assert set(listed) == set(COMMANDS)


def test_every_room_is_on_the_map() -> None:
    """The map, the contract that is enforced and the folders name the same rooms in order."""
    house = next(blocks(DOCS / "architecture.md", "text"))
    drawn = re.findall(r"^  (\w+)(?:\.py|/)", house.text, re.MULTILINE)
    config = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]
    (layers,) = (c["layers"] for c in config["contracts"] if c["type"] == "layers")
    enforced = [re.findall(r"\w+", layer) for layer in reversed(layers)]
    rooms = {
        path.stem
        for path in (ROOT / "src" / "steepest").iterdir()
        if path.suffix == ".py" or list(path.glob("**/*.py"))
    } - {"__init__"}
    assert set(drawn) == rooms
    order = [room for level in enforced for room in level]
    assert drawn == [room for room in order if room in rooms]


def test_every_target_of_make_is_documented_and_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", text(ROOT / "Makefile"), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z]+)`", EVERYTHING))
    assert told <= targets
    assert set(re.findall(r"`make ([a-z]+)`", text(ROOT / "CONTRIBUTING.md"))) >= targets - {"help"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links(path: Path) -> None:
    for link in links(path):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(file), f"{link} names no heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_in_the_text_exist(path: Path) -> None:
    for name in CODE.findall(path.read_text("utf-8")):
        if re.fullmatch(r"(?:src|tests|benchmarks|docs|scripts)/[\w/.\-]+", name):
            assert (ROOT / name).exists(), f"{name} does not exist"


def reached(page: Path) -> set[Path]:
    return {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}


@pytest.mark.parametrize("folder", [DOCS, DOCS / "learn"], ids=["docs", "learn"])
def test_an_index_reaches_every_page(folder: Path) -> None:
    index = folder / "index.md"
    assert {path.resolve() for path in folder.glob("*.md")} - {index} <= reached(index)
    assert folder == DOCS or index in reached(DOCS / "index.md")
