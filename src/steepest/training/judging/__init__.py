"""What is going on in a run: every sentence comes from its numbers, by a rule of its own."""

from __future__ import annotations

from typing import Final

from steepest.training.judging import gradient, progress, stability
from steepest.training.judging.sentence import Rule, Sentence
from steepest.training.run import Run

#: In the order in which they are said; within a level, that is.
RULES: Final[tuple[Rule, ...]] = (
    stability.not_finite,
    stability.diverging,
    gradient.no_gradient,
    stability.beyond_the_limit,
    stability.edge_of_stability,
    gradient.clipping,
    gradient.starved_layers,
    gradient.turning,
    progress.plateau,
    progress.spikes,
    progress.step_length,
    stability.skipped_steps,
    gradient.noise,
    gradient.vanished,
    progress.prediction,
    stability.room_for_longer_steps,
    gradient.dominant_layer,
)
_LEVELS: Final = ("bad", "warning", "note")


def judge(run: Run) -> tuple[Sentence, ...]:
    """What the numbers of `run` say, the worst first."""
    said = [sentence for rule in RULES if (sentence := rule(run)) is not None]
    return tuple(sorted(said, key=lambda s: _LEVELS.index(s.level)))
