"""Slopes in a direction, steepest directions, level sets, norms."""

from __future__ import annotations

import math

import numpy as np

from steepest.explain.exercises.answers import (
    ChoiceAnswer,
    DirectionAnswer,
    LineAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import floats, formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.local.model import LocalModel
from steepest.norms import L1, L2, LInf

BANK = Bank()


def _quadratic(dice: Dice, mixed: bool = True) -> tuple[Formula, tuple[int, ...], LocalModel]:
    """A quadratic and a point where its gradient is not 0."""
    while True:
        b = f" + {dice.whole(-3, 3)}*x*y" if mixed else ""
        f = Formula(f"{dice.whole(1, 5)}*x^2{b} + {dice.whole(1, 5)}*y^2")
        p = dice.point()
        model = f.at(*p)
        if np.all(model.gradient != 0):
            return f, p, model


@BANK.exercise("slope-along-axis", topic="directional derivatives", title="Along an axis")
def _slope_along_axis(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    u = dice.pick([(1, 0), (0, 1), (-1, 0), (0, -1)])
    value = m.slope(u)
    prompt = (
        f"{formula(f)}. Find the slope of f at {point_text(p)} in the direction {point_text(u)}."
    )
    return Drawn(
        prompt,
        NumberAnswer(value),
        "∇f·u.",
        f"∇f = {vector_text(m.gradient)}, and ∇f·u = {value:g}.",
    )


@BANK.exercise("slope-along-vector", topic="directional derivatives", title="Along any vector")
def _slope_along_vector(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    v = dice.pick([(3, 4), (4, -3), (5, 12), (-3, 4), (1, 1), (2, -1), (8, 6)])
    value = m.slope(v)
    prompt = f"{formula(f)}. Find the slope of f at {point_text(p)} towards {point_text(v)}."
    solution = (
        f"‖v‖ = {math.hypot(*v):.6g}, ∇f = {vector_text(m.gradient)}, and ∇f·v/‖v‖ = {value:.6g}."
    )
    return Drawn(
        prompt, NumberAnswer(value), "A direction has length one: divide v by ‖v‖ first.", solution
    )


@BANK.exercise("steepest-direction", topic="directional derivatives", title="Which way is up?")
def _steepest_direction(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    down = dice.pick([False, True])
    s = m.steepest_descent() if down else m.steepest_ascent()
    way = "descent" if down else "ascent"
    prompt = (
        f"{formula(f)}. Find the direction (a unit vector) of steepest {way} at {point_text(p)}."
    )
    sign = "-" if down else ""
    return Drawn(prompt, DirectionAnswer(floats(s.direction)), f"{sign}∇f, divided by its length.",
                 f"∇f = {vector_text(m.gradient)}, so {sign}∇f/‖∇f‖ ="
                 f" {vector_text(s.direction)}.")  # fmt: skip


@BANK.exercise("steepest-rate", topic="directional derivatives", title="How steep?")
def _steepest_rate(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    value = m.steepest_ascent().rate
    prompt = f"{formula(f)}. What is the largest slope of f at {point_text(p)} in any direction?"
    return Drawn(prompt, NumberAnswer(value), "It is the length of something.",
                 f"‖∇f‖ = ‖{vector_text(m.gradient)}‖ = {value:.6g}.")  # fmt: skip


@BANK.exercise(
    "slope-at-angle", topic="directional derivatives", title="At an angle to the gradient"
)
def _slope_at_angle(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    angle = dice.pick([30, 45, 60, 120, 135, 150])
    value = m.gradient_norm * math.cos(math.radians(angle))
    prompt = (
        f"{formula(f)}. What is the slope of f at {point_text(p)} along a direction at {angle}° to"
        " ∇f?"
    )
    return Drawn(prompt, NumberAnswer(value), "‖∇f‖·cos θ.",
                 f"‖∇f‖ = {m.gradient_norm:.6g}, times cos {angle}° is {value:.6g}.")  # fmt: skip


@BANK.exercise("flat-direction", topic="directional derivatives", title="Neither up nor down")
def _flat_direction(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    t = floats(np.ravel(m.tangent))
    prompt = f"{formula(f)}. Give a vector along which the slope of f at {point_text(p)} is 0."
    gx, gy = m.gradient
    return Drawn(prompt, LineAnswer(t), "Perpendicular to the gradient; any length will do.",
                 f"∇f = {vector_text((gx, gy))}; ({-gy:g}, {gx:g}) is perpendicular to"
                 f" it.")  # fmt: skip


@BANK.exercise("level-value", topic="level sets", title="Which level?")
def _level_value(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    prompt = f"{formula(f)}. The level curve f = c runs through {point_text(p)}. Find c."
    return Drawn(
        prompt, NumberAnswer(m.value), "c is a value of f.", f"c = f{point_text(p)} = {m.value:g}."
    )


@BANK.exercise("level-tangent", topic="level sets", title="The tangent of a level curve")
def _level_tangent(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice, mixed=False)
    t = floats(np.ravel(m.tangent))
    prompt = f"{formula(f)}. Give a vector tangent to the level curve of f through {point_text(p)}."
    gx, gy = m.gradient
    solution = (
        f"∇f = {vector_text((gx, gy))} is perpendicular to the curve, so ({-gy:g}, {gx:g}) is"
        f" tangent:"
        f" {gx:g}·{-gy:g} + {gy:g}·{gx:g} = 0."
    )
    return Drawn(
        prompt, LineAnswer(t), "The gradient is perpendicular to the level curve.", solution
    )


@BANK.exercise("level-slope", topic="level sets", title="dy/dx along a level curve")
def _level_slope(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    gx, gy = (float(g) for g in m.gradient)
    value = -gx / gy
    prompt = (
        f"{formula(f)}. Find dy/dx of the level curve of f through {point_text(p)}, at that point."
    )
    return Drawn(prompt, NumberAnswer(value), "Along the curve ∂f/∂x·dx + ∂f/∂y·dy = 0.",
                 f"dy/dx = -(∂f/∂x)/(∂f/∂y) = -({gx:g})/({gy:g}) = {value:.6g}.")  # fmt: skip


@BANK.exercise("level-distance", topic="level sets", title="How far to the next level?")
def _level_distance(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    rise = dice.pick([0.01, 0.02, 0.05])
    value = rise / m.gradient_norm
    prompt = (
        f"{formula(f)}. About how far is it from {point_text(p)} to the level that is"
        f" {rise:g} higher"
        " (first order)?"
    )
    return Drawn(prompt, NumberAnswer(value), "Rise over slope, in the steepest direction.",
                 f"{rise:g}/‖∇f‖ = {rise:g}/{m.gradient_norm:.6g} = {value:.6g}.")  # fmt: skip


@BANK.exercise("level-crowded", topic="level sets", title="Where level curves crowd")
def _level_crowded(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    q = dice.point()
    while f.at(*q).gradient_norm == m.gradient_norm:
        q = dice.point()
    other = f.at(*q)
    right = "first" if m.gradient_norm > other.gradient_norm else "second"
    prompt = (
        f"{formula(f)}. Level curves are drawn at equal steps of f. Are they closer together"
        f" near the"
        f" first point {point_text(p)} or near the second, {point_text(q)}?"
    )
    why = f"‖∇f‖ is {m.gradient_norm:.4g} at the first and {other.gradient_norm:.4g} at the second."
    return Drawn(
        prompt, ChoiceAnswer(right, ("first", "second"), why), "Steeper means closer.", why
    )


@BANK.exercise("norm-length", topic="norms", title="Three lengths")
def _norm_length(dice: Dice) -> Drawn:
    v = np.array(dice.point(3, 6), dtype=float)
    norm, name = dice.pick([(L1(), "ℓ1"), (L2(), "ℓ2"), (LInf(), "ℓ∞")])
    value = float(norm.size(list(v)))
    told = {"ℓ1": "the sum of the sizes", "ℓ2": "the root of the sum of squares",
            "ℓ∞": "the largest size"}[name]  # fmt: skip
    return Drawn(f"Find the {name} norm of"
                 f" {vector_text(v)}.", NumberAnswer(value), f"It is {told}.",
                 f"It is {told}: {value:.6g}.")  # fmt: skip


@BANK.exercise("norm-rate", topic="norms", title="The steepest slope in another norm")
def _norm_rate(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    norm, name, dual = dice.pick([(L1(), "ℓ1", "ℓ∞"), (LInf(), "ℓ∞", "ℓ1")])
    value = m.steepest_ascent(norm).rate
    prompt = (
        f"{formula(f)}. What is the largest slope of f at {point_text(p)} over all directions"
        f" of {name}"
        " norm 1?"
    )
    return Drawn(prompt, NumberAnswer(value), f"The dual of {name} is {dual}.",
                 f"It is the {dual} norm of ∇f = {vector_text(m.gradient)}:"
                 f" {value:g}.")  # fmt: skip


@BANK.exercise("norm-sign", topic="norms", title="Steepest in ℓ∞")
def _norm_sign(dice: Dice) -> Drawn:
    f, p, m = _quadratic(dice)
    s = m.steepest_ascent(LInf()).direction
    prompt = (
        f"{formula(f)}. Of all vectors whose components are at most 1 in size, which one has the"
        f" largest slope at {point_text(p)}?"
    )
    return Drawn(prompt, VectorAnswer(floats(s)), "Each component can be chosen by itself.",
                 f"∇f = {vector_text(m.gradient)}; its signs are {vector_text(s)}.")  # fmt: skip


@BANK.exercise("norm-coordinate", topic="norms", title="Steepest in ℓ1")
def _norm_coordinate(dice: Dice) -> Drawn:
    while True:
        f, p, m = _quadratic(dice)
        s = m.steepest_ascent(L1())
        if s.unique:
            break
    prompt = (
        f"{formula(f)}. Of all vectors with |u₁| + |u₂| = 1, which one has the largest slope at"
        f" {point_text(p)}?"
    )
    return Drawn(prompt, VectorAnswer(floats(s.direction)), "All of it goes to one coordinate.",
                 f"∇f = {vector_text(m.gradient)}: the larger component takes all,"
                 f" {vector_text(s.direction)}.")  # fmt: skip


@BANK.exercise("norm-newton", topic="norms", title="Steepest in a quadratic norm")
def _norm_newton(dice: Dice) -> Drawn:
    a, b = dice.whole(1, 5), dice.whole(1, 5)
    f = Formula(f"{a}*x^2 + {b}*y^2")
    p = dice.point()
    m = f.at(*p)
    step = floats(-np.linalg.solve(m.hessian, m.gradient))
    prompt = (
        f"{formula(f)}. With the Hessian H as the norm, steepest descent steps to -H⁻¹∇f. Find that"
        f" step at {point_text(p)}."
    )
    return Drawn(prompt, VectorAnswer(step), "For a quadratic it leads to the minimum.",
                 f"H = diag({2 * a}, {2 * b}), ∇f = {vector_text(m.gradient)}: the step is"
                 f" {vector_text(step)}.")  # fmt: skip
