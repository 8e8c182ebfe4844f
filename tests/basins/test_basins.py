"""Basin maps: known minima, every outcome labelled, pictures, the command."""

from __future__ import annotations

import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import steepest as st
from steepest.basin_map import UNLABELLED, basins
from steepest.cli.group import Steepest
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError, PointError
from steepest.view.basins import basin_picture, hues
from steepest.view.raster import blank, save_png, write

HIMMELBLAU = "(x^2+y-11)^2+(x+y^2-7)^2"
BOX = [(-5, 5), (-5, 5)]


def test_himmelblaus_four_minima_share_the_map() -> None:
    found = basins(st.Formula(HIMMELBLAU), BOX, st.FixedStep(0.01), resolution=64)
    known = [(-3.779310, -3.283186), (-2.805118, 3.131313), (3, 2), (3.584428, -1.848127)]
    np.testing.assert_allclose(sorted(found.minima.tolist()), known, atol=1e-5)
    assert found.counts.sum() == found.starts == 64 * 64
    assert (found.counts > 0.2 * found.starts).all()
    # A start next to a minimum belongs to it; labels[i, j] goes with (axes[0][i], axes[1][j]).
    i, j = (int(np.argmin(np.abs(axis - c))) for axis, c in zip(found.axes, (3, 2), strict=True))
    np.testing.assert_allclose(found.minima[found.labels[i, j]], (3, 2), atol=1e-6)
    assert "reach the minimum" in str(found)


def test_labels_are_what_single_descents_reach() -> None:
    f = st.Formula("(4-2.1x^2+x^4/3)x^2+x*y+(4y^2-4)y^2")
    found = basins(f, [(-2, 2), (-1, 1)], st.FixedStep(0.02), resolution=(9, 7))
    assert found.labels.shape == found.steps.shape == (9, 7)
    assert list(found.minima_values) == sorted(found.minima_values)
    for i in range(9):
        for j in range(7):
            walk = st.descend(f, (found.axes[0][i], found.axes[1][j]), st.FixedStep(0.02))
            if walk.outcome is Outcome.CONVERGED:
                reached = found.minima[found.labels[i, j]]
                np.testing.assert_allclose(reached, walk.end, atol=1e-5)
                assert found.steps[i, j] == walk.steps
            else:
                assert found.labels[i, j] == UNLABELLED[walk.outcome]


def test_rastrigins_121_minima() -> None:
    f = st.Formula("20+x^2-10cos(2pi*x)+y^2-10cos(2pi*y)")
    found = basins(f, [(-5.12, 5.12)] * 2, st.FixedStep(0.001), resolution=60)
    assert len(found.minima) == 121
    np.testing.assert_allclose(found.minima[0], 0, atol=1e-9)
    assert found.minima_values[0] == pytest.approx(0, abs=1e-12)


def test_a_ring_of_minima_is_one_basin() -> None:
    found = basins(st.Formula("(x^2+y^2-1)^2"), [(-2, 2)] * 2, st.FixedStep(0.05), resolution=50)
    assert len(found.minima) == 1
    assert found.counts[0] == found.starts


def test_degenerate_minima_are_gathered() -> None:
    found = basins(
        st.Formula("x^4 + y^2"), [(-1, 1)] * 2, st.FixedStep(0.2), resolution=8, max_steps=10**6
    )
    assert len(found.minima) == 1
    np.testing.assert_allclose(found.minima[0], 0, atol=2e-3)


def test_starts_that_reach_no_minimum_are_counted() -> None:
    found = basins(st.Formula("x^3 + y^2"), [(-1, 1)] * 2, st.FixedStep(0.1), resolution=10)
    assert found.diverged == 50 and found.share(Outcome.DIVERGED) == 0.5
    assert (found.labels[:5] == UNLABELLED[Outcome.DIVERGED]).all()
    saddle = basins(st.Formula("x^2 - y^2"), [(-1, 1)] * 2, st.FixedStep(0.1), resolution=(4, 3))
    assert saddle.stalled == 4  # the middle row starts at y = 0
    assert len(saddle.minima) == 0 and saddle.diverged == 8
    short = basins(st.Formula("x^2"), [(-1, 1)], st.FixedStep(1e-6), resolution=4, max_steps=2)
    assert short.undecided == 4


@pytest.mark.parametrize("n", [1, 3])
def test_other_dimensions(n: int) -> None:
    names = ("x", "y", "z")[:n]
    f = st.Formula(" + ".join(f"({v}^2-1)^2" for v in names))
    found = basins(f, [(-2, 2)] * n, st.FixedStep(0.05), resolution=6)
    assert found.labels.shape == (6,) * n
    assert len(found.minima) == 2**n
    assert (found.counts == 3**n).all()


def test_an_executor_changes_nothing() -> None:
    f = st.Formula(HIMMELBLAU)
    here = basins(f, BOX, st.FixedStep(0.01), resolution=20)
    with ThreadPoolExecutor(2) as pool:
        there = basins(f, BOX, st.FixedStep(0.01), resolution=20, executor=pool)
    np.testing.assert_array_equal(here.labels, there.labels)


@pytest.mark.parametrize(
    ("box", "error", "message"),
    [
        ([(-1, 1)], PointError, "expected 2 pairs"),
        ([(1, 1), (-1, 1)], PointError, "empty inside: x from 1 to 1"),
        ([(1, -1), (-1, 1)], PointError, "x from 1 to -1"),
        ([(-1, np.inf), (-1, 1)], PointError, "infinite"),
    ],
)
def test_boxes_that_are_none(box: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        basins(st.Formula("x^2+y^2"), box, st.FixedStep(0.1))  # type: ignore[arg-type]


def test_resolutions_that_make_no_sense() -> None:
    f = st.Formula("x^2+y^2")
    for wrong in (0, -3, 2.5, (4,), (4, 0), True):
        with pytest.raises(ParameterError, match="resolution="):
            basins(f, [(-1, 1)] * 2, st.FixedStep(0.1), resolution=wrong)  # type: ignore[arg-type]
    with pytest.raises(PointError, match=r"1,000,000,000,000 starts need .* GB of memory"):
        basins(f, [(-1, 1)] * 2, st.FixedStep(0.1), resolution=1_000_000)


# --- The picture -------------------------------------------------------------------------


def read_png(path: Path) -> np.ndarray:
    """The pixels of a PNG as `save_png` writes it."""
    data = path.read_bytes()
    width, height = (int.from_bytes(data[k : k + 4], "big") for k in (16, 20))
    start = data.index(b"IDAT")
    size = int.from_bytes(data[start - 4 : start], "big")
    lines = np.frombuffer(zlib.decompress(data[start + 4 : start + 4 + size]), dtype=np.uint8)
    lines = lines.reshape(height, 1 + 3 * width)
    assert (lines[:, 0] == 0).all()
    return lines[:, 1:].reshape(height, width, 3)


def test_pictures_survive_the_file(tmp_path: Path) -> None:
    picture = blank(20, 40, "#FFFFFF")
    write(picture, "-1.5e9", 3, 2, 1, "#102030")
    again = read_png(save_png(picture, tmp_path / "a.png"))
    np.testing.assert_array_equal(again, picture)
    assert (again == (0x10, 0x20, 0x30)).all(axis=2).sum() == 3 + 8 + 1 + 11 + 10 + 12


def test_the_picture_shows_first_variable_across_and_second_up() -> None:
    f = st.Formula("(x^2-1)^2 + (y-0.5)^2")
    found = basins(f, [(-2, 2)] * 2, st.FixedStep(0.05), resolution=32)
    picture = basin_picture(found)
    height, width, _ = picture.shape
    assert height == width == 512 + 2 * 44
    left, right = picture[height // 4, width // 4], picture[height // 4, 3 * width // 4]
    assert tuple(left) != tuple(right)
    first = hues(2, "light")[int(found.labels[0, 0])]
    wanted = np.array([int(first[k : k + 2], 16) for k in (1, 3, 5)])
    # The colour of the minimum, mixed with paper where many steps were taken.
    assert np.argmax(np.abs(left - 255.0)) == np.argmax(np.abs(wanted - 255.0))


def test_every_minimum_has_a_colour_of_its_own() -> None:
    for theme in ("light", "dark"):
        assert len(set(hues(121, theme))) == 121


def test_three_variables_have_no_flat_picture() -> None:
    found = basins(st.Formula("x^2+y^2+z^2"), [(-1, 1)] * 3, st.FixedStep(0.1), resolution=3)
    with pytest.raises(ParameterError, match="no flat picture"):
        basin_picture(found)


# --- The command -------------------------------------------------------------------------


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(Steepest("steepest"), ["basins", *args])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_json_and_saves_the_map(tmp_path: Path) -> None:
    target = tmp_path / "map.png"
    status, out, _ = run(
        HIMMELBLAU, "--box", "-5,5,-5,5", "--step-size", "0.01", "--resolution", "32",
        "--json", "-o", str(target),
    )  # fmt: skip
    assert status == 0
    told = json.loads(out)
    assert told["starts"] == 1024 and len(told["minima"]) == 4
    assert sum(m["count"] for m in told["minima"]) == told["counts"]["converged"] == 1024
    assert told["diverged"] == told["undecided"] == told["not_a_minimum"] == 0
    assert read_png(target).shape[0] > 500


def test_the_command_tells_people(tmp_path: Path) -> None:
    status, out, _ = run("x^2 + y^2", "--box", "-1,1,-1,1", "--step-size", "0.1")
    assert status == 0
    assert "65,536 starts" in out and "100.0 %" in out and "(0, 0)" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--box", "-1,1", "--step-size", "0.1"], "--box"),
        (["--box", "-1,1,-1,1", "--step-size", "0"], "--step-size"),
        (["--box", "-1,1,-1,1", "--step-size", "0.1", "--resolution", "0"], "resolution"),
        (["--box", "-1,1,-1,1", "--step-size", "0.1", "-o", "map.svg"], ".png only"),
        (["--box", "-1,1,-1,1"], "--step-size"),
    ],
)
def test_mistakes_end_with_one_error(args: list[str], message: str) -> None:
    status, _, err = run("x^2 + y^2", *args)
    assert status == 2
    assert message in err
