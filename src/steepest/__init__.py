"""Which way is up, how steep, and what happens to whoever walks down."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> module. Loaded on first use, so that `import steepest` costs milliseconds.
_HOME = {
    "Formula": "steepest.functions.formula",
    "LocalModel": "steepest.local.model",
    **dict.fromkeys(("L1", "L2", "LInf", "Quadratic"), "steepest.norms"),
    **dict.fromkeys(
        (
            "FixedStep",
            "NormalizedStep",
            "ClippedStep",
            "Momentum",
            "Nesterov",
            "Backtracking",
            "ExactLineSearch",
            "RMSProp",
            "Adam",
        ),
        "steepest.rules",
    ),
    "descend": "steepest.descent",
    "descend_many": "steepest.descent.many",
    "basins": "steepest.basin_map",
    "sweep": "steepest.sweep_steps",
    "critical_points": "steepest.critical.points",
    "global_minimum": "steepest.critical.minimum",
    "is_convex": "steepest.critical.convexity",
    "level_curve": "steepest.levels",
    "check_gradient": "steepest.explain.check",
    "computational_graph": "steepest.explain.graph",
    "derivation": "steepest.explain.derivation",
    "figure": "steepest.view.figure",
    "page": "steepest.view.page",
    "SteepestError": "steepest.errors",
    "FormulaError": "steepest.errors",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'steepest' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])


if TYPE_CHECKING:
    from steepest.basin_map import basins as basins
    from steepest.critical.convexity import is_convex as is_convex
    from steepest.critical.minimum import global_minimum as global_minimum
    from steepest.critical.points import critical_points as critical_points
    from steepest.descent import descend as descend
    from steepest.descent.many import descend_many as descend_many
    from steepest.errors import FormulaError as FormulaError
    from steepest.errors import SteepestError as SteepestError
    from steepest.explain.check import check_gradient as check_gradient
    from steepest.explain.derivation import derivation as derivation
    from steepest.explain.graph import computational_graph as computational_graph
    from steepest.functions.formula import Formula as Formula
    from steepest.levels import level_curve as level_curve
    from steepest.local.model import LocalModel as LocalModel
    from steepest.norms import L1 as L1
    from steepest.norms import L2 as L2
    from steepest.norms import LInf as LInf
    from steepest.norms import Quadratic as Quadratic
    from steepest.rules import Adam as Adam
    from steepest.rules import Backtracking as Backtracking
    from steepest.rules import ClippedStep as ClippedStep
    from steepest.rules import ExactLineSearch as ExactLineSearch
    from steepest.rules import FixedStep as FixedStep
    from steepest.rules import Momentum as Momentum
    from steepest.rules import Nesterov as Nesterov
    from steepest.rules import NormalizedStep as NormalizedStep
    from steepest.rules import RMSProp as RMSProp
    from steepest.sweep_steps import sweep as sweep
    from steepest.view.figure import figure as figure
    from steepest.view.page import page as page
