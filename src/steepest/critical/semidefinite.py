"""Whether a matrix of rational numbers is positive semidefinite, exactly."""

from __future__ import annotations

from fractions import Fraction


def semidefinite(a: list[list[Fraction]]) -> bool:
    """Whether a rational symmetric matrix is positive semidefinite, by exact elimination."""
    a = [row[:] for row in a]
    n = len(a)
    for k in range(n):
        if a[k][k] < 0:
            return False
        if a[k][k] == 0:
            if any(a[k][j] != 0 for j in range(k, n)):
                return False
            continue
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= factor * a[k][j]
    return True
