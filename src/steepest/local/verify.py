"""Is the gradient right? Independent ways to it, each with an error bound, compared in pairs.

Two ways differ when they are further apart than their error bounds and one part in 10⁹.
They agree when they do not differ and the bounds are narrow enough to have shown an error
of one part in 10⁶; otherwise the pair is not decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from steepest.errors import ParameterError
from steepest.evaluate import dual
from steepest.evaluate import torch as pytorch
from steepest.evaluate.tape import Tape
from steepest.local.balls import UNIT
from steepest.local.function import GraphFunction, ScalarFunction, graph_of
from steepest.local.numerical import Noise, numerical_gradient
from steepest.local.results import FloatArray, Verification, Way
from steepest.local.roundoff import RoundoffEvaluator, value_noise

if TYPE_CHECKING:
    from steepest.local.model import LocalModel

_DETECT: Final = 1e-6  # relative error of a component that must not pass
_SLACK: Final = 1e-9  # relative difference that is put down to rounding

REVERSE: Final = "reverse mode"
FORWARD: Final = "forward mode"
NUMERICAL: Final = "numerical"
TORCH: Final = "torch autograd"
RAYS: Final = "one-sided slopes"
OWN: Final = "the function's own gradient"
CLAIM: Final = "the given gradient"


@dataclass(frozen=True)
class Estimate:
    """A gradient (n,) by one way, each component within its error bound (n,)."""

    name: str
    gradient: FloatArray
    error_bound: FloatArray
    remark: str = ""


def verify(
    model: LocalModel, claimed: FloatArray | None = None, torch: bool | None = None
) -> Verification:
    """Compare reverse mode, forward mode, difference quotients and, where wanted, torch.

    `claimed` (n,) is compared as well. `torch` None means if it is installed, True that it
    must be (ParameterError otherwise), False never. Where f has no gradient, nothing agrees.
    """
    if torch and not pytorch.installed():
        raise ParameterError("torch=True, but PyTorch is not installed: install it or leave it out")
    if not model.status.differentiable:
        sentence = f"{model.status.sentence}; so there is no gradient to verify"
        return Verification(False, (), sentence)
    with_torch = pytorch.installed() if torch is None else torch
    graph = graph_of(model.function)
    point, scale = model.point, natural_scale(model.function, model.point)
    if graph is None:
        estimates = [own(model.function, point), numerical(model.function, point, None)]
        return compare(estimates, model.function.variables, scale, claimed)
    estimates = graph_estimates(graph, point, with_torch)
    if model.analysis.smooth:
        return compare(estimates, graph.variables, scale, claimed)
    # An operation is singular here: evaluators follow conventions, the expansions do not.
    error = model.analysis.gradient_error + 1e-12 * np.abs(model.gradient)
    reference = Estimate(RAYS, model.gradient, error)
    kept = [reference, *(e for e in estimates if e.name == NUMERICAL)]
    answer = compare(kept, graph.variables, scale, claimed)
    conventions = tuple(
        Way(e.name, e.gradient, e.error_bound, None, "follows a convention at a singular operation")
        for e in estimates
        if e.name != NUMERICAL
    )
    return Verification(answer.agrees, answer.ways + conventions, answer.sentence)


def graph_estimates(graph: GraphFunction, point: FloatArray, torch: bool) -> list[Estimate]:
    """The ways that a function with a graph offers, at one point (n,)."""
    reverse = reverse_mode(graph, point)
    estimates = [reverse, forward_mode(graph.value_tape, point, reverse.error_bound)]
    estimates.append(numerical(graph, point, value_noise(graph)))
    if torch:
        estimates.append(torch_autograd(graph.value_tape, point, reverse.error_bound))
    return estimates


def reverse_mode(graph: GraphFunction, point: FloatArray) -> Estimate:
    """The gradient graph, with the running error bound of its evaluation."""
    gradient = graph.gradients(point[None])[0]
    _, bounds = RoundoffEvaluator(graph.gradient_tape)(point[None])
    return Estimate(REVERSE, np.array(gradient), bounds[1:, 0])


def forward_mode(tape: Tape, point: FloatArray, inherited: FloatArray) -> Estimate:
    """Dual numbers. `inherited` (n,) is what errors in the values of f's parts contribute."""
    _, gradient, size = dual.DualEvaluator(tape).with_size(point)
    return Estimate(FORWARD, gradient, _roundings(tape) * size + inherited)


def torch_autograd(tape: Tape, point: FloatArray, inherited: FloatArray) -> Estimate:
    """PyTorch's own differentiation of the same operations."""
    _, gradient = pytorch.TorchEvaluator(tape).gradient(point)
    *_, size = dual.DualEvaluator(tape).with_size(point, saturating=True)
    return Estimate(TORCH, gradient, 4.0 * _roundings(tape) * size + inherited)


def _roundings(tape: Tape) -> float:
    """The relative error that a chain through the whole tape may gather."""
    return 4.0 * UNIT * (len(tape.instructions) + 4)


def numerical(function: ScalarFunction, point: FloatArray, noise: Noise | None) -> Estimate:
    """Difference quotients of values, extrapolated."""
    gradient, bounds = numerical_gradient(function.values, point, noise)
    return Estimate(NUMERICAL, gradient, bounds)


def own(function: ScalarFunction, point: FloatArray) -> Estimate:
    """What a function without a graph returns as its gradient."""
    gradient = np.array(function.gradients(point[None])[0], dtype=np.float64)
    return Estimate(OWN, gradient, 1e-12 * np.abs(gradient))


def compare(
    estimates: list[Estimate],
    variables: tuple[str, ...],
    scale: FloatArray,
    claimed: FloatArray | None = None,
) -> Verification:
    """What the estimates, and a claimed gradient (n,), say about each other.

    `scale` (n,) is how steep f is on the whole: see `natural_scale`.
    """
    scale = scale + max(
        float(np.max(np.abs(e.gradient[np.isfinite(e.gradient)]), initial=0.0)) for e in estimates
    )
    reference = _most_agreed(estimates, scale)
    ways = [
        Way(e.name, e.gradient, e.error_bound, *_verdict(reference, e, scale, variables))
        for e in estimates
    ]
    decided = [w for w in ways if w.agrees]
    agrees = len(decided) >= 2 and all(w.agrees is not False for w in ways)
    sentence = _sentence(ways, decided)
    if claimed is not None:
        claim = Estimate(CLAIM, claimed, np.zeros(len(claimed)))
        verdict, detail = _verdict(reference, claim, scale, variables)
        ways.append(Way(CLAIM, claimed, claim.error_bound, verdict, detail))
        agrees = agrees and verdict is True
        told = {True: "is right", False: f"is wrong: {detail}", None: f"is not decided: {detail}"}
        sentence = f"{CLAIM} {told[verdict]}; {sentence}"
    return Verification(agrees, tuple(ways), sentence)


def natural_scale(function: ScalarFunction, point: FloatArray) -> FloatArray:
    """How steep f is on the whole around `point`, along each axis (n,).

    A component of the gradient that is zero is judged beside this.
    """
    h = np.maximum(np.abs(point), 1.0)
    steps = np.concatenate([np.diag(h), -np.diag(h), np.zeros((1, len(h)))])
    with np.errstate(all="ignore"):
        *changed, here = function.values(point + steps)
        change = np.abs(np.array(changed).reshape(2, -1) - here) / h
    return np.max(np.where(np.isfinite(change), change, 0.0), axis=0, initial=0.0)


def _verdict(
    reference: Estimate, other: Estimate, scale: FloatArray, variables: tuple[str, ...]
) -> tuple[bool | None, str]:
    """Whether `other` agrees with `reference`, and a remark."""
    if other is reference:
        return True, ""
    if not np.isfinite(other.gradient).all():
        i = int(np.flatnonzero(~np.isfinite(other.gradient))[0])
        return None, f"gives no number for ∂f/∂{variables[i]}"
    differs, blurred = _differences(reference, other, scale)
    if differs.any():
        i = int(np.flatnonzero(differs)[0])
        return False, (
            f"∂f/∂{variables[i]} is {other.gradient[i]:.12g} instead of"
            f" {reference.gradient[i]:.12g}"
        )
    if blurred.any():
        i = int(np.flatnonzero(blurred)[0])
        bound = reference.error_bound[i] + other.error_bound[i]
        return None, f"∂f/∂{variables[i]} is known only to within {bound:.2g}"
    return True, ""


def _differences(
    a: Estimate, b: Estimate, scale: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each component whether a and b differ, and whether an error could have hidden."""
    size = np.maximum(np.abs(a.gradient), np.abs(b.gradient))
    bound = a.error_bound + b.error_bound
    with np.errstate(invalid="ignore"):
        differs = np.abs(a.gradient - b.gradient) > bound + _SLACK * size
    # A component that the closer of the two cannot tell from zero has no relative error; it
    # is measured by how steep f is elsewhere.
    closer_is_a = a.error_bound <= b.error_bound
    nothing = np.where(closer_is_a, np.abs(a.gradient), np.abs(b.gradient)) <= np.minimum(
        a.error_bound, b.error_bound
    )
    narrow = np.where(nothing, _SLACK * scale, 0.0)
    blurred = bound > np.maximum(0.4 * _DETECT * size, narrow)
    return differs, blurred & ~differs


def _most_agreed(estimates: list[Estimate], scale: FloatArray) -> Estimate:
    """The estimate that fewest others contradict and most confirm: so the odd one out is found."""

    def standing(a: Estimate) -> tuple[int, int]:
        contradicted = confirmed = 0
        for b in estimates:
            if a is not b and np.isfinite(a.gradient).all() and np.isfinite(b.gradient).all():
                differs, blurred = _differences(a, b, scale)
                contradicted += bool(differs.any())
                confirmed += not differs.any() and not blurred.any()
        return -contradicted, confirmed

    finite = [e for e in estimates if np.isfinite(e.gradient).all()]
    # A blurred estimate contradicts nobody, and proves nothing.
    best = np.min([e.error_bound for e in estimates], axis=0)
    sharp = [
        e
        for e in finite
        if (e.error_bound <= np.maximum(0.4 * _DETECT * np.abs(e.gradient), 1e3 * best)).all()
    ]
    return max(sharp or finite or estimates, key=standing)


def _sentence(ways: list[Way], decided: list[Way]) -> str:
    wrong = [w for w in ways if w.agrees is False]
    if wrong:
        told = "; ".join(f"{w.name} differs: {w.detail}" for w in wrong)
        return f"the ways to the gradient do not agree: {told}"
    open_ = [w.name for w in ways if w.agrees is None]
    rest = f"; not decided: {', '.join(open_)}" if open_ else ""
    if len(decided) < 2:
        return f"nothing could be compared closely enough{rest}"
    names = ", ".join(w.name for w in decided)
    return f"{len(decided)} independent ways to the gradient agree: {names}{rest}"
