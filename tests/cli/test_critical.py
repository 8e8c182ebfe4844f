"""`steepest critical`: table, JSON, picture, and errors that point at the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steepest.cli import main

HIMMELBLAU = "(x^2+y-11)^2 + (x+y^2-7)^2"


def run(*args: str) -> Any:
    return CliRunner().invoke(main, ["critical", *args])


def read(*args: str) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_constant=refuse)


def test_the_json_has_the_keys_of_the_table() -> None:
    answer = read(HIMMELBLAU, "--box", "-5,5,-5,5")
    assert list(answer) == ["points", "counts", "undecided", "complete", "winding"]
    assert answer["counts"] == {"minimum": 4, "maximum": 1, "saddle": 4}
    assert answer["complete"] is True
    assert answer["winding"] == 1
    first = answer["points"][0]
    assert list(first) == ["x", "radius", "kind", "value", "eigenvalues", "status"]
    assert first["kind"] == "minimum"


def test_undecided_regions_are_in_the_json() -> None:
    answer = read("x^3 - 3x y^2", "--box", "-1,1,-1,1")
    assert answer["complete"] is False
    assert answer["undecided"][0]["reason"] == "degenerate"


def test_the_global_minimum_is_added_on_demand() -> None:
    answer = read("x^3 - 3x", "--box=-3,2", "--global")
    assert answer["global"]["value"] == pytest.approx(-18)
    assert answer["global"]["minimizers"][0]["on_side"] is True
    lo, hi = read("1/x", "--box", "-1,1", "--global")["global"]["value_bounds"]
    assert lo is None
    assert hi < -1


def test_a_person_reads_a_table() -> None:
    result = run(HIMMELBLAU, "--box", "-5,5,-5,5", "--global")
    assert result.exit_code == 0
    assert "9 critical points (4 minima, 1 maximum," in result.stdout
    assert "Proved: there are no others" in " ".join(result.stdout.split())
    assert "▲ maximum" in result.stdout
    assert "Global minimum" in result.stdout


def test_what_is_not_proved_is_told() -> None:
    result = run("x^3 - 3x y^2", "--box", "-1,1,-1,1")
    assert result.exit_code == 0
    assert "Not proved" in result.stdout
    assert "degenerate: x in [" in result.stdout


def test_the_picture_shows_the_points(tmp_path: Path) -> None:
    path = tmp_path / "points.png"
    assert run(HIMMELBLAU, "--box", "-5,5,-5,5", "-o", str(path)).exit_code == 0
    assert path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("args", "message", "caret"),
    [
        (("x^2 + y^2", "--box", "-1,1,-1"), "--box has 3 numbers; expected 4", "-1,1,-1"),
        (("x^2 + y^2", "--box", "1,2,3,4,5"), "--box has 5 numbers", "1,2,3,4,5"),
        (("x^2", "--box", "2,1"), "inverted: x from 2 to 1", ""),
        (("x^2", "--box", "1,1"), "empty inside", ""),
        (("x^2", "--box", "0,1/0"), "infinite", "0,1/0"),
        (("log(x)", "--box", "-2,-1"), "undefined on the whole box", ""),
        (("x^2", "--box", "0,1", "--max-boxes", "0"), "max_boxes=0", ""),
        (("x^2", "--box", "0,1", "-o", "x.png"), "a picture needs two", ""),
        (("3", "--box", ""), "no variables", ""),
    ],
)
def test_errors_say_what_to_do(args: tuple[str, ...], message: str, caret: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.stderr or message.replace("infinite", "inf") in result.stderr
    assert caret in result.stderr
