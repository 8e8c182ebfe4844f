"""`--data`: columns and whole files as arrays; what a file can be wrong in names its cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from steepest.cli import main

LINE = "x,y,name\n1,2,a\n2,4,b\n3,6,c\n4,8,d\n5,10,e\n"
MATRIX = "1,1\n1,2\n1,3\n1,4\n1,5\n"
LOSS = "mean((w x - y)^2)"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def read(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "points.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def test_columns_become_vectors(file: Any) -> None:
    answer = read("explore", LOSS, "--data", file(LINE), "--at", "0.5")
    assert answer["gradient"]["value"] == [-33]
    assert answer["gradient"]["symbolic"] == ["2mean(x*(w*x - y))"]
    assert answer["gradient"]["checks"]["agrees"] is True
    assert answer["arguments"] == [{"name": "w", "shape": []}]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LINE.encode(),
        LINE.replace("\n", "\r\n"),
        LINE.replace(",", ";"),
        LINE.replace(",", "\t"),
        LINE.replace("1,2,a", '"1"," 2 ","a, ""quoted"""'),
        LINE + "\n\n",
        LINE.replace("x,y", " x , y "),
    ],
)
def test_files_as_spreadsheets_write_them(file: Any, content: str | bytes) -> None:
    assert read("explore", LOSS, "--data", file(content), "--at", "w=0.5")["value"] == 24.75


def test_a_whole_file_is_a_matrix(file: Any) -> None:
    data = ["--data", file(LINE), "--data", "X=" + file(MATRIX, "X.csv")]
    answer = read("explore", "norm(X@w - y)^2", *data, "--at", "w1=0,w2=1")
    assert answer["variables"] == ["w1", "w2"]
    assert answer["gradient"]["symbolic"] == ["2X'@(X@w - y)"]
    assert answer["gradient"]["value"] == [-30, -110]
    titled = ["--data", file(LINE), "--data", "X=" + file("one,x\n" + MATRIX, "X")]
    assert read("explore", "norm(X@w - y)^2", *titled, "--at", "0,1")["value"] == answer["value"]


def test_columns_make_a_matrix(file: Any) -> None:
    path = file("one,x,y\n1,1,2\n1,2,4\n1,3,7\n")
    answer = read(
        "explore", "norm(X@w - y)^2", "--data", path, "--data", "X=[one, x]", "--at", "0,2"
    )
    assert answer["value"] == 1


def test_every_command_that_takes_a_formula_takes_data(file: Any) -> None:
    data = ["--data", file(LINE)]
    two = "mean((w x + b - y)^2)"
    walk = read("descend", two, *data, "--from", "b=0,w=1", "--rule", "exact")
    assert walk["outcome"] == "converged"
    assert walk["points"][-1] == pytest.approx([0, 2], abs=1e-6)
    found = read("critical", two, *data, "--box=-5,5,-5,5")
    assert found["complete"] is True
    assert found["points"][0]["x"] == pytest.approx([0, 2], abs=1e-9)
    assert read("basins", two, *data, "--box=-5,5,-5,5", "--step-size", "0.05")["minima"]
    swept = read("sweep", LOSS, *data, "--from", "0.5")
    assert swept["predicted_limit"] == pytest.approx(2 / 22)
    assert read("derive", LOSS, *data)["steps"]
    assert "(2/N) Σ xᵢ(w xᵢ - yᵢ)" in run("derive", LOSS, *data, "--brief").stdout
    marked = read("check", LOSS, *data, "--gradient", "2 mean(x*(w x - y))")
    assert marked["correct"] is True
    assert [c["variable"] for c in marked["components"]] == ["w"]
    wrong = run("check", LOSS, *data, "--gradient", "2 sum(x*(w x - y))")
    assert "the mean's factor 1/N, with N = 5" in wrong.stdout
    graph = read("graph", LOSS, *data, "--at", "0.5")
    assert [n["adjoint"] for n in graph["nodes"] if n["name"] == "w"] == [-33]


def test_the_graph_of_several_formulas_over_data(file: Any) -> None:
    data = ["--data", file(LINE), "--data", "X=" + file(MATRIX, "X.csv")]
    text = "norm(w)^2, norm(X@w - y)^2"
    graph = read("graph", text, *data, "--at", "0,1", "--vjp", "0,1", "--jvp", "1,0")
    assert graph["vjp"] == [-30, -110]
    assert graph["jvp"] == [0, -30]
    told = read("graph", "w[0]*w[1], norm(X@w - y)^2", *data, "--at", "2,1", "--jvp", "1,0")
    assert told["jvp"][0] == 1
    missing = run("graph", "norm(X@w - y)^2, ", *data, "--at", "0,1")
    assert "a formula is missing here" in missing.stderr
    bad = run("graph", "norm(X@w - y)^2, norm(X@y)", *data, "--at", "0,1")
    assert "X is 5 × 2, y has 5 entries" in bad.stderr


def test_rows_of_empty_cells_are_left_out_with_a_word(file: Any) -> None:
    path = file(LINE.replace("3,6,c\n", "3,6,c\n,,\n, ,\n") + ",,\n,,\n")
    result = run("explore", LOSS, "--data", path, "--at", "0.5", "--json")
    assert json.loads(result.stdout)["gradient"]["value"] == [-33]
    # Spreadsheets end their files with such rows: nobody misses those.
    assert result.stderr == f"{path}: rows 5, 6 are empty and left out\n"
    matrix = file("1,2\n,\n3,4\n", "X.csv")
    result = run("explore", "norm(X@w)^2", "--data", f"X={matrix}", "--at", "1,0", "--json")
    assert json.loads(result.stdout)["value"] == pytest.approx(10)
    assert result.stderr == f"{matrix}: row 2 is empty and left out\n"


def test_a_column_called_t_is_no_transpose(file: Any) -> None:
    path = file("x,T\n1,9\n2,9\n")
    answer = read("explore", "x.T@x*w", "--data", path, "--at", "1")
    assert answer["value"] == 5


REFUSED = [
    ("x,y\n1,2\n2,\n", "row 3, column y: the cell is empty; fill it or leave the row out"),
    ("x,y\n\n1,2\n\n2,a\n", "row 5, column y: 'a' is not a number"),
    ("x,y\n1,2\n\n2\n", "row 4 has 1 cell, the first row 2"),
    ("x,y\n1,2\n2,n/a\n", "row 3, column y: 'n/a' is not a number"),
    ("x,y\n1,2\n2,nan\n", "row 3, column y: 'nan' is not a number"),
    ("x,y\n1,2\n2,inf\n", "row 3, column y: 'inf' is not a number"),
    ("x,y\n1,2\n2,1e999\n", "row 3, column y: 1e999 is too large"),
    ("x,y\n1,2\n2,1_000\n", "row 3, column y: '1_000' is not a number"),
    ("x;y\n1;2\n2;1,5\n", "'1,5' is not a number; write decimal numbers with a point"),
    ("x,y\n1,2\n2\n", "row 3 has 1 cell, the first row 2; fill or remove it"),
    ("x,y\n1,2\n2,3,4\n", "row 3 has 3 cells, the first row 2"),
    ("x,y,x\n1,2,3\n", "two columns are called 'x'; rename one"),
    ("", "the file is empty"),
    ("\n\n", "the file is empty"),
    ("x,y\n", "there is no row below the names of the columns"),
    ("1,2\n3,4\n", "the first row holds numbers and should name the columns"),
    ("a,b\n1,2\n", "the formula uses no column of the file; the columns are: a, b"),
    (b"x,y\n1,\xff\xfe\n", "is not text in UTF-8"),
    (b"x,y\n1,\x00\n", "row 2, column y"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_a_file_that_cannot_be_used_is_refused_at_its_cell(
    file: Any, content: str | bytes, message: str
) -> None:
    result = run("explore", LOSS, "--data", file(content), "--at", "1")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "--data" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_column_named_like_a_constant_is_refused_if_the_formula_uses_it(file: Any) -> None:
    path = file("x,y,e,sin\n1,2,3,4\n2,4,5,6\n")
    result = run("explore", "mean((w x - e)^2)", "--data", path, "--at", "1")
    assert "the column 'e' has the name of a function or constant" in result.stderr
    # The same word as a function is no column.
    assert read("explore", "mean(sin(w x) - y)", "--data", path, "--at", "0")["value"] == -3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["X=[x,q]"], "there is no column 'q'; the columns are: x, y, name"),
        (["X=[]"], "[] names no columns; write [a,b]"),
        (["X=[x"], "[x names no columns; write [a,b]"),
        (["X="], "the name of a file is missing"),
        ([""], "the name of a file is missing"),
        (["x=missing.csv"], "missing.csv: cannot be read (no such file or directory)"),
        (["missing.csv"], "missing.csv: cannot be read"),
        (["X=[x]", "X=[y]"], "X is given twice"),
    ],
)
def test_options_that_make_no_sense(file: Any, options: list[str], message: str) -> None:
    more = [part for option in options for part in ("--data", option)]
    result = run("explore", "norm(X@w - y)", "--data", file(LINE), *more, "--at", "1")
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_data_the_message_says_how_to_give_them() -> None:
    result = run("explore", LOSS, "--at", "1")
    assert result.exit_code == 2
    assert "--data file.csv on the command line" in result.stderr


def test_a_matrix_needs_numbers_throughout(file: Any) -> None:
    bad = file("a,b\n1,2\n3,\n", "X.csv")
    result = run("explore", "norm(X@w)", "--data", f"X={bad}", "--at", "1,1")
    assert "row 3, column b: the cell is empty" in result.stderr
    blank = file("1,2\n\n3,\n", "X.csv")
    result = run("explore", "norm(X@w)", "--data", f"X={blank}", "--at", "1,1")
    assert "row 3, column 2: the cell is empty" in result.stderr
    empty = file("a,b\n", "X.csv")
    result = run("explore", "norm(X@w)", "--data", f"X={empty}", "--at", "1,1")
    assert "there is no row of numbers" in result.stderr
