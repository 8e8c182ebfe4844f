"""Critical points, convergence limits, misconceptions."""

from __future__ import annotations

import math

import numpy as np

from steepest.descent import descend
from steepest.explain.exercises.asking import (
    bowl,
    choice,
    number,
    vector,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.rules import FixedStep

BANK = Bank()


@BANK.exercise("critical-point", topic="critical points", title="Find the critical point")
def _critical_point(dice: Dice) -> Drawn:
    a, b, p, q = dice.whole(1, 4), dice.whole(1, 4), dice.whole(-4, 4), dice.whole(-4, 4)
    f = Formula(f"{a}*x^2 - {2 * a * p}*x + {b}*y^2 - {2 * b * q}*y")
    point = np.linalg.solve(f.at(0, 0).hessian, -f.at(0, 0).gradient)
    prompt = f"Find the critical point of {formula(f)}."
    return vector(
        prompt,
        point,
        "Set both partial derivatives to 0.",
        f"∇f = ({', '.join(g.unicode for g in f.gradient)}) is 0 at {vector_text(point)}.",
    )


@BANK.exercise("critical-kind", topic="critical points", title="What kind?")
def _critical_kind(dice: Dice) -> Drawn:
    a, b, c = dice.whole(-3, 3), dice.whole(-5, 5), dice.whole(-3, 3)
    while b * b == 4 * a * c:
        b = dice.whole(-5, 5)
    f = Formula(f"{a}*x^2 + {b}*x*y + {c}*y^2")
    low, high = (float(e) for e in f.at(0, 0).eigenvalues)
    kind = "minimum" if low > 0 else "maximum" if high < 0 else "saddle"
    why = f"The Hessian's eigenvalues are {low:.4g} and {high:.4g}."
    prompt = (
        f"{formula(f)} has a critical point at the origin. Is it a minimum, a maximum or a saddle?"
    )
    return choice(
        prompt,
        kind,
        ("minimum", "maximum", "saddle"),
        "Look at the signs of the Hessian's eigenvalues, or at det H.",
        why,
    )


@BANK.exercise(
    "critical-determinant", topic="critical points", title="The determinant of the Hessian"
)
def _critical_determinant(dice: Dice) -> Drawn:
    f = Formula(f"x^3 + {dice.whole(1, 4)}*x*y + {dice.whole(1, 4)}*y^2")
    p = dice.point()
    h = f.at(*p).hessian
    value = float(h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0])
    prompt = f"Find det H, the determinant of the Hessian of {formula(f)}, at {point_text(p)}."
    return number(
        prompt,
        value,
        "H holds the second derivatives.",
        f"{h[0, 0]:g}·{h[1, 1]:g} - {h[0, 1]:g}² = {value:g}.",
    )


@BANK.exercise("critical-saddle", topic="critical points", title="Find the saddle")
def _critical_saddle(dice: Dice) -> Drawn:
    a, b = dice.whole(1, 4), dice.whole(1, 4)
    f = Formula(f"x^3 - {3 * a * a}*x + {b}*y^2")
    (saddle,) = (x for x in (-a, a) if f.at(x, 0).eigenvalues[0] < 0 < f.at(x, 0).eigenvalues[1])
    prompt = f"{formula(f)} has two critical points. Where is the saddle?"
    return vector(
        prompt,
        (float(saddle), 0.0),
        "∂f/∂x = 0 has two solutions; look at ∂²f/∂x² there.",
        f"∂f/∂x = 3x² - {3 * a * a} is 0 at x = ±{a}; ∂²f/∂x² = 6x is negative at {saddle}.",
    )


@BANK.exercise("limit-parabola", topic="convergence limits", title="The largest step on a parabola")
def _limit_parabola(dice: Dice) -> Drawn:
    f = Formula(f"{dice.whole(2, 9)}*x^2")
    curvature = float(f.at(1).hessian[0, 0])
    value = 2 / curvature
    prompt = f"{formula(f)}. Below which step size η does gradient descent converge?"
    return number(
        prompt,
        value,
        "Each step multiplies x by 1 - η·f″.",
        f"|1 - η·{curvature:g}| < 1 for η < 2/{curvature:g} = {value:.6g}.",
    )


@BANK.exercise("limit-bowl", topic="convergence limits", title="The largest step in a bowl")
def _limit_bowl(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    largest = float(f.at(1, 1).eigenvalues[-1])
    value = 2 / largest
    prompt = (
        f"{formula(f)}. Below which step size η does gradient descent converge from every start?"
    )
    return number(
        prompt,
        value,
        "The steepest axis decides: 2/λmax.",
        f"λmax = {largest:g}, so η < {value:.6g}.",
    )


@BANK.exercise("limit-best", topic="convergence limits", title="The best fixed step")
def _limit_best(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    low, high = (float(e) for e in f.at(1, 1).eigenvalues)
    value = 2 / (low + high)
    prompt = (
        f"{formula(f)}. Which fixed step size makes the slower of the two axes as fast as possible?"
    )
    return number(
        prompt,
        value,
        "|1 - ηλ| must be equal on both axes.",
        f"2/(λ₁ + λ₂) = 2/({low:g} + {high:g}) = {value:.6g}.",
    )


@BANK.exercise("limit-condition", topic="convergence limits", title="The condition number")
def _limit_condition(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    low, high = (float(e) for e in f.at(1, 1).eigenvalues)
    prompt = f"Find the condition number of the Hessian of {formula(f)}."
    return number(
        prompt,
        high / low,
        "Largest eigenvalue over smallest.",
        f"{high:g}/{low:g} = {high / low:.6g}.",
    )


@BANK.exercise("limit-fate", topic="convergence limits", title="Will it converge?")
def _limit_fate(dice: Dice) -> Drawn:
    f, _, _ = bowl(dice)
    largest = float(f.at(1, 1).eigenvalues[-1])
    eta = round(2 / largest * dice.pick([0.5, 0.8, 1.2, 1.5]), 3)
    right = "converges" if eta < 2 / largest else "diverges"
    why = f"2/λmax = {2 / largest:.4g}."
    prompt = f"{formula(f)}. What does gradient descent with η = {eta:g} do from (1, 1)?"
    return choice(prompt, right, ("converges", "diverges"), "Compare η with 2/λmax.", why)


@BANK.exercise("limit-count", topic="convergence limits", title="How many steps?")
def _limit_count(dice: Dice) -> Drawn:
    rate = dice.pick([0.5, 0.8, 0.9])
    digits = dice.pick([2, 3, 6])
    value = math.ceil(-digits * math.log(10) / math.log(rate) - 1e-12)
    prompt = (
        f"Every step multiplies the distance to the minimum by {rate:g}. After how many steps is"
        f" it less than 10^(-{digits}) of what it was?"
    )
    return number(
        prompt,
        float(value),
        "Take logarithms, and round up.",
        f"{digits}·ln 10/(-ln {rate:g}), rounded up: {value}.",
    )


@BANK.exercise("points-at-minimum", topic="misconceptions", title="Does it point at the minimum?")
def _points_at_minimum(dice: Dice) -> Drawn:
    a = dice.whole(1, 3)
    b = dice.pick([a, a, a + 1, a + 3])
    f = Formula(f"{a}*x^2 + {b}*y^2")
    p = dice.pick([(2, 1), (1, -2), (3, 0), (0, 2), (1, 1)])
    g = f.at(*p).gradient
    aims = abs(float(g[0] * p[1] - g[1] * p[0])) < 1e-9
    why = f"-∇f = {vector_text(-g)}, and the minimum lies towards {vector_text((-p[0], -p[1]))}."
    prompt = (
        f"{formula(f)} has its minimum at the origin. Does -∇f at {point_text(p)} point straight"
        " at it?"
    )
    return choice(
        prompt, "yes" if aims else "no", ("yes", "no"), "Compare the two directions.", why
    )


@BANK.exercise("larger-is-faster", topic="misconceptions", title="Is a larger step faster?")
def _larger_is_faster(dice: Dice) -> Drawn:
    a = dice.whole(1, 4)
    curvature = 2.0 * a
    small, large = dice.pick([(0.3, 0.9), (0.5, 1.4), (0.2, 0.6), (0.8, 1.1)])
    etas = [round(k / curvature, 3) for k in (small, large)]
    factors = [abs(1 - e * curvature) for e in etas]
    right = "smaller" if factors[0] < factors[1] else "larger"
    why = f"Each step multiplies the distance by {factors[0]:.3g} or by {factors[1]:.3g}."
    prompt = (
        f"{formula(Formula(f'{a}*x^2'))}. Which step size comes closer to the minimum in ten"
        f" steps, the smaller one, η = {etas[0]:g}, or the larger one, η = {etas[1]:g}?"
    )
    return choice(prompt, right, ("smaller", "larger"), "Compare |1 - η·f″|.", why)


@BANK.exercise("where-it-ends", topic="misconceptions", title="Which minimum?")
def _where_it_ends(dice: Dice) -> Drawn:
    a = dice.whole(1, 3)
    f = Formula(f"(x^2 - {a * a})^2 + {dice.pick([0.5, 1.0])}*x")
    start = dice.pick([-2.0, -1.5, 1.5, 2.0]) * a
    end = float(descend(f, (start,), FixedStep(0.02 / a**2), max_steps=5000).points[-1][0])
    # The lower of the two valleys is the left one: the slope of the line term is positive.
    right = "yes" if end < 0 else "no"
    why = f"It ends at x = {end:.4g}, and the lowest point lies at a negative x."
    prompt = (
        f"{formula(f)} has two valleys, the lower one at negative x. Small steps of gradient"
        f" descent start at x = {start:g}. Do they reach the global minimum?"
    )
    return choice(prompt, right, ("yes", "no"), "Small steps cross no ridge.", why)
