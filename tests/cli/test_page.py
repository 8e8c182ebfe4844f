"""`steepest explore --page`: the page next to the answer."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from page_tools import build_if_stale
from steepest.cli import main


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_if_stale()


def test_writes_the_page_and_says_where(tmp_path):
    path = tmp_path / "bowl.html"
    run = CliRunner().invoke(main, ["explore", "x^2 + 3y^2", "--at", "1,2", "--page", str(path)])
    assert run.exit_code == 0
    assert f"The page is {path}" in run.stdout
    assert '"at":[1.0,2.0]' in path.read_text("utf-8")


def test_json_names_the_page(tmp_path):
    path = tmp_path / "bowl.html"
    run = CliRunner().invoke(main, ["explore", "x^2", "--at", "3", "--json", "--page", str(path)])
    assert json.loads(run.stdout)["page"] == str(path)
    assert path.exists()


@pytest.mark.parametrize(
    ("path", "says"),
    [("page.pdf", "end the name of the page in .html"), ("no/such/page.html", "make it first")],
)
def test_a_path_that_cannot_be_is_refused_before_anything_is_computed(path, says):
    run = CliRunner().invoke(main, ["explore", "x^2", "--at", "3", "--page", path])
    assert run.exit_code == 2
    assert says in run.stderr
    assert run.stdout == ""
