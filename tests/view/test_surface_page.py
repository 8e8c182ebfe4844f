"""A surface's page, its JSON and its command: the numbers are those that were computed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import steepest as st
from page_tools import build_if_stale
from steepest.cli.surface import command
from steepest.errors import ParameterError, SteepestError
from steepest.torch.picture import Path as Run
from steepest.torch.picture import Surface
from steepest.torch.points_file import PointsFile
from steepest.torch.surface_json import about, path_from, path_json, surface_json
from steepest.view.page import Page

X, Y = np.linspace(-1, 2, 7), np.linspace(0.1, 0.9, 5)


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_if_stale()


def plane() -> Surface:
    values = np.hypot(*np.meshgrid(X, Y)) / 3
    values[1, 2] = np.nan
    run = Run(np.array([[1.0, 0.5], [0.1, np.inf]]), np.array([0.25, 0.0]), 0.875)
    return Surface(
        "a <loss>: a plane", ("u", "v"), (X, Y), values, 0.7, (("here", (0.0, 0.5)),), run
    )


def content(text: str) -> dict:
    start = text.index('id="steepest-data">') + len('id="steepest-data">')
    return json.loads(text[start : text.index("</script>", start)])


def test_the_page_holds_every_digit_of_the_surface(tmp_path: Path) -> None:
    s = plane()
    path = st.page(s, tmp_path / "loss.html")
    text = path.read_text("utf-8")
    told = content(text)["surface"]
    assert told == json.loads(json.dumps(surface_json(s), allow_nan=False))
    assert np.array_equal(np.array(told["values"], dtype=float), s.values, equal_nan=True)
    assert [np.array_equal(g, own) for g, own in zip(told["grid"], s.grid, strict=True)] == [
        True
    ] * 2
    assert told["trajectory"] == {
        "points": [[1.0, 0.5], [0.1, None]], "distances": [0.25, 0.0], "share": 0.875,
    }  # fmt: skip
    assert told["lowest"] == {"value": s.lowest.value, "at": list(s.lowest.coordinates)}
    assert told["points"] == [{"label": "here", "at": [0.0, 0.5]}]
    assert (told["title"], told["names"], told["unit"]) == ("a <loss>: a plane", ["u", "v"], 0.7)
    assert told["missing"] == 0
    assert "<title>a &lt;loss&gt;: a plane – steepest</title>" in text
    assert "<loss>" not in text


def test_a_trajectory_comes_back_from_json() -> None:
    run = plane().path
    assert run is not None
    back = path_from(json.loads(json.dumps(path_json(run))))
    assert back.distances.tolist() == [0.25, 0.0] and back.share == 0.875
    assert np.isnan(back.coordinates[1, 1]) and back.coordinates[0].tolist() == [1.0, 0.5]


def test_a_notebook_shows_the_page_and_it_is_no_widget() -> None:
    shown = st.page(plane())
    assert isinstance(shown, Page) and shown._repr_html_().startswith("<iframe")
    assert repr(shown).startswith("Page('a <loss>: a plane', ")
    with pytest.raises(SteepestError, match="a surface's page is no widget"):
        shown.widget()
    with pytest.raises(ParameterError, match="a surface is shown as it was computed"):
        st.page(plane(), at=(0, 0))


def saved(folder: Path, left_out: int = 0) -> Path:
    """The file of a surface of 35 points, of which the last are not computed yet."""
    s, file = plane(), folder / "loss.jsonl"
    header = {
        "resolution": [7, 5], "ranges": [[-1.0, 2.0], [0.1, 0.9]], "slice": "0123456789abcdef",
    }  # fmt: skip
    assert s.path is not None
    with PointsFile(file, header, about=about(s), trajectory=path_json(s.path)) as store:
        for index, value in enumerate(s.values.ravel()[: 35 - left_out]):
            store.add(index, float(value))
    return file


def test_the_command_says_draws_and_writes_the_page(tmp_path: Path) -> None:
    file = saved(tmp_path)
    run = CliRunner().invoke(
        command, [str(file), "-o", str(tmp_path / "a.svg"), "--page", str(tmp_path / "a.html")]
    )
    assert run.exit_code == 0, run.output
    said = " ".join(run.output.split())
    assert "a <loss>: a plane" in said and "0.03333 at (α, β) = (0, 0.1)." in said
    assert "The run, 2 points;" in said and "87.5" in said
    assert "The loss is not finite at 1 point." in said
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<?xml")
    told = content((tmp_path / "a.html").read_text("utf-8"))["surface"]
    printed = json.loads(CliRunner().invoke(command, [str(file), "--json"]).output)
    assert told == printed == surface_json(plane())


def test_the_command_shows_what_is_there_already(tmp_path: Path) -> None:
    run = CliRunner().invoke(command, [str(saved(tmp_path, left_out=3))])
    assert "7 × 5 points, 3 of them not" in run.output
    printed = CliRunner().invoke(command, [str(tmp_path / "loss.jsonl"), "--json"]).output
    assert json.loads(printed)["missing"] == 3


def test_reading_a_surface_loads_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from steepest.torch import read_surface;"
        f" read_surface({str(saved(tmp_path))!r}); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
