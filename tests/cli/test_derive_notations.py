"""`steepest derive --brief`: derivatives in the notations of the field."""

from __future__ import annotations

import json

from click.testing import CliRunner

from steepest.cli import main


def output(*args: str) -> str:
    result = CliRunner().invoke(main, ["derive", *args])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_chapter_s_example_as_json() -> None:
    answer = json.loads(output("x^2*y + y^3", "--json"))
    assert answer["gradient"] == ["2x*y", "x^2 + 3y^2"]
    assert answer["hessian"] == [["2y", "2x"], ["2x", "6y"]]
    assert answer["steps"]


def test_the_column_vector() -> None:
    shown = output("exp(x*y) + sin(z)", "--brief")
    for row in ("y·exp(x·y)", "x·exp(x·y)", "cos(z)"):
        assert row in shown
    assert "∂f/∂x ⎤" in shown


def test_latex_in_the_notations_of_the_field() -> None:
    lines = output("x^2 + 3y^2", "--latex", "--brief").splitlines()
    assert lines[0] == r"\nabla f = \begin{bmatrix} 2 x \\ 6 y \end{bmatrix}"
    assert lines[1].startswith(r"\operatorname{grad} f")
    assert r"\frac{\partial f}{\partial x} = 2 x" in lines
    assert r"\frac{\partial^2 f}{\partial x\,\partial y} = 0" in lines


def test_one_variable_is_written_with_a_prime() -> None:
    assert output("x^3", "--latex", "--brief").splitlines() == ["f'(x) = 3 x^{2}", "f''(x) = 6 x"]
