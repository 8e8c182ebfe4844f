"""`steepest graph`: a table of nodes, Jacobians, and errors that point at the place."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from steepest.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["graph", *args])


def test_nodes_with_values_and_adjoints() -> None:
    lines = [line.split() for line in run("x^2*y + y^3", "--at", "1,2").stdout.splitlines()]
    assert ["y", "2", "13", "=", "1", "+", "12"] in lines
    assert ["v₄", "y³", "8", "by", "y:", "12", "1"] in lines


def test_several_formulas_have_a_jacobian() -> None:
    shown = run("x1^2, x1*x2, x2^2", "--at", "2,3", "--vjp", "1,0,2", "--jvp", "1,-1").stdout
    assert "J = ⎢ 3  2 ⎥" in shown
    assert "w·J = (4, 12)" in shown
    assert "J·v = (4, 1, -6)" in shown


def test_commas_of_functions_do_not_split() -> None:
    data = json.loads(run("atan2(y, x)", "--at", "1,2", "--json").stdout)
    assert data["formulas"] == ["atan2(y, x)"]


def test_json() -> None:
    data = json.loads(
        run("x1^2, x1*x2, x2^2", "--at", "2,3", "--vjp", "1,0,2", "--jvp", "1,-1", "--json").stdout
    )
    assert data["jacobian"] == [[4, 0], [3, 2], [0, 6]]
    assert (data["vjp"], data["jvp"]) == ([4, 12], [4, 1, -6])
    assert data["agrees"] is True


def test_errors() -> None:
    missing = run("x, , y", "--at", "1,2")
    assert missing.exit_code == 2
    assert "a formula is missing here" in missing.stderr
    short = run("x*y", "--at", "1")
    assert short.exit_code == 2
    assert "expected 2 numbers (x, y)" in short.stderr
    weights = run("x*y, x", "--at", "1,2", "--vjp", "1")
    assert weights.exit_code == 2
    assert "expected 2 numbers (f1, f2)" in weights.stderr
