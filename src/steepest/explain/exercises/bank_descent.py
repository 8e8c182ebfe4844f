"""Taylor predictions, steps, clipping, critical points, convergence limits, misconceptions."""

from __future__ import annotations

import math

import numpy as np

from steepest.descent import descend
from steepest.explain.exercises.answers import ChoiceAnswer, NumberAnswer, VectorAnswer
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import floats, formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.rules import ClippedStep, FixedStep, Momentum, NormalizedStep, Rule

BANK = Bank()


def _bowl(dice: Dice) -> tuple[Formula, int, int]:
    """a·x² + b·y² with a ≠ b."""
    a = dice.whole(1, 5)
    b = dice.whole(1, 6, but=(a,))
    return Formula(f"{a}*x^2 + {b}*y^2"), a, b


def _after(f: Formula, start: tuple[float, ...], rule: Rule, steps: int) -> np.ndarray:
    return descend(f, start, rule, max_steps=steps, tolerance=0.0).points[steps]


@BANK.exercise("taylor-first", topic="Taylor", title="A first-order prediction")
def _taylor_first(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    p, step = dice.point(), (dice.pick([0.1, -0.1, 0.2]), dice.pick([0.1, -0.2, 0.05]))
    m = f.at(*p)
    value = m.predict(step, order=1).predicted
    prompt = (
        f"{formula(f)}. By how much does f change from {point_text(p)} along the step"
        f" {vector_text(step)}, to first order?"
    )
    return Drawn(prompt, NumberAnswer(value), "∇f·Δx.",
                 f"∇f = {vector_text(m.gradient)}, and ∇f·Δx = {value:.6g}.")  # fmt: skip


@BANK.exercise("taylor-second", topic="Taylor", title="A second-order prediction")
def _taylor_second(dice: Dice) -> Drawn:
    f = Formula(f"x^3 + {dice.whole(1, 4)}*x*y + {dice.whole(1, 3)}*y^2")
    p, step = dice.point(2, 2), (dice.pick([0.1, -0.1]), dice.pick([0.1, -0.2]))
    m = f.at(*p)
    first, second = m.predict(step, order=1).predicted, m.predict(step, order=2).predicted
    prompt = (
        f"{formula(f)}. By how much does f change from {point_text(p)} along"
        f" {vector_text(step)}, to"
        " second order?"
    )
    solution = f"∇f·Δx = {first:.6g} and ½Δxᵀ H Δx = {second - first:.6g}, together {second:.6g}."
    return Drawn(prompt, NumberAnswer(second), "∇f·Δx + ½ΔxᵀHΔx.", solution)


@BANK.exercise("taylor-descent", topic="Taylor", title="What a small step gains")
def _taylor_descent(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    p, eta = dice.point(), dice.pick([0.01, 0.02, 0.005])
    m = f.at(*p)
    value = -eta * m.gradient_norm**2
    prompt = (
        f"{formula(f)}. By how much does f change for the step -η∇f from {point_text(p)} with"
        f" η = {eta:g}, to first order?"
    )
    return Drawn(prompt, NumberAnswer(value), "f falls: the change is negative.",
                 f"-η‖∇f‖² = -{eta:g}·{m.gradient_norm**2:g} = {value:.6g}.")  # fmt: skip


@BANK.exercise("taylor-error", topic="Taylor", title="What the first order misses")
def _taylor_error(dice: Dice) -> Drawn:
    f, a, b = _bowl(dice)
    p, step = dice.point(), (dice.pick([0.1, 0.2, -0.3]), dice.pick([0.1, -0.1, 0.4]))
    value = f.at(*p).predict(step, order=1).error
    prompt = (
        f"{formula(f)}. The change of f from {point_text(p)} along {vector_text(step)} is"
        f" predicted to"
        " first order. How much larger is the actual change?"
    )
    return Drawn(prompt, NumberAnswer(value), "For a quadratic it is exactly ½ΔxᵀHΔx.",
                 f"{a}·({step[0]:g})² + {b}·({step[1]:g})² = {value:.6g}.")  # fmt: skip


@BANK.exercise("step-once", topic="steps", title="One step of gradient descent")
def _step_once(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.05, 0.2])
    end = _after(f, p, FixedStep(eta), 1)
    prompt = (
        f"{formula(f)}. Where does one step of gradient descent with η = {eta:g} lead"
        f" from {point_text(p)}?"
    )
    return Drawn(prompt, VectorAnswer(floats(end)), "x - η∇f(x).",
                 f"{point_text(p)} - {eta:g}·{vector_text(f.at(*p).gradient)} ="
                 f" {vector_text(end)}.")  # fmt: skip


@BANK.exercise("step-twice", topic="steps", title="Two steps on a parabola")
def _step_twice(dice: Dice) -> Drawn:
    a, x, eta = dice.whole(1, 4), dice.whole(-3, 3), dice.pick([0.1, 0.2, 0.05])
    f = Formula(f"{a}*x^2")
    end = float(_after(f, (x,), FixedStep(eta), 2)[0])
    prompt = (
        f"{formula(f)}. Where are you after two steps of gradient descent with η ="
        f" {eta:g} from x = {x}?"
    )
    factor = 1 - 2 * a * eta
    return Drawn(prompt, NumberAnswer(end), "Each step multiplies x by 1 - η·f″.",
                 f"({factor:g})²·({x}) = {end:.6g}.")  # fmt: skip


@BANK.exercise("step-normalized", topic="steps", title="A normalized step")
def _step_normalized(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.5, 1.0])
    end = _after(f, p, NormalizedStep(eta), 1)
    prompt = (
        f"{formula(f)}. Where does one step of length {eta:g} against the gradient lead from"
        f" {point_text(p)}?"
    )
    return Drawn(prompt, VectorAnswer(floats(end)), "x - η∇f/‖∇f‖.",
                 f"∇f/‖∇f‖ = {vector_text(f.at(*p).steepest_ascent().direction)}; the step"
                 f" ends at {vector_text(end)}.")  # fmt: skip


@BANK.exercise("step-momentum", topic="steps", title="Two steps with momentum")
def _step_momentum(dice: Dice) -> Drawn:
    while True:
        a, x = dice.whole(1, 4), dice.whole(1, 3)
        eta, beta = dice.pick([0.1, 0.05, 0.2]), dice.pick([0.5, 0.8, 0.9])
        f = Formula(f"{a}*x^2")
        end = float(_after(f, (x,), Momentum(eta, beta), 2)[0])
        if abs(end) > 0.01:  # an end at 0 would be marked by its rounding
            break
    prompt = (
        f"{formula(f)}. With v ← βv + f′(x), x ← x - ηv, from rest at x = {x} with η = {eta:g} and"
        f" β = {beta:g}: where is x after two steps?"
    )
    first = x - eta * 2 * a * x
    solution = (
        f"v = {2 * a * x:g}, x = {first:g}; then v ="
        f" {beta * 2 * a * x + 2 * a * first:g}, x = {end:.6g}."
    )
    return Drawn(
        prompt, NumberAnswer(end), "v starts at 0; the second v remembers the first.", solution
    )


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
    return Drawn(
        prompt,
        VectorAnswer(floats(clipped)),
        "Only a gradient that is too long is changed.",
        solution,
    )


@BANK.exercise("clip-step", topic="clipping", title="A step with a clipped gradient")
def _clip_step(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    p, eta = dice.point(), dice.pick([0.1, 0.5])
    limit = dice.pick([1.0, 2.0])
    end = _after(f, p, ClippedStep(eta, max_norm=limit), 1)
    prompt = (
        f"{formula(f)}. Where does one step with η = {eta:g} lead from {point_text(p)}, if"
        f" the gradient"
        f" is clipped to norm {limit:g}?"
    )
    return Drawn(prompt, VectorAnswer(floats(end)), "Clip first, then step.",
                 f"‖∇f‖ = {f.at(*p).gradient_norm:.6g} is clipped to {limit:g}; the step ends"
                 f" at {vector_text(end)}.")  # fmt: skip


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
    return Drawn(prompt, ChoiceAnswer("yes" if same else "no", ("yes", "no"), why),
                 "Compare the ratios of the components.", why)  # fmt: skip


@BANK.exercise("critical-point", topic="critical points", title="Find the critical point")
def _critical_point(dice: Dice) -> Drawn:
    a, b, p, q = dice.whole(1, 4), dice.whole(1, 4), dice.whole(-4, 4), dice.whole(-4, 4)
    f = Formula(f"{a}*x^2 - {2 * a * p}*x + {b}*y^2 - {2 * b * q}*y")
    point = np.linalg.solve(f.at(0, 0).hessian, -f.at(0, 0).gradient)
    prompt = f"Find the critical point of {formula(f)}."
    return Drawn(prompt, VectorAnswer(floats(point)), "Set both partial derivatives to 0.",
                 f"∇f = ({', '.join(g.unicode for g in f.gradient)}) is 0 at"
                 f" {vector_text(point)}.")  # fmt: skip


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
    return Drawn(prompt, ChoiceAnswer(kind, ("minimum", "maximum", "saddle"), why),
                 "Look at the signs of the Hessian's eigenvalues, or at det H.", why)  # fmt: skip


@BANK.exercise(
    "critical-determinant", topic="critical points", title="The determinant of the Hessian"
)
def _critical_determinant(dice: Dice) -> Drawn:
    f = Formula(f"x^3 + {dice.whole(1, 4)}*x*y + {dice.whole(1, 4)}*y^2")
    p = dice.point()
    h = f.at(*p).hessian
    value = float(h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0])
    prompt = f"Find det H, the determinant of the Hessian of {formula(f)}, at {point_text(p)}."
    return Drawn(prompt, NumberAnswer(value), "H holds the second derivatives.",
                 f"{h[0, 0]:g}·{h[1, 1]:g} - {h[0, 1]:g}² = {value:g}.")  # fmt: skip


@BANK.exercise("critical-saddle", topic="critical points", title="Find the saddle")
def _critical_saddle(dice: Dice) -> Drawn:
    a, b = dice.whole(1, 4), dice.whole(1, 4)
    f = Formula(f"x^3 - {3 * a * a}*x + {b}*y^2")
    (saddle,) = (x for x in (-a, a) if f.at(x, 0).eigenvalues[0] < 0 < f.at(x, 0).eigenvalues[1])
    prompt = f"{formula(f)} has two critical points. Where is the saddle?"
    return Drawn(prompt, VectorAnswer((float(saddle), 0.0)), "∂f/∂x = 0 has two solutions;"
                                                             " look at ∂²f/∂x² there.",
                 f"∂f/∂x = 3x² - {3 * a * a} is 0 at x = ±{a}; ∂²f/∂x² = 6x is negative at"
                 f" {saddle}.")  # fmt: skip


@BANK.exercise("limit-parabola", topic="convergence limits", title="The largest step on a parabola")
def _limit_parabola(dice: Dice) -> Drawn:
    f = Formula(f"{dice.whole(2, 9)}*x^2")
    curvature = float(f.at(1).hessian[0, 0])
    value = 2 / curvature
    prompt = f"{formula(f)}. Below which step size η does gradient descent converge?"
    return Drawn(prompt, NumberAnswer(value), "Each step multiplies x by 1 - η·f″.",
                 f"|1 - η·{curvature:g}| < 1 for η < 2/{curvature:g} = {value:.6g}.")  # fmt: skip


@BANK.exercise("limit-bowl", topic="convergence limits", title="The largest step in a bowl")
def _limit_bowl(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    largest = float(f.at(1, 1).eigenvalues[-1])
    value = 2 / largest
    prompt = (
        f"{formula(f)}. Below which step size η does gradient descent converge from every start?"
    )
    return Drawn(prompt, NumberAnswer(value), "The steepest axis decides: 2/λmax.",
                 f"λmax = {largest:g}, so η < {value:.6g}.")  # fmt: skip


@BANK.exercise("limit-best", topic="convergence limits", title="The best fixed step")
def _limit_best(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    low, high = (float(e) for e in f.at(1, 1).eigenvalues)
    value = 2 / (low + high)
    prompt = (
        f"{formula(f)}. Which fixed step size makes the slower of the two axes as fast as possible?"
    )
    return Drawn(prompt, NumberAnswer(value), "|1 - ηλ| must be equal on both axes.",
                 f"2/(λ₁ + λ₂) = 2/({low:g} + {high:g}) = {value:.6g}.")  # fmt: skip


@BANK.exercise("limit-condition", topic="convergence limits", title="The condition number")
def _limit_condition(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    low, high = (float(e) for e in f.at(1, 1).eigenvalues)
    prompt = f"Find the condition number of the Hessian of {formula(f)}."
    return Drawn(prompt, NumberAnswer(high / low), "Largest eigenvalue over smallest.",
                 f"{high:g}/{low:g} = {high / low:.6g}.")  # fmt: skip


@BANK.exercise("limit-fate", topic="convergence limits", title="Will it converge?")
def _limit_fate(dice: Dice) -> Drawn:
    f, _, _ = _bowl(dice)
    largest = float(f.at(1, 1).eigenvalues[-1])
    eta = round(2 / largest * dice.pick([0.5, 0.8, 1.2, 1.5]), 3)
    right = "converges" if eta < 2 / largest else "diverges"
    why = f"2/λmax = {2 / largest:.4g}."
    prompt = f"{formula(f)}. What does gradient descent with η = {eta:g} do from (1, 1)?"
    return Drawn(
        prompt, ChoiceAnswer(right, ("converges", "diverges"), why), "Compare η with 2/λmax.", why
    )


@BANK.exercise("limit-count", topic="convergence limits", title="How many steps?")
def _limit_count(dice: Dice) -> Drawn:
    rate = dice.pick([0.5, 0.8, 0.9])
    digits = dice.pick([2, 3, 6])
    value = math.ceil(-digits * math.log(10) / math.log(rate) - 1e-12)
    prompt = (
        f"Every step multiplies the distance to the minimum by {rate:g}. After how many steps"
        f" is it less"
        f" than 10^(-{digits}) of what it was?"
    )
    return Drawn(prompt, NumberAnswer(float(value)), "Take logarithms, and round up.",
                 f"{digits}·ln 10/(-ln {rate:g}), rounded up: {value}.")  # fmt: skip


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
        f"{formula(f)} has its minimum at the origin. Does -∇f at {point_text(p)} point"
        f" straight at it?"
    )
    return Drawn(prompt, ChoiceAnswer("yes" if aims else "no", ("yes", "no"), why),
                 "Compare the two directions.", why)  # fmt: skip


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
        f" steps, the"
        f" smaller one, η = {etas[0]:g}, or the larger one, η = {etas[1]:g}?"
    )
    return Drawn(
        prompt, ChoiceAnswer(right, ("smaller", "larger"), why), "Compare |1 - η·f″|.", why
    )


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
        f" descent"
        f" start at x = {start:g}. Do they reach the global minimum?"
    )
    return Drawn(
        prompt, ChoiceAnswer(right, ("yes", "no"), why), "Small steps cross no ridge.", why
    )
