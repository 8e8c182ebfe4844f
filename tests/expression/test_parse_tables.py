"""The parser's tables are kept between processes, and never trusted blindly."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = "from steepest.expression.parse import parse; print(parse('x^2 + 3y^2'))"


def parse_in_a_new_process(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def test_the_tables_are_kept_in_the_users_cache(tmp_path):
    first = parse_in_a_new_process(XDG_CACHE_HOME=str(tmp_path))
    (tables,) = (tmp_path / "steepest").glob("grammar-*.lark")
    written = tables.stat().st_mtime_ns
    assert parse_in_a_new_process(XDG_CACHE_HOME=str(tmp_path)) == first
    assert tables.stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", [b"", b"garbage", None], ids=["empty", "garbage", "cut"])
def test_damaged_tables_are_made_anew(tmp_path, damage):
    first = parse_in_a_new_process(XDG_CACHE_HOME=str(tmp_path))
    (tables,) = (tmp_path / "steepest").glob("grammar-*.lark")
    whole = tables.read_bytes()
    tables.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert parse_in_a_new_process(XDG_CACHE_HOME=str(tmp_path)) == first
    assert len(tables.read_bytes()) > 0.9 * len(whole)


def test_without_a_place_to_keep_them_parsing_works(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert "add" in parse_in_a_new_process(HOME=str(tmp_path), XDG_CACHE_HOME=str(blocked))
    assert not list(tmp_path.glob("**/*.lark"))
