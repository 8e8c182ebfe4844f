"""`steepest watch`: report, JSON, picture and page of a run, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from steepest.cli import main
from steepest.training.records import step_line
from training_runs import HEADER


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A run that blows up at step 50, with a name that must not reach a page as it is."""
    lines = [HEADER.line().replace('"Net"', '"<b>Net</b>"')]
    for k, loss in enumerate(np.concatenate([np.linspace(2, 1, 40), np.geomspace(1, 1e6, 20)])):
        values = {"loss": loss, "gradient": 1.0, "lr": 0.1, "clip": 0.5, "turn": 40.0}
        if k % 10 == 0:
            values |= {"sharpness": 5.1, "limit": 2.0, "lambda_max": 51.0, "residual": 0.01}
        lines.append(step_line(k, values, [0.8, 0.6]))
    lines.append(step_line(60, {"loss": float("nan"), "gradient": 1.0}, [0.8, 0.6]))
    file = tmp_path / "run.jsonl"
    file.write_text("\n".join(lines) + '\n{"step": 6', encoding="utf-8")
    return file


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["watch", *map(str, args)])


def test_the_report(path: Path) -> None:
    shown = run(path)
    assert shown.exit_code == 0, shown.output
    for words in ("diverging: λmax 51 × lr 0.1 × clip factor 0.5 = 2.55 > 2",
                  "Clipping active in 100 %",
                  "Rising", "cut off in the middle", "2 second"):  # fmt: skip
        assert words.lower() in " ".join(shown.stdout.split()).lower(), words


def test_json_is_strict(path: Path) -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    told = json.loads(run(path, "--json").stdout, parse_constant=refuse)
    assert told["not_finite"] == {"step": 60, "column": "loss"}
    assert told["columns"]["loss"][60] is None
    assert [s["rule"] for s in told["sentences"]][:2] == ["not finite", "diverging"]


def test_picture_and_page(path: Path, tmp_path: Path) -> None:
    shown = run(path, "-o", tmp_path / "run.png", "--page", tmp_path / "run.html", "--json")
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "run.html").read_text("utf-8")
    assert "&lt;b&gt;Net&lt;/b&gt;" in page and "<b>Net" not in page
    assert "diverging" in page.lower() and 'data-name="sharpness"' in page
    assert "http" not in page and "<!--" not in page and "/*tokens*/" not in page


@pytest.mark.parametrize(
    ("args", "said"),
    [(["missing"], "no such file"), (["--follow", "--json"], "no one JSON object"),
     (["-o", "a.gif"], "unknown kind of picture"), (["--page", "a.txt"], "end the name"),
     (["--page", "/no/such/a.html"], "the folder does not exist")],
)  # fmt: skip
def test_refusals(path: Path, args: list[str], said: str) -> None:
    shown = run(*(args if args == ["missing"] else [path, *args]))
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert said in shown.stderr


def test_it_loads_neither_torch_nor_what_is_slow(path: Path) -> None:
    code = (
        "import sys\nfrom steepest.cli import main\n"
        f"sys.argv = ['steepest', 'watch', {str(path)!r}, '--json']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'rich', 'matplotlib', 'sympy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
