"""Reports and pages of formulas over data: matrix form where there is one, entries elsewhere."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
from click.testing import CliRunner

import steepest as st
from steepest.cli import main

X = np.array([[1.0, 1], [1, 2], [1, 3]])


def test_a_page_computes_with_the_entries() -> None:
    f = st.Formula("norm(X@w - y)^2", data={"X": X, "y": [1, 2, 4]})
    page = st.page(f, at=[0, 1]).html
    found = re.search(r'id="steepest-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    assert told["text"] == "norm(X@w - y)^2"
    assert told["tape"]["variables"] == ["w1", "w2"]
    assert told["heading"] == {"signature": "f(w)", "latex": r"\|X w - y\|^{2}"}
    (chain,) = told["derivation"]["chains"]
    assert chain["name"] == r"\mathrm{d}f"
    assert chain["steps"][-1]["rule"] == "gradient"
    assert len(told["derivation"]["gradient"]) == 2
    assert [len(row) for row in told["derivation"]["hessian"]] == [2, 2]


def test_derive_shows_matrix_form_and_entries_of_a_matrix(tmp_path: Any) -> None:
    file = tmp_path / "X.csv"
    file.write_text("1,1\n1,2\n1,3\n")
    run = CliRunner().invoke(main, ["derive", "norm(X@w)^2", "--data", f"X={file}", "--brief"])
    assert "2XᵀXw" in run.stdout
    assert "2XᵀX" in run.stdout
    text = ["derive", "norm(X@A - X)^2", "--data", f"X={file}", "--brief"]
    run = CliRunner().invoke(main, text)
    assert run.exit_code == 0, run.stderr
    assert "2Xᵀ(XA - X)" in run.stdout
    assert "has four indices and no matrix form" in run.stdout
    text = ["derive", "norm(X@A - X)^2", "--data", f"X={file}", "--hessian"]
    run = CliRunner().invoke(main, text)
    assert run.exit_code == 0, run.stderr
    assert "A1_1" in run.stdout.replace("₁", "1")
