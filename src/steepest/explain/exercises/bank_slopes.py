"""Slopes in a direction, steepest directions, level sets."""

from __future__ import annotations

import math

import numpy as np

from steepest.explain.exercises.asking import (
    choice,
    direction,
    line,
    number,
    quadratic,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import floats, formula, point_text, vector_text

BANK = Bank()


@BANK.exercise("slope-along-axis", topic="directional derivatives", title="Along an axis")
def _slope_along_axis(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    u = dice.pick([(1, 0), (0, 1), (-1, 0), (0, -1)])
    value = m.slope(u)
    prompt = (
        f"{formula(f)}. Find the slope of f at {point_text(p)} in the direction {point_text(u)}."
    )
    return number(
        prompt,
        value,
        "∇f·u.",
        f"∇f = {vector_text(m.gradient)}, and ∇f·u = {value:g}.",
    )


@BANK.exercise("slope-along-vector", topic="directional derivatives", title="Along any vector")
def _slope_along_vector(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    v = dice.pick([(3, 4), (4, -3), (5, 12), (-3, 4), (1, 1), (2, -1), (8, 6)])
    value = m.slope(v)
    prompt = f"{formula(f)}. Find the slope of f at {point_text(p)} towards {point_text(v)}."
    solution = (
        f"‖v‖ = {math.hypot(*v):.6g}, ∇f = {vector_text(m.gradient)}, and ∇f·v/‖v‖ = {value:.6g}."
    )
    return number(prompt, value, "A direction has length one: divide v by ‖v‖ first.", solution)


@BANK.exercise("steepest-direction", topic="directional derivatives", title="Which way is up?")
def _steepest_direction(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    down = dice.pick([False, True])
    s = m.steepest_descent() if down else m.steepest_ascent()
    way = "descent" if down else "ascent"
    prompt = (
        f"{formula(f)}. Find the direction (a unit vector) of steepest {way} at {point_text(p)}."
    )
    sign = "-" if down else ""
    return direction(
        prompt,
        s.direction,
        f"{sign}∇f, divided by its length.",
        f"∇f = {vector_text(m.gradient)}, so {sign}∇f/‖∇f‖ = {vector_text(s.direction)}.",
    )


@BANK.exercise("steepest-rate", topic="directional derivatives", title="How steep?")
def _steepest_rate(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    value = m.steepest_ascent().rate
    prompt = f"{formula(f)}. What is the largest slope of f at {point_text(p)} in any direction?"
    return number(
        prompt,
        value,
        "It is the length of something.",
        f"‖∇f‖ = ‖{vector_text(m.gradient)}‖ = {value:.6g}.",
    )


@BANK.exercise(
    "slope-at-angle", topic="directional derivatives", title="At an angle to the gradient"
)
def _slope_at_angle(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    angle = dice.pick([30, 45, 60, 120, 135, 150])
    value = m.gradient_norm * math.cos(math.radians(angle))
    prompt = (
        f"{formula(f)}. What is the slope of f at {point_text(p)} along a direction at {angle}°"
        " to ∇f?"
    )
    return number(
        prompt,
        value,
        "‖∇f‖·cos θ.",
        f"‖∇f‖ = {m.gradient_norm:.6g}, times cos {angle}° is {value:.6g}.",
    )


@BANK.exercise("flat-direction", topic="directional derivatives", title="Neither up nor down")
def _flat_direction(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    t = floats(np.ravel(m.tangent))
    prompt = f"{formula(f)}. Give a vector along which the slope of f at {point_text(p)} is 0."
    gx, gy = m.gradient
    return line(
        prompt,
        t,
        "Perpendicular to the gradient; any length will do.",
        f"∇f = {vector_text((gx, gy))}; ({-gy:g}, {gx:g}) is perpendicular to it.",
    )


@BANK.exercise("level-value", topic="level sets", title="Which level?")
def _level_value(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    prompt = f"{formula(f)}. The level curve f = c runs through {point_text(p)}. Find c."
    return number(prompt, m.value, "c is a value of f.", f"c = f{point_text(p)} = {m.value:g}.")


@BANK.exercise("level-tangent", topic="level sets", title="The tangent of a level curve")
def _level_tangent(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice, mixed=False)
    t = floats(np.ravel(m.tangent))
    prompt = f"{formula(f)}. Give a vector tangent to the level curve of f through {point_text(p)}."
    gx, gy = m.gradient
    solution = (
        f"∇f = {vector_text((gx, gy))} is perpendicular to the curve, so ({-gy:g}, {gx:g}) is"
        f" tangent: {gx:g}·{-gy:g} + {gy:g}·{gx:g} = 0."
    )
    return line(prompt, t, "The gradient is perpendicular to the level curve.", solution)


@BANK.exercise("level-slope", topic="level sets", title="dy/dx along a level curve")
def _level_slope(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    gx, gy = (float(g) for g in m.gradient)
    value = -gx / gy
    prompt = (
        f"{formula(f)}. Find dy/dx of the level curve of f through {point_text(p)}, at that point."
    )
    return number(
        prompt,
        value,
        "Along the curve ∂f/∂x·dx + ∂f/∂y·dy = 0.",
        f"dy/dx = -(∂f/∂x)/(∂f/∂y) = -({gx:g})/({gy:g}) = {value:.6g}.",
    )


@BANK.exercise("level-distance", topic="level sets", title="How far to the next level?")
def _level_distance(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    rise = dice.pick([0.01, 0.02, 0.05])
    value = rise / m.gradient_norm
    prompt = (
        f"{formula(f)}. About how far is it from {point_text(p)} to the level that is {rise:g}"
        " higher (first order)?"
    )
    return number(
        prompt,
        value,
        "Rise over slope, in the steepest direction.",
        f"{rise:g}/‖∇f‖ = {rise:g}/{m.gradient_norm:.6g} = {value:.6g}.",
    )


@BANK.exercise("level-crowded", topic="level sets", title="Where level curves crowd")
def _level_crowded(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    q = dice.point()
    while f.at(*q).gradient_norm == m.gradient_norm:
        q = dice.point()
    other = f.at(*q)
    right = "first" if m.gradient_norm > other.gradient_norm else "second"
    prompt = (
        f"{formula(f)}. Level curves are drawn at equal steps of f. Are they closer together"
        f" near the first point {point_text(p)} or near the second, {point_text(q)}?"
    )
    why = f"‖∇f‖ is {m.gradient_norm:.4g} at the first and {other.gradient_norm:.4g} at the second."
    return choice(prompt, right, ("first", "second"), "Steeper means closer.", why)
