"""`steepest derive`: steps in the terminal, in LaTeX and as JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from steepest.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["derive", *args])


def test_every_step_stands_beside_its_rule() -> None:
    lines = [" ".join(line.split()) for line in run("x^2*y + y^3").stdout.splitlines()]
    assert "= y·∂/∂x[x²] + ∂/∂x[y³] constant multiple: y stays in front" in lines
    assert "= 2x·y simplify" in lines


def test_brief_leaves_the_steps_out() -> None:
    shown = run("x^2*y + y^3", "--brief").stdout
    assert "Steps" not in shown
    assert "∇f = " in shown


def test_hessian_steps_are_shown_on_request() -> None:
    assert "Steps for the second derivative" in run("sin(x)", "--hessian").stdout
    assert "Steps for the Hessian" in run("x*y^2", "--hessian").stdout
    assert "Steps for the Hessian" not in run("x*y^2").stdout


def test_narrow_terminals_cut_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    shown = run("sin(x^2*y)*exp(-x)*log(y)").stdout
    assert max(map(len, shown.splitlines())) <= 50
    assert "…\n" not in shown


def test_latex() -> None:
    assert run("x^2", "--latex").stdout.startswith("\\begin{aligned}\n\\frac{d f}{d x} &= ")
    assert run("x^2", "--latex", "--brief").stdout == "f'(x) = 2 x\nf''(x) = 2\n"


def test_json_has_every_step() -> None:
    data = json.loads(run("x^2 + 3y^2", "--json", "--hessian").stdout)
    assert data["gradient"] == ["2x", "6y"]
    assert {step["of"] for step in data["steps"]} == {"f", "f_x", "f_y"}
    assert all(s["checks"]["numeric"] or s["checks"]["symbolic"] for s in data["steps"])
    assert data["steps"][0]["text"] == "d/dx[x^2] + d/dx[3y^2]"


def test_a_constant_is_refused() -> None:
    result = run("2pi")
    assert result.exit_code == 2
    assert "nothing to differentiate" in result.stderr
