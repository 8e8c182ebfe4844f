"""Every example of the README and the docs runs and prints what it says it prints."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from documents import (
    DOCUMENTS,
    ROOT,
    Command,
    blocks,
    commands,
    is_file,
    same,
    save_files,
)

COMMANDS = [command for path in DOCUMENTS for command in commands(path)]
WITH_PYTHON = [path for path in DOCUMENTS if any(blocks(path, "python"))]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", WITH_PYTHON, ids=name)
def test_python(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of one document are one session, as a reader would type it."""
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {"__name__": "__main__"}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    save_files(path, tmp_path)
    for block in blocks(path, "python"):
        if is_file(block):
            continue
        if ">>> " in block.text:
            test = parser.get_doctest(block.text, session, str(block), name(path), block.line)
            told: list[str] = []
            failures = runner.run(test, out=told.append, clear_globs=False).failed
            session.update(test.globs)
            assert not failures, "".join(told)
        else:
            exec(compile(block.text, str(block), "exec"), session)


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_command(command: Command, tmp_path: Path) -> None:
    """If this fails because the output changed for good: python scripts/refresh_docs.py."""
    printed = command.run(tmp_path)
    assert same(printed, command.output), printed


def test_outputs_differ_by_a_word_a_sign_or_a_sixth_digit() -> None:
    shown = "f = -13.25 at (0, 2)"
    assert same("f = -13.250000001 at (1e-17, 2)", shown)
    for other in ("g = -13.25 at (0, 2)", "f = 13.25 at (0, 2)", "f = -13.2501 at (0, 2)"):
        assert not same(other, shown)


def test_there_are_examples() -> None:
    assert len(COMMANDS) >= 4
    assert {name(path) for path in WITH_PYTHON} >= {"README.md", "docs/quick-start.md"}


def test_docstrings() -> None:
    """The examples in docstrings, too."""
    source = ROOT / "src"
    for path in sorted(source.rglob("*.py")):
        if ">>> " in path.read_text("utf-8"):
            parts = path.relative_to(source).with_suffix("").parts
            module = importlib.import_module(".".join(parts))
            assert doctest.testmod(module, optionflags=FLAGS).failed == 0, path
