"""The page as a widget of a notebook: its point and its descent, readable and settable.

Needs anywidget (`pip install steepest[notebook]`).
"""

from __future__ import annotations

import html
from typing import Any, Final, cast

import anywidget
import numpy as np
import traitlets

from steepest.errors import ParameterError, PointError
from steepest.functions.formula import Formula
from steepest.view.page import Page

# The page runs in a frame of its own and is spoken to by messages (web/src/embed.ts).
_SCRIPT: Final = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = model.get("title");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
  frame.srcdoc = model.get("html");
  const tell = (what) =>
    frame.contentWindow?.postMessage({ steepest: { ...what, turn: model.get("turn") } }, "*");
  // What the page itself told is not told back: it may have moved on.
  let hearing = false;
  const tellPoint = () => hearing || tell({ point: model.get("point") });
  const tellTrajectory = () => hearing || tell({ trajectory: model.get("trajectory") });
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || !data?.steepest?.point) return;
    // It was said before the page had heard what Python assigned last.
    if (data.steepest.turn < model.get("turn")) return;
    hearing = true;
    model.set("heard", data.steepest.turn);
    model.set("point", data.steepest.point);
    model.set("trajectory", data.steepest.trajectory);
    hearing = false;
    model.save_changes();
  };
  addEventListener("message", hear);
  frame.addEventListener("load", () => tell({
    listen: true, point: model.get("point"), trajectory: model.get("trajectory"),
  }));
  model.on("change:point", tellPoint);
  model.on("change:trajectory", tellTrajectory);
  el.append(frame);
  return () => {
    removeEventListener("message", hear);
    model.off("change:point", tellPoint);
    model.off("change:trajectory", tellTrajectory);
  };
}
export default { render };
"""


class _Point(traitlets.TraitType[list[float], Any]):
    """The coordinates of a point of the formula's domain."""

    def validate(self, obj: Any, value: Any) -> list[float]:
        point = obj.formula.point(value)
        if not np.isfinite(point).all():
            raise PointError(f"point={value!r:.60}: a page needs finite coordinates")
        return point.tolist()


class _Path(traitlets.TraitType[list[list[float]], Any]):
    """A trajectory's points (k, n), or a Trajectory, which has them."""

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        dim: int = obj.formula.dim
        try:
            points: Any = np.array(getattr(value, "points", value), dtype=np.float64)
        except (TypeError, ValueError):
            points = np.empty(0)
        if points.ndim != 2 or points.shape[1] != dim or not np.isfinite(points[:1]).all():
            raise ParameterError(
                f"trajectory={value!r:.60}: expected what descend(f, …) returns, or points"
                f" (k, {dim})"
            )
        return points[np.isfinite(points).all(axis=1)].tolist()


class Explorer(anywidget.AnyWidget):
    """A page in a notebook: `st.page(f, at=…).widget()`.

    `point` is where the point stands, a list of n coordinates, and `trajectory` the descent
    under the card Walk, a list of points. Both follow what the reader does, and what is
    assigned is shown: a point (n,), and a Trajectory or points (k, n), whose first becomes the
    point. `observe(function, "point")` calls `function` whenever the point has moved.

    Assigning raises PointError or ParameterError for what does not fit the formula.
    """

    _esm = _SCRIPT
    title = traitlets.Unicode().tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    point = _Point().tag(sync=True)
    trajectory = _Path(default_value=None, allow_none=True).tag(sync=True)
    # How often Python has assigned something, and what of that the page had heard when it spoke:
    # what crossed an assignment on its way is older than it, and is not taken for the reader's.
    turn = traitlets.Int().tag(sync=True)
    heard = traitlets.Int().tag(sync=True)

    formula: Formula

    def __init__(self, page: Page, formula: Formula, height: int) -> None:
        self.formula = formula
        self._hearing = False
        super().__init__(title=page.title, html=page.html, height=height, point=page.at)

    @traitlets.validate("point", "trajectory")
    def _assigned(self, proposal: dict[str, Any]) -> Any:
        # Counted here because this comes before the value is sent.
        if not self._hearing:
            self.turn += 1
        return proposal["value"]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page tells, unless Python has assigned something since."""
        if sync_data.get("heard", self.heard) < self.turn:
            return
        self._hearing = True
        try:
            super().set_state(sync_data)
        finally:
            self._hearing = False

    @traitlets.observe("trajectory")
    def _start(self, change: dict[str, Any]) -> None:
        if change["new"]:
            self.point = change["new"][0]

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and the page itself where widgets do not run."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        shown = bundle[0] if isinstance(bundle, tuple) else bundle
        frame = (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts"'
            f' style="width:100%;height:{self.height}px;border:0"'
            f' srcdoc="{html.escape(cast(str, self.html))}"></iframe>'
        )
        merged = {**shown, "text/html": frame}
        return (merged, bundle[1]) if isinstance(bundle, tuple) else merged
