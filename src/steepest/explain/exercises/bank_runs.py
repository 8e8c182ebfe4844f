"""The gradient along a run, and momentum."""

from __future__ import annotations

import math

import numpy as np

from steepest.explain.exercises.asking import after, bowl, choice, number
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.rules import FixedStep

BANK = Bank()


def _step(dice: Dice) -> tuple[Formula, tuple[int, ...], float, np.ndarray, np.ndarray]:
    """A bowl, a start, a step size, and the gradients before and after one step."""
    while True:
        f, _, b = bowl(dice)
        p, eta = dice.point(), dice.pick([0.1, 0.05, 0.02])
        if abs(1 - 2 * b * eta) > 0.05:  # else a component ends at 0, and so does its direction
            later = after(f, p, FixedStep(eta), 1)
            return f, p, eta, f.at(*p).gradient, f.at(*later).gradient


@BANK.exercise("run-shrink", topic="along a run", title="How fast the gradient shrinks")
def _run_shrink(dice: Dice) -> Drawn:
    f, p, eta, before, later = _step(dice)
    sizes = float(np.linalg.norm(before)), float(np.linalg.norm(later))
    value = sizes[1] / sizes[0]
    prompt = (
        f"{formula(f)}. One step of gradient descent with η = {eta:g} starts at {point_text(p)}."
        " What is ‖∇f‖ after the step, divided by ‖∇f‖ before it?"
    )
    solution = (
        f"∇f goes from {vector_text(before)} to {vector_text(later)}, its length from"
        f" {sizes[0]:.6g} to {sizes[1]:.6g}: {value:.6g}."
    )
    return number(prompt, value, "Each component of ∇f is multiplied by its own 1 - ηλ.", solution)


@BANK.exercise("run-turn", topic="along a run", title="How far the gradient turns")
def _run_turn(dice: Dice) -> Drawn:
    while True:
        f, p, eta, before, later = _step(dice)
        cosine = float(before @ later / np.linalg.norm(before) / np.linalg.norm(later))
        value = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        if value > 1:
            break
    prompt = (
        f"{formula(f)}. One step of gradient descent with η = {eta:g} starts at {point_text(p)}."
        " By how many degrees does the direction of ∇f turn?"
    )
    solution = (
        f"∇f goes from {vector_text(before)} to {vector_text(later)}; the cosine between them is"
        f" {cosine:.6g}, so it turns by {value:.6g} degrees."
    )
    return number(prompt, value, "cos θ = g·h/(‖g‖‖h‖) of the two gradients.", solution)


@BANK.exercise("run-zigzag", topic="along a run", title="Does it zigzag?")
def _run_zigzag(dice: Dice) -> Drawn:
    b = dice.whole(2, 6)
    a = dice.whole(1, b - 1)
    eta = round(dice.pick([0.6, 0.8, 1.3, 1.7]) / (2 * b), 3)
    f = Formula(f"{a}*x^2 + {b}*y^2")
    factor = 1 - 2 * b * eta
    why = f"∂f/∂y is multiplied by 1 - {2 * b}·{eta:g} = {factor:.3g} in each step."
    prompt = (
        f"{formula(f)}. In a run of gradient descent with η = {eta:g}, does ∂f/∂y change its sign"
        " from step to step, or keep it?"
    )
    right = "changes" if factor < 0 else "keeps"
    return choice(prompt, right, ("changes", "keeps"), "Look at 1 - ηλ for the y axis.", why)


@BANK.exercise("momentum-limit", topic="momentum", title="The largest step with momentum")
def _momentum_limit(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    beta = dice.pick([0.5, 0.8, 0.9])
    largest = float(f.at(1, 1).eigenvalues[-1])
    value = (2 + 2 * beta) / largest
    prompt = (
        f"{formula(f)}. With v ← βv + ∇f, x ← x - ηv and β = {beta:g}: below which step size η"
        " does the descent converge from every start?"
    )
    solution = f"0 < ηλ < 2 + 2β on every axis, so η < {2 + 2 * beta:g}/{largest:g} = {value:.6g}."
    return number(prompt, value, "Momentum allows ηλ up to 2 + 2β instead of 2.", solution)


@BANK.exercise("momentum-speed", topic="momentum", title="Down a long even slope")
def _momentum_speed(dice: Dice) -> Drawn:
    beta, eta, g = dice.pick([0.5, 0.75, 0.8, 0.9]), dice.pick([0.1, 0.01]), dice.whole(2, 6)
    value = eta * g / (1 - beta)
    prompt = (
        f"On an even slope ‖∇f‖ is {g} everywhere. With v ← βv + ∇f, x ← x - ηv, β = {beta:g} and"
        f" η = {eta:g}: which length do the steps approach?"
    )
    solution = f"v = βv + g gives v = g/(1 - β), and η·{g}/(1 - {beta:g}) = {value:.6g}."
    return number(prompt, value, "In the long run v no longer changes: v = βv + g.", solution)


@BANK.exercise("momentum-best", topic="momentum", title="The best momentum for a bowl")
def _momentum_best(dice: Dice) -> Drawn:
    while True:
        a, b = dice.whole(1, 6), dice.whole(1, 40)
        if b > a:
            break
    low, high = 2.0 * a, 2.0 * b
    value = ((math.sqrt(high) - math.sqrt(low)) / (math.sqrt(high) + math.sqrt(low))) ** 2
    prompt = (
        f"{formula(Formula(f'{a}*x^2 + {b}*y^2'))}. Which β of the heavy ball converges fastest,"
        " with the best η for it?"
    )
    hint = "β = ((√λ₂ - √λ₁)/(√λ₂ + √λ₁))² with the eigenvalues of the Hessian."
    solution = f"The eigenvalues are {low:g} and {high:g}: β = {value:.6g}."
    return number(prompt, value, hint, solution)
