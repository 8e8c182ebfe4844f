"""matplotlib figures: geometry in display coordinates, a legend for every colour, same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

import steepest as st
from steepest.errors import ParameterError, PointError, SteepestError
from steepest.view.figure import save
from steepest.view.tokens import palette


def picture(formula: str, **options: Any) -> Figure:
    return st.figure(st.Formula(formula), **options)


def map_of(figure: Figure) -> Axes:
    return figure.axes[0]


def on_paper(axes: Axes, points: Any) -> np.ndarray:
    axes.figure.canvas.draw()
    return axes.transData.transform(np.array(points))


def arrow(axes: Axes, role: str) -> np.ndarray:
    (patch,) = [p for p in axes.patches if isinstance(p, FancyArrowPatch) and p.get_label() == role]
    start, end = on_paper(axes, patch._posA_posB)  # type: ignore[attr-defined]
    return end - start


def lines(axes: Axes, role: str) -> LineCollection:
    (found,) = [
        c for c in axes.collections if isinstance(c, LineCollection) and c.get_label() == role
    ]
    return found


def legend(axes: Axes) -> str:
    drawn = axes.get_legend()
    assert drawn is not None
    return "\n".join(t.get_text() for t in drawn.get_texts())


def square(a: np.ndarray, b: np.ndarray) -> float:
    return abs(float(a @ b)) / float(np.linalg.norm(a) * np.linalg.norm(b))


@pytest.mark.parametrize(
    ("formula", "point"),
    [("x^2 + 3y^2", [1, 2]), ("(1-x)^2 + 100(y-x^2)^2", [-1.2, 1]), ("x*y*z", [1, 2, 3]),
     ("1e-9*x^2 + 1e-9*y", [1, 1]), ("x + y", [1e6, 1])],
)  # fmt: skip
def test_the_gradient_looks_perpendicular_to_the_level_curve(
    formula: str, point: list[float]
) -> None:
    axes = map_of(picture(formula, at=point))
    assert axes.get_aspect() == 1.0
    tangent = on_paper(axes, lines(axes, "tangent").get_segments()[0])
    assert square(arrow(axes, "gradient"), tangent[1] - tangent[0]) < 1e-9
    corner = on_paper(axes, lines(axes, "right_angle").get_segments()[0])
    assert square(corner[1] - corner[0], corner[2] - corner[1]) < 1e-9
    # One unit is as long across as up.
    origin, across, up = on_paper(axes, [[0, 0], [1, 0], [0, 1]])
    assert (across - origin)[0] == pytest.approx((up - origin)[1])


def test_the_arrow_on_paper_has_the_direction_of_the_gradient() -> None:
    axes = map_of(picture("x^2 + 3y^2", at=[1, 2], box=[(-5, 5), (-3, 3)]))
    shown = arrow(axes, "gradient")
    assert shown / np.linalg.norm(shown) == pytest.approx(np.array([2, 12]) / np.hypot(2, 12))


def test_the_legend_tells_about_every_colour() -> None:
    f = st.Formula("log(x) + y^2")
    walk = st.descend(f, [2, 1], st.Momentum(0.05, 0.5), max_steps=20)
    axes = map_of(st.figure(f, at=[1, 1], direction=[1, 0], norm=st.L1(), trajectory=walk,
                            box=[(-1, 3), (-2, 2)]))  # fmt: skip
    told = legend(axes)
    for words in ("the point (1, 1), f = 1", "∇f = (1, 2)", "2.236 per unit", "steepest descent",
                  "steepest in ℓ1", "u = (1, 0): slope 1", "level curve f = 1", "its tangent",
                  "momentum, η = 0.05", "f is not defined here"):  # fmt: skip
        assert words in told
    assert any("value of f" in t.get_text() for t in axes.figure.axes[1].texts)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_come_from_the_tokens(theme: Any) -> None:
    figure = picture("x^2 + 3y^2", at=[1, 2], theme=theme)
    axes, p = map_of(figure), palette(theme)
    assert to_hex(figure.get_facecolor()).upper() == p.paper
    (gradient,) = [q for q in axes.patches if q.get_label() == "gradient"]
    assert to_hex(gradient.get_edgecolor()).upper() == p.gradient
    assert to_hex(np.atleast_2d(lines(axes, "level").get_color())[0]).upper() == p.level


def test_one_variable_gives_the_graph_and_its_tangent() -> None:
    axes = map_of(picture("sin(x)*exp(-x/4)", at=[1]))
    (x0, y0), (x1, y1) = lines(axes, "slope").get_segments()[0]
    assert (y1 - y0) / (x1 - x0) == pytest.approx(0.2570, abs=1e-4)
    assert "tangent, slope 0.257" in legend(axes)
    assert axes.get_ylabel() == "$f(x)$"


def test_three_variables_say_that_it_is_a_slice() -> None:
    figure = picture("x^2 + y^2 + z^2", at=[1, 2, 3], plane=("y", "z"))
    assert "Slice through the point, with x = 1" in [t.get_text() for t in figure.texts]
    assert (map_of(figure).get_xlabel(), map_of(figure).get_ylabel()) == ("$y$", "$z$")


@pytest.mark.parametrize(
    ("formula", "title"),
    [("x^2 + 3y^2", r"$f(x, y) = x^{2} + 3 y^{2}$"), ("sin(x)", r"$f(x) = \sin(x)$"),
     ("abs(x)", r"$f(x) = |x|$"), ("(x/2)^2", r"$f(x) = \left(\frac{x}{2}\right)^{2}$"),
     ("where(x < 0, -x, x^2)", "f(x) = where(x < 0, -x, x²)")],
)  # fmt: skip
def test_the_title_is_the_formula(formula: str, title: str) -> None:
    assert picture(formula).texts[0].get_text() == title


def test_a_long_formula_stays_on_the_page(tmp_path: Path) -> None:
    figure = picture(" + ".join(f"sin({k}x)*cos({k}y)/{k}" for k in range(1, 60)))
    save(figure, tmp_path / "long.png")
    box = figure.texts[0].get_window_extent()
    assert box.x1 <= figure.bbox.x1


@pytest.mark.parametrize(
    ("formula", "options"),
    [("3 + 0*x + 0*y", {"at": [1, 2]}), ("3 + 0*x", {"at": [1]}), ("log(x)", {"at": [-1]}),
     ("sqrt(-1 - x^2 - y^2)", {"at": [1, 1]}), ("abs(x) + abs(y)", {"at": [0, 0]}),
     ("1/(x*y)", {"at": [1, 1]}), ("exp(900x)", {"at": [1]}), ("1e300*x^2 + y", {"at": [1, 1]}),
     ("1e-300*x^2 + y*1e-300", {"at": [1, 1]}), ("tan(x)*y", {}), ("x + y", {"at": [1e15, 1]})],
)  # fmt: skip
def test_awkward_functions_are_drawn_without_a_warning(
    formula: str, options: dict[str, Any], tmp_path: Path
) -> None:
    save(picture(formula, **options), tmp_path / "awkward.png")
    assert (tmp_path / "awkward.png").stat().st_size > 5000


def test_undefined_regions_are_hatched() -> None:
    axes = map_of(picture("log(x) + y^2", at=[1, 1]))
    assert [p for p in axes.patches if p.get_hatch() == "////"]
    assert not [p for p in map_of(picture("x + y")).patches if p.get_hatch()]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_picture_has_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    contents = []
    for k in range(2):
        path = tmp_path / f"{k}{suffix}"
        save(picture("x^2 + 3y^2", at=[1, 2], direction=[1, 0]), path)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    heads = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert contents[0].startswith(heads[suffix])


def test_pictures_have_a_high_resolution(tmp_path: Path) -> None:
    from matplotlib.image import imread

    save(picture("x + y", at=[1, 1]), tmp_path / "a.png")
    height, width, _ = imread(tmp_path / "a.png").shape
    assert width >= 1600
    assert height >= 1200


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\.png, \.svg, \.pdf"):
        save(picture("x"), tmp_path / "a.gif")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [({"at": [1]}, PointError, r"at=\[1\]: expected 2 numbers \(x, y\)"),
     ({"at": [1, 2], "direction": [1]}, PointError, r"direction=\[1\]: expected 2 numbers"),
     ({"direction": [1, 0]}, PointError, "a direction starts at a point"),
     ({"at": "ab"}, PointError, "expected 2 numbers"),
     ({"theme": "pink"}, ParameterError, "'light' or 'dark'"),
     ({"box": [(0, 1)]}, ParameterError, "expected")],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    options: dict[str, Any], error: type[SteepestError], message: str
) -> None:
    with pytest.raises(error, match=message):
        picture("x^2 + 3y^2", **options)


def test_no_global_state_of_matplotlib_is_touched() -> None:
    code = (
        "import matplotlib, steepest as st, sys\n"
        "def draw(): st.figure(st.Formula('x^2 + y'), at=[1, 2]).canvas.draw()\n"
        "draw()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "matplotlib.rcParams['backend'] = 'svg'\n"
        "before = {k: repr(v) for k, v in matplotlib.rcParams.items()}\n"
        "draw()\n"
        "assert {k: repr(v) for k, v in matplotlib.rcParams.items()} == before\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_without_matplotlib_a_sentence_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SteepestError, match=r'pip install "steepest\[plot\]"'):
        picture("x^2")
