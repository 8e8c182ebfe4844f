"""Every rule speaks where it must, and is silent where it must not speak."""

from __future__ import annotations

import numpy as np
import pytest

from steepest.training.judging import RULES, judge
from training_runs import made, sometimes

N = 100
NOISE = np.random.default_rng(0).normal(size=400)
FALL = np.geomspace(2.0, 0.1, N)
EXPLODE = np.concatenate([np.linspace(2, 1, 50), np.geomspace(1, 1e6, 50)])
SPIKED = np.where(np.arange(N) == 70, 9.0, FALL)
CHECKED = {"limit": sometimes(N, 10, 2.0), "residual": sometimes(N, 10, 0.01)}


def sharp(value, raw=True, **more):
    values = sometimes(N, 10, value)
    return {"sharpness": values, "lambda_max": values / 0.1 if raw else None, **CHECKED, **more}


def nan_at(k, value=np.nan):
    loss = np.linspace(2, 1, N)
    loss[k:] = value
    return loss


# rule, words that must be said, a run where they must be; a run where the rule must be silent.
CASES = {
    "not finite": ("the loss is not a number at step 60", made(N, loss=nan_at(60)), made(N)),
    "not finite gradient": (
        "the gradient is ∞ at step 50, first in layer 1 (layer0)",
        made(N, gradient=np.where(np.arange(N) < 50, 1.0, np.inf)),
        made(N, gradient=1e30),
    ),
    "diverging": (
        "diverging: λmax 51 × lr 0.1 = 5.1 > 2 at step",
        made(N, loss=EXPLODE, **sharp(5.1)),
        made(N, **sharp(5.1)),
    ),
    "diverging without curvature": (
        "diverging: the loss rose from 1",
        made(N, loss=EXPLODE),
        made(N, loss=2 + 0.3 * NOISE[:N]),
    ),
    "edge of stability": (
        "at the edge of stability: λmax 19.5 × lr 0.1 = 1.95, where 2 is the limit",
        made(N, **sharp(1.95)),
        made(N, **sharp(1.2)),
    ),
    "edge counts clipping": (
        "λmax 40 × lr 0.1 × clip factor 0.5 = 2",
        made(N, **sharp(4.0), clip=0.5),
        made(N, **sharp(4.0, residual=sometimes(N, 10, 0.9)), clip=0.5),
    ),
    "beyond the limit": (
        "steps are longer than the curvature bears: λmax 90 × lr 0.1 = 9 > 2",
        made(N, **sharp(9.0)),
        made(N, **sharp(1.0)),
    ),
    "room for longer steps": (
        "λmax 0.5 × lr 0.1 = 0.05, 40 times below the limit 2",
        made(N, **sharp(0.05)),
        made(N, **sharp(0.5)),
    ),
    "skipped steps": (
        "10 steps (9 %) were given up",
        made(N, skipped=sometimes(N, 10, 1.0)),
        made(N),
    ),
    "clipping": (
        "clipping active in 93 % of steps: this is normalized descent",
        made(N, clip=np.where(np.arange(N) < 93, 0.2, 1.0)),
        made(N, clip=1.0),
    ),
    "clipping seldom": (
        "clipping active in 12 % of steps, median factor 0.2",
        made(N, clip=np.where(np.arange(N) < 12, 0.2, 1.0)),
        made(N, clip=None),
    ),
    "starved layers": (
        "layer 7 (layer6) gets 10⁻⁶ of the gradient",
        made(N, shares=[0.5] * 6 + [1e-6]),
        made(N, shares=[0.5] * 6 + [1e-3]),
    ),
    "starved layers at all": (
        "layer 2 (layer1) gets no gradient at all",
        made(N, shares=[0.8, 0.0, 0.6]),
        made(N, shares=[0.8, 0.6]),
    ),
    "dominant layer": (
        "layer 2 (layer1) has 98 % of the gradient's square length",
        made(N, shares=[0.1, 0.99, 0.1]),
        made(N, shares=[0.57, 0.57, 0.57]),
    ),
    "opposing gradients": (
        "oppose each other (typically 170° apart)",
        made(N, turn=170.0),
        made(N, turn=95.0),
    ),
    "straight path": ("it turns by 1° a step", made(N, turn=1.0), made(N, turn=20.0)),
    "noise": (
        "noise: 98 % of the gradient's square length",
        made(N, turn=89.0),
        made(N, turn=30.0),
    ),
    "noise of micro-batches": (
        "noise: 95 % of the gradient's square length",
        made(N, turn=10.0, noise=0.95),
        made(N, turn=89.0, noise=0.2),
    ),
    "no gradient": (
        "the gradient is exactly zero since step 80",
        made(N, gradient=np.where(np.arange(N) < 80, 1.0, 0.0)),
        made(N, gradient=np.where(np.arange(N) == 80, 0.0, 1.0)),
    ),
    "near a critical point": (
        "the gradient has shrunk from 1 to",
        made(N, gradient=np.geomspace(1, 1e-5, N)),
        made(N, gradient=np.geomspace(1, 1e-2, N)),
    ),
    "plateau": (
        "the loss has stood still at 0.69",
        made(N, loss=np.where(np.arange(N) < 20, 1.0, 0.69)),
        made(N),
    ),
    "plateau under noise": (
        "the loss has not moved from 2",
        made(400, loss=2 + 0.001 * NOISE),
        made(400, loss=np.linspace(3, 2, 400) + 0.3 * NOISE),
    ),
    "spikes": (
        "1 loss spike, the highest at step 70: 9 where",
        made(N, loss=SPIKED),
        made(N, loss=FALL),
    ),
    "long steps": ("moves the parameters by 30 % of their length", made(N, update=0.3), made(N)),
    "tiny steps": (
        "which rounding in single precision loses",
        made(N, update=1e-9),
        made(N, update=1e-5),
    ),
    "prediction": (
        "the loss falls as the slope promises (90 % of it, on the same batch)",
        made(N, change=sometimes(N, 10, -0.9), promised=sometimes(N, 10, -1.0)),
        made(N, change=sometimes(N, 50, -0.9), promised=sometimes(N, 50, -1.0)),
    ),
    "prediction of little": (
        "a step gets 20 % of the fall that the slope promises (on the same batch)",
        made(N, change=sometimes(N, 10, -0.2), promised=sometimes(N, 10, -1.0)),
        made(N, change=sometimes(N, 10, -0.9), promised=sometimes(N, 10, 1.0)),
    ),
    "prediction of a rise": (
        "a step raises the loss on the same batch",
        made(N, change=sometimes(N, 10, 0.2), promised=sometimes(N, 10, -1.0)),
        made(N, change=sometimes(N, 10, 0.2), promised=None),
    ),
    "prediction from step to step": (
        "the loss falls as the slope promises",
        made(N, predicted=-1.0 / (N - 1)),
        made(N, predicted=-1.0 / (N - 1), loss=2 + NOISE[:N]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_rule_speaks_where_it_must(case: str) -> None:
    words, run, _ = CASES[case]
    texts = [s.text for s in judge(run)]
    assert any(words in text for text in texts), texts


@pytest.mark.parametrize("case", CASES)
def test_and_is_silent_where_it_must_not_speak(case: str) -> None:
    words, run, quiet = CASES[case]
    (rule,) = {s.rule for s in judge(run) if words in s.text}
    assert rule not in {s.rule for s in judge(quiet)}


def test_every_rule_has_a_case() -> None:
    for rule in RULES:
        assert any(rule(run) is not None for _, run, _ in CASES.values()), rule


def test_a_quiet_run_gives_no_sentence() -> None:
    assert judge(made(N)) == ()


def test_the_worst_comes_first() -> None:
    levels = [s.level for s in judge(made(N, loss=EXPLODE, clip=0.1, turn=1.0))]
    assert levels[0] == "bad"
    assert levels == sorted(levels, key=["bad", "warning", "note"].index)


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_short_runs_are_no_trouble(steps: int) -> None:
    judge(made(steps))
    judge(made(steps, loss=np.nan, gradient=np.nan))
    judge(made(steps, loss=0.0, gradient=0.0, weights=0.0, update=0.0))
    judge(made(steps, loss=None))
