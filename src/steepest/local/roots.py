"""Roots of series: an even leading power halves, an odd one gives √t."""

from __future__ import annotations

from fractions import Fraction

from steepest.local import balls
from steepest.local.series import Algebra, Leaves, Series, leading


def root(k: Algebra, a: Series, degree: int) -> Series:
    """The positive root of a series that is not negative."""
    lead = leading(a)
    if lead is None:
        return a
    exponent, coefficient, _ = lead
    factor = balls.root(coefficient, degree)
    part = k.binomial(k.beyond(a, lead), Fraction(1, degree))
    return k.scale(part, factor, Fraction(exponent, degree))


def square_root(k: Algebra, a: Series) -> Series:
    """√a; Leaves where a is negative."""
    lead = leading(a)
    if lead is not None and lead[2] < 0:
        raise Leaves("takes the square root of a negative number")
    return root(k, a, 2)


def cube_root(k: Algebra, a: Series) -> Series:
    """The real cube root."""
    lead = leading(a)
    if lead is not None and lead[2] < 0:
        return k.scale(root(k, k.scale(a, Fraction(-1)), 3), Fraction(-1))
    return root(k, a, 3)
