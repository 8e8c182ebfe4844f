"""Walking down: one loop for all rules, and an honest word on how each walk ended."""

from __future__ import annotations

from steepest.descent.outcomes import Outcome
from steepest.descent.single import descend
from steepest.descent.trajectory import Trajectory

__all__ = ["Outcome", "Trajectory", "descend"]
