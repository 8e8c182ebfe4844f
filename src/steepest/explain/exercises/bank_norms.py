"""Lengths and steepest directions in other norms."""

from __future__ import annotations

import numpy as np

from steepest.explain.exercises.asking import (
    number,
    quadratic,
    vector,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import floats, formula, point_text, vector_text
from steepest.functions.formula import Formula
from steepest.norms import L1, L2, LInf

BANK = Bank()


@BANK.exercise("norm-length", topic="norms", title="Three lengths")
def _norm_length(dice: Dice) -> Drawn:
    v = np.array(dice.point(3, 6), dtype=float)
    norm, name = dice.pick([(L1(), "ℓ1"), (L2(), "ℓ2"), (LInf(), "ℓ∞")])
    value = float(norm.size(list(v)))
    told = {
        "ℓ1": "the sum of the sizes",
        "ℓ2": "the root of the sum of squares",
        "ℓ∞": "the largest size",
    }[name]
    return number(
        f"Find the {name} norm of {vector_text(v)}.",
        value,
        f"It is {told}.",
        f"It is {told}: {value:.6g}.",
    )


@BANK.exercise("norm-rate", topic="norms", title="The steepest slope in another norm")
def _norm_rate(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    norm, name, dual = dice.pick([(L1(), "ℓ1", "ℓ∞"), (LInf(), "ℓ∞", "ℓ1")])
    value = m.steepest_ascent(norm).rate
    prompt = (
        f"{formula(f)}. What is the largest slope of f at {point_text(p)} over all directions of"
        f" {name} norm 1?"
    )
    return number(
        prompt,
        value,
        f"The dual of {name} is {dual}.",
        f"It is the {dual} norm of ∇f = {vector_text(m.gradient)}: {value:g}.",
    )


@BANK.exercise("norm-sign", topic="norms", title="Steepest in ℓ∞")
def _norm_sign(dice: Dice) -> Drawn:
    f, p, m = quadratic(dice)
    s = m.steepest_ascent(LInf()).direction
    prompt = (
        f"{formula(f)}. Of all vectors whose components are at most 1 in size, which one has the"
        f" largest slope at {point_text(p)}?"
    )
    return vector(
        prompt,
        s,
        "Each component can be chosen by itself.",
        f"∇f = {vector_text(m.gradient)}; its signs are {vector_text(s)}.",
    )


@BANK.exercise("norm-coordinate", topic="norms", title="Steepest in ℓ1")
def _norm_coordinate(dice: Dice) -> Drawn:
    while True:
        f, p, m = quadratic(dice)
        s = m.steepest_ascent(L1())
        if s.unique:
            break
    prompt = (
        f"{formula(f)}. Of all vectors with |u₁| + |u₂| = 1, which one has the largest slope at"
        f" {point_text(p)}?"
    )
    return vector(
        prompt,
        s.direction,
        "All of it goes to one coordinate.",
        f"∇f = {vector_text(m.gradient)}: the larger component takes all,"
        f" {vector_text(s.direction)}.",
    )


@BANK.exercise("norm-newton", topic="norms", title="Steepest in a quadratic norm")
def _norm_newton(dice: Dice) -> Drawn:
    a, b = dice.whole(1, 5), dice.whole(1, 5)
    f = Formula(f"{a}*x^2 + {b}*y^2")
    p = dice.point()
    m = f.at(*p)
    step = floats(-np.linalg.solve(m.hessian, m.gradient))
    prompt = (
        f"{formula(f)}. With the Hessian H as the norm, steepest descent steps to -H⁻¹∇f. Find"
        f" that step at {point_text(p)}."
    )
    return vector(
        prompt,
        step,
        "For a quadratic it leads to the minimum.",
        f"H = diag({2 * a}, {2 * b}), ∇f = {vector_text(m.gradient)}: the step is"
        f" {vector_text(step)}.",
    )
