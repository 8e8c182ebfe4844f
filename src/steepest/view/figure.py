"""Pictures for paper and screen: a scene as a matplotlib figure. Needs the extra [plot]."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.descent import Trajectory
from steepest.errors import ParameterError, PointError, SteepestError
from steepest.local.model import LocalModel, ScalarFunction
from steepest.norms import Norm
from steepest.torch.picture import Surface
from steepest.view.scene import Scene, scene
from steepest.view.surface import surface_scene
from steepest.view.tokens import Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES: Final = (".png", ".svg", ".pdf")


def figure(
    f: ScalarFunction | Surface,
    *,
    at: ArrayLike | None = None,
    direction: ArrayLike | None = None,
    norm: Norm | None = None,
    trajectory: Trajectory | Sequence[Trajectory] | None = None,
    box: Sequence[tuple[float, float]] | None = None,
    plane: Sequence[str] | None = None,
    theme: Theme = "light",
) -> Figure:
    """The landscape of f as a matplotlib figure that belongs to no window.

    Two variables give a map with equal axes: the level curve through `at` (n,), its tangent,
    the gradient and, if given, `direction` (n,) and trajectories. One variable gives the graph
    with its tangent, three and more a slice through `at` over the two variables named by
    `plane` (default: the first two). `box` is [(lo, hi), (lo, hi)], or [(lo, hi)].

    A network's loss surface (`steepest.torch.surface`) is drawn as it is; it takes `theme` only.

    Raises:
        SteepestError: matplotlib is not installed.
        PointError: `at` or `direction` does not fit f.
        ParameterError: `box`, `plane` or `theme` makes no sense.
    """
    require_matplotlib()
    from steepest.view.figure_page import draw

    if theme not in ("light", "dark"):
        raise ParameterError(f"theme={theme!r}: it is 'light' or 'dark'")
    if isinstance(f, Surface):
        given = (at, direction, norm, trajectory, box, plane)
        if any(argument is not None for argument in given):
            raise ParameterError(
                "a surface is drawn as it was computed: give window and trajectory to"
                " steepest.torch.surface"
            )
        return draw(surface_scene(f), theme)
    walks = [trajectory] if isinstance(trajectory, Trajectory) else list(trajectory or ())
    model = None if at is None else LocalModel(f, _numbers(f, at, "at"))
    if direction is not None and model is None:
        raise PointError("a direction starts at a point: give at= too")
    along = None if direction is None else _numbers(f, direction, "direction")
    shown = scene(
        f, model, direction=along, norm=norm, trajectories=walks,
        box=None if box is None else list(box), plane=plane,
    )  # fmt: skip
    return draw(shown, theme)


def draw_scene(shown: Scene, theme: Theme = "light") -> Figure:
    """A scene as a matplotlib figure that belongs to no window.

    Raises SteepestError if matplotlib is not installed.
    """
    require_matplotlib()
    from steepest.view.figure_page import draw

    return draw(shown, theme)


def save(picture: Figure, path: str | Path) -> None:
    """Write `picture` as PNG, SVG or PDF, as the suffix of `path` says; the same bytes each time.

    Raises ParameterError for another suffix and OSError if the file cannot be written.
    """
    import matplotlib

    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ParameterError(f"{str(path)!r}: end the name of a picture in {', '.join(SUFFIXES)}")
    undated = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "steepest"}):
        picture.savefig(drawn, format=suffix[1:], metadata=undated[suffix])
    Path(path).write_bytes(drawn.getvalue())


def _numbers(f: ScalarFunction, values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != (f.dim,):
        raise PointError(
            f"{name}={values!r:.60}: expected {f.dim} numbers ({', '.join(f.variables)})"
        )
    return array


def require_matplotlib() -> None:
    """SteepestError that says what to install, if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError:
        raise SteepestError(
            'pictures need matplotlib, which is not installed: pip install "steepest[plot]"'
        ) from None
