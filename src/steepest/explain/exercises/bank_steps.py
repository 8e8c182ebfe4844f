"""Taylor predictions, steps and clipping."""

from __future__ import annotations

import numpy as np

from steepest.explain.exercises.asking import (
    after,
    bowl,
    choice,
    number,
    vector,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.rules import ClippedStep, FixedStep, Momentum, NormalizedStep

BANK = Bank()


@BANK.exercise("taylor-first", topic="Taylor", title="A first-order prediction")
def _taylor_first(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    p, step = dice.point(), (dice.pick([0.1, -0.1, 0.2]), dice.pick([0.1, -0.2, 0.05]))
    m = f.at(*p)
    value = m.predict(step, order=1).predicted
    prompt = (
        f"{formula(f)}. By how much does f change from {point_text(p)} along the step"
        f" {vector_text(step)}, to first order?"
    )
    return number(
        prompt, value, "∇f·Δx.", f"∇f = {vector_text(m.gradient)}, and ∇f·Δx = {value:.6g}."
    )


@BANK.exercise("taylor-second", topic="Taylor", title="A second-order prediction")
def _taylor_second(dice: Dice) -> Drawn:
    f = Formula(f"x^3 + {dice.whole(1, 4)}*x*y + {dice.whole(1, 3)}*y^2")
    p, step = dice.point(2, 2), (dice.pick([0.1, -0.1]), dice.pick([0.1, -0.2]))
    m = f.at(*p)
    first, second = m.predict(step, order=1).predicted, m.predict(step, order=2).predicted
    prompt = (
        f"{formula(f)}. By how much does f change from {point_text(p)} along"
        f" {vector_text(step)}, to second order?"
    )
    solution = f"∇f·Δx = {first:.6g} and ½Δxᵀ H Δx = {second - first:.6g}, together {second:.6g}."
    return number(prompt, second, "∇f·Δx + ½ΔxᵀHΔx.", solution)


@BANK.exercise("taylor-descent", topic="Taylor", title="What a small step gains")
def _taylor_descent(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    p, eta = dice.point(), dice.pick([0.01, 0.02, 0.005])
    m = f.at(*p)
    value = -eta * m.gradient_norm**2
    prompt = (
        f"{formula(f)}. By how much does f change for the step -η∇f from {point_text(p)} with η"
        f" = {eta:g}, to first order?"
    )
    return number(
        prompt,
        value,
        "f falls: the change is negative.",
        f"-η‖∇f‖² = -{eta:g}·{m.gradient_norm**2:g} = {value:.6g}.",
    )


@BANK.exercise("taylor-error", topic="Taylor", title="What the first order misses")
def _taylor_error(dice: Dice) -> Drawn:
    f, a, b = bowl(dice)
    p, step = dice.point(), (dice.pick([0.1, 0.2, -0.3]), dice.pick([0.1, -0.1, 0.4]))
    value = f.at(*p).predict(step, order=1).error
    prompt = (
        f"{formula(f)}. The change of f from {point_text(p)} along {vector_text(step)} is"
        " predicted to first order. How much larger is the actual change?"
    )
    return number(
        prompt,
        value,
        "For a quadratic it is exactly ½ΔxᵀHΔx.",
        f"{a}·({step[0]:g})² + {b}·({step[1]:g})² = {value:.6g}.",
    )


@BANK.exercise("step-once", topic="steps", title="One step of gradient descent")
def _step_once(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.05, 0.2])
    end = after(f, p, FixedStep(eta), 1)
    prompt = (
        f"{formula(f)}. Where does one step of gradient descent with η = {eta:g} lead from"
        f" {point_text(p)}?"
    )
    return vector(
        prompt,
        end,
        "x - η∇f(x).",
        f"{point_text(p)} - {eta:g}·{vector_text(f.at(*p).gradient)} = {vector_text(end)}.",
    )


@BANK.exercise("step-twice", topic="steps", title="Two steps on a parabola")
def _step_twice(dice: Dice) -> Drawn:
    a, x, eta = dice.whole(1, 4), dice.whole(-3, 3), dice.pick([0.1, 0.2, 0.05])
    f = Formula(f"{a}*x^2")
    end = float(after(f, (x,), FixedStep(eta), 2)[0])
    prompt = (
        f"{formula(f)}. Where are you after two steps of gradient descent with η = {eta:g} from"
        f" x = {x}?"
    )
    factor = 1 - 2 * a * eta
    return number(
        prompt, end, "Each step multiplies x by 1 - η·f″.", f"({factor:g})²·({x}) = {end:.6g}."
    )


@BANK.exercise("step-normalized", topic="steps", title="A normalized step")
def _step_normalized(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.5, 1.0])
    end = after(f, p, NormalizedStep(eta), 1)
    prompt = (
        f"{formula(f)}. Where does one step of length {eta:g} against the gradient lead from"
        f" {point_text(p)}?"
    )
    return vector(
        prompt,
        end,
        "x - η∇f/‖∇f‖.",
        f"∇f/‖∇f‖ = {vector_text(f.at(*p).steepest_ascent().direction)}; the step"
        f" ends at {vector_text(end)}.",
    )


@BANK.exercise("step-momentum", topic="steps", title="Two steps with momentum")
def _step_momentum(dice: Dice) -> Drawn:
    while True:
        a, x = dice.whole(1, 4), dice.whole(1, 3)
        eta, beta = dice.pick([0.1, 0.05, 0.2]), dice.pick([0.5, 0.8, 0.9])
        f = Formula(f"{a}*x^2")
        end = float(after(f, (x,), Momentum(eta, beta), 2)[0])
        if abs(end) > 0.01:  # an end at 0 would be marked by its rounding
            break
    prompt = (
        f"{formula(f)}. With v ← βv + f′(x), x ← x - ηv, from rest at x = {x} with η = {eta:g}"
        f" and β = {beta:g}: where is x after two steps?"
    )
    first = x - eta * 2 * a * x
    solution = (
        f"v = {2 * a * x:g}, x = {first:g}; then v = {beta * 2 * a * x + 2 * a * first:g}, x ="
        f" {end:.6g}."
    )
    return number(prompt, end, "v starts at 0; the second v remembers the first.", solution)


@BANK.exercise("clip-gradient", topic="clipping", title="A clipped gradient")
def _clip_gradient(dice: Dice) -> Drawn:
    g = np.array(dice.pick([(3, 4), (6, 8), (5, 12), (8, -6), (0.3, 0.4)]), dtype=float)
    limit = dice.pick([1.0, 2.0, 5.0])
    clipped = g * min(1.0, limit / float(np.linalg.norm(g)))
    prompt = f"Clip the gradient {vector_text(g)} to a norm of at most {limit:g}. What is left?"
    size = float(np.linalg.norm(g))
    solution = (
        f"‖g‖ = {size:g} is not above {limit:g}: nothing changes."
        if size <= limit
        else f"‖g‖ = {size:g}, so g is multiplied by {limit:g}/{size:g}."
    )
    return vector(
        prompt,
        clipped,
        "Only a gradient that is too long is changed.",
        solution,
    )


@BANK.exercise("clip-step", topic="clipping", title="A step with a clipped gradient")
def _clip_step(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.5])
    limit = dice.pick([1.0, 2.0])
    end = after(f, p, ClippedStep(eta, max_norm=limit), 1)
    prompt = (
        f"{formula(f)}. Where does one step with η = {eta:g} lead from {point_text(p)}, if the"
        f" gradient is clipped to norm {limit:g}?"
    )
    return vector(
        prompt,
        end,
        "Clip first, then step.",
        f"‖∇f‖ = {f.at(*p).gradient_norm:.6g} is clipped to {limit:g}; the step ends"
        f" at {vector_text(end)}.",
    )


@BANK.exercise("clip-direction", topic="clipping", title="What clipping keeps")
def _clip_direction(dice: Dice) -> Drawn:
    whole = dice.pick([True, False])
    g = np.array(dice.pick([(3, 4), (12, 5), (1, 7)]), dtype=float)
    limit = 2.0
    clipped = g * min(1.0, limit / float(np.linalg.norm(g))) if whole else np.clip(g, -limit, limit)
    same = abs(float(g[0] * clipped[1] - g[1] * clipped[0])) < 1e-9
    how = (
        f"scaled to norm {limit:g}"
        if whole
        else f"clipped component by component to [-{limit:g}, {limit:g}]"
    )
    why = f"It becomes {vector_text(clipped)}."
    prompt = f"The gradient {vector_text(g)} is {how}. Does its direction stay the same?"
    return choice(
        prompt, "yes" if same else "no", ("yes", "no"), "Compare the ratios of the components.", why
    )
