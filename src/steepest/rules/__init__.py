"""Step rules: how a gradient becomes a step. One rule a file; base.py says what a rule is."""

from __future__ import annotations

from typing import Final

from steepest.rules.adam import Adam
from steepest.rules.backtracking import Backtracking
from steepest.rules.base import Local, Rule, SearchRule, State
from steepest.rules.clipped import ClippedStep
from steepest.rules.exact import ExactLineSearch
from steepest.rules.fixed import FixedStep
from steepest.rules.momentum import Momentum
from steepest.rules.nesterov import Nesterov
from steepest.rules.normalized import NormalizedStep
from steepest.rules.rmsprop import RMSProp

#: Every rule, by its name on the command line.
BY_NAME: Final[dict[str, type]] = {
    rule.name: rule
    for rule in (
        FixedStep,
        NormalizedStep,
        ClippedStep,
        Momentum,
        Nesterov,
        Backtracking,
        ExactLineSearch,
        RMSProp,
        Adam,
    )
}

__all__ = [
    "BY_NAME",
    "Adam",
    "Backtracking",
    "ClippedStep",
    "ExactLineSearch",
    "FixedStep",
    "Local",
    "Momentum",
    "Nesterov",
    "NormalizedStep",
    "RMSProp",
    "Rule",
    "SearchRule",
    "State",
]
