"""What `steepest explore` says, in the order of the cards: Here, Turn, Level, Walk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.text import Text

from steepest.descent import Trajectory, descend
from steepest.functions.formula import Formula
from steepest.local.model import LocalModel
from steepest.local.results import Smoothness
from steepest.norms import Norm
from steepest.rules import Backtracking, FixedStep
from steepest.view.inks import Inks
from steepest.view.marks import SPOKEN
from steepest.view.notation import partials
from steepest.view.numbers import short, unit, vector
from steepest.view.report_turn import turn
from steepest.view.scene import scene
from steepest.view.terminal import Report, card
from steepest.view.title import title
from steepest.view.tokens import Theme
from steepest.view.words import beside, fits, gradient_column, matrix, parts, sentence, told

FloatArray = NDArray[np.float64]

_COUNTS: Final = {2: "two", 3: "three", 4: "four"}
_WALK: Final = 200  # steps of the trial descent
_LARGEST_MATRIX: Final = 6


def explore_report(
    f: Formula,
    model: LocalModel,
    norm: Norm,
    direction: FloatArray | None,
    *,
    limit_table: bool = False,
    plane: list[str] | None = None,
    theme: Theme | None = None,
) -> Report:
    """The report on f near `model`'s point, ready to print."""
    writer = _Writer(f, model, norm, direction, limit_table)
    where = ""
    if f.dim:
        where = (
            f"   at {f.variables[0]} = {short(model.point[0])}"
            if f.dim == 1
            else f"   at {vector(model.point)}"
        )

    def draw(resolution: tuple[int, int]) -> dict[str, Any]:
        walks = [writer.walk] if writer.walk is not None else []
        box = None if not walks else _home(f, model, plane)
        return scene(f, model, direction=direction, norm=norm, trajectories=walks, box=box,
                     plane=plane, resolution=resolution)  # fmt: skip

    return Report(title(f)["text"] + where, writer.cards, draw if f.dim else None, theme)


def _home(f: Formula, model: LocalModel, plane: list[str] | None) -> list[tuple[float, float]]:
    """The window around the point alone: the trial descent must not zoom it."""
    shown = scene(f, model, plane=plane, resolution=(2, 2))
    axes = shown["axes"][: min(2, f.dim)]
    return [(float(a["range"][0]), float(a["range"][1])) for a in axes]


@dataclass(frozen=True)
class _Writer:
    """Writes the cards."""

    f: Formula
    model: LocalModel
    norm: Norm
    direction: FloatArray | None
    limit_table: bool

    def cards(self, width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("Here", self._here(width, inks), inks),
            *card("Turn", turn(self.model, self.direction, self.limit_table, inks), inks),
            *card("Level", self._level(inks), inks),
            *card("Walk", self._walk(inks), inks),
        ][:-1]

    @cached_property
    def walk(self) -> Trajectory | None:
        """A descent from the point: fixed steps of 1/λmax, or a line search where f bends down."""
        if not self._has_direction:
            return None
        bend = self.model.eigenvalues
        largest = float(np.max(bend)) if np.isfinite(bend).all() else math.nan
        rule = (
            FixedStep(1.0 / largest)
            if largest > 0 and math.isfinite(1.0 / largest)
            else Backtracking()
        )
        return descend(self.f, self.model.point, rule, max_steps=_WALK)

    @property
    def _has_gradient(self) -> bool:
        return bool(np.isfinite(self.model.gradient).all())

    @property
    def _has_direction(self) -> bool:
        return self._has_gradient and bool(self.model.gradient.any())

    # Here

    def _here(self, width: int, inks: Inks) -> list[RenderableType]:
        m = self.model
        lines: list[RenderableType] = [parts("f = ", (short(m.value), "bold"))]
        if not self.f.dim:
            return [*lines, sentence("f is constant: it has no variables.")]
        names = [line.name for line in partials(self.f)]
        formulas = [g.unicode for g in self.f.gradient]
        if not self._has_gradient:
            return [*lines, Text(), told(m.status.sentence)]
        if len(names) < self.f.dim:
            column = self._blocks(names, formulas, inks)
        elif self.f.dim == 1:
            column = [
                parts(f"{names[0]} = {formulas[0]} = ", (short(m.gradient[0]), inks.gradient))
            ]
        else:
            column = gradient_column(names, formulas, list(m.gradient), width, inks.gradient)
        lines += [*column, self._checked(inks), Text()]
        lines += self._steepest(inks)
        if m.status.kind is not Smoothness.DIFFERENTIABLE:
            lines.append(sentence(m.status.sentence))
        lines += [Text(), *self._curvature(width, inks)]
        return lines

    def _blocks(self, names: list[str], formulas: list[str], inks: Inks) -> list[Text]:
        """The gradient by numbers, vectors and matrices, one a line."""
        assert self.f.arrays is not None
        lines = []
        for name, formula, a in zip(names, formulas, self.f.arrays.arguments, strict=True):
            values = self.model.gradient[a.start : a.start + a.size]
            shown = vector(values) if a.shape else short(values[0])
            lines.append(parts(f"{name} = {formula} = ", (shown, inks.gradient)))
        return lines

    def _checked(self, inks: Inks) -> Text:
        check = self.model.verify(torch=False)
        if not check.agrees:
            return sentence(told(check.sentence).plain, inks.wrong)
        ways = sum(1 for way in check.ways if way.agrees)
        return parts((f"{_COUNTS.get(ways, str(ways))} ways agree ", inks.quiet), ("✓", inks.right))

    def _steepest(self, inks: Inks) -> list[RenderableType]:
        m = self.model
        if not self._has_direction:
            return [
                sentence(f"The gradient is zero, so no direction is steepest: {m.critical_kind}.")
            ]
        best = m.steepest_ascent(self.norm)
        measured = ""
        if self.norm.name != "l2":
            measured = f", measured in {SPOKEN.get(self.norm.name, self.norm.name)}"
        to = (
            f"{'+' if best.direction[0] > 0 else '-'}{self.f.variables[0]}"
            if self.f.dim == 1
            else unit(best.direction)
        )
        lines: list[RenderableType] = [
            parts("Steepest ascent points to ", (to, inks.gradient), " and rises ",
                  (short(best.rate), inks.gradient), f" per unit{measured}.")
        ]  # fmt: skip
        if not best.unique:
            lines.append(told(best.sentence))
        return lines

    def _curvature(self, width: int, inks: Inks) -> list[RenderableType]:
        m = self.model
        values = m.eigenvalues
        if not np.isfinite(values).all():
            return [sentence("The second derivatives do not exist here or are not known.")]
        if self.f.dim == 1:
            bend = float(values[0])
            side = "upward" if bend > 0 else "downward" if bend < 0 else "neither way"
            return [sentence(f"f″ = {short(bend)}: the graph bends {side}.")]
        name = "Eigenvalues of H" if self.f.dim > _LARGEST_MATRIX else "Eigenvalues"
        said = sentence(f"{name} {', '.join(short(v) for v in values)}: {_bending(values)}")
        if self.f.dim > _LARGEST_MATRIX:
            return [said]
        lines = beside("H = ", matrix(m.hessian.tolist()))
        return [*lines, said] if fits(lines, width) else [said]

    # Level and Walk

    def _level(self, inks: Inks) -> list[RenderableType]:
        if self.f.dim < 2 or not self._has_direction:
            return []
        kind = "curve" if self.f.dim == 2 else "set"
        value = short(self.model.value)
        if self.f.dim > 2:
            text = f"f stays {value} to first order in the {self.f.dim - 1} directions"
            return [sentence(f"{text} perpendicular to ∇f.")]
        tangent = unit(self.model.tangent)
        off = self.model.orthogonality
        square = "✓" if off < 1e-12 else f"(off by {off:.1g})"
        return [
            parts(f"f stays {value} along the level {kind}; its tangent ", (tangent, inks.level),
                  " is perpendicular to ∇f ", (square, inks.right))
        ]  # fmt: skip

    def _walk(self, inks: Inks) -> list[RenderableType]:
        if self.walk is None:
            return []
        walks = inks.trajectories[0]
        bend = float(np.max(self.model.eigenvalues))
        lines: list[RenderableType] = []
        if isinstance(self.walk.rule, FixedStep):
            lines.append(
                sentence(
                    f"The largest curvature here is λmax = {short(bend)}, so fixed steps stay"
                    f" stable up to 2/λmax = {short(2.0 / bend)}."
                )
            )
            how = f"With η = 1/λmax = {short(self.walk.rule.step_size)}: "
        else:
            how = "With backtracking line search: "
        lines.append(parts((how, walks), _lower(self.walk.message)))
        return lines


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _bending(values: FloatArray) -> str:
    if np.all(values > 0):
        return "f bends upward in every direction."
    if np.all(values < 0):
        return "f bends downward in every direction."
    if not np.any(values):
        return "f does not bend here."
    if np.all(values >= 0):
        return "f bends upward, and not at all in some direction."
    if np.all(values <= 0):
        return "f bends downward, and not at all in some direction."
    return "f bends upward in some directions and downward in others."
