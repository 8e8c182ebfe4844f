"""Every way a descent can end. The value is the sentence a person reads."""

from __future__ import annotations

from enum import Enum, IntEnum


class Outcome(Enum):
    """How a descent ended."""

    CONVERGED = "converged to a minimum"
    NOT_A_MINIMUM = "stopped at a critical point that is not a minimum"
    DIVERGED = "diverged"
    OSCILLATING = "oscillating: the value no longer falls, and the steps go on"
    LEFT_DOMAIN = "left the domain of f"
    STEP_LIMIT = "reached the step limit before converging"
    NOT_FINITE_AT_START = "f or its gradient is not finite at the start"

    @property
    def key(self) -> str:
        """The name in JSON: "converged", "not_a_minimum", …"""
        return self.name.lower()


class Ending(IntEnum):
    """What stopped a lane, before anyone looks at the Hessian there."""

    RUNNING = 0
    CRITICAL = 1  # ‖∇f‖₂ ≤ tolerance
    DIVERGED = 2  # far away, or f or ∇f infinite
    UNDEFINED = 3  # f or ∇f is NaN at the next point
    STEP_LIMIT = 4
    NOT_FINITE_AT_START = 5
    STUCK = 6  # the step is too small to change the point
