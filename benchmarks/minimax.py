"""Prints the polynomials of steepest.evaluate.native.elementary, by Remez' exchange.

    python benchmarks/minimax.py

Each polynomial minimizes the largest relative error of the function it stands for. The
coefficients are rounded to doubles at the end, the lowest one first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

Real = Any  # mpmath's numbers have no types
Function = Callable[[Real], Real]


def remez(
    target: Function, weight: Function, low: Real, high: Real, degree: int
) -> tuple[list[Real], Real]:
    """The polynomial p of `degree` that minimizes max |weight·(target − p)|, and that maximum."""
    count = degree + 2
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (count - 1 - k) / (count - 1))
        for k in range(count)
    ]
    error = mp.mpf(0)
    coefficients: list[Real] = []
    for _ in range(30):
        rows = [
            [*(x**j for j in range(degree + 1)), (-1) ** k / weight(x)] for k, x in enumerate(nodes)
        ]
        *coefficients, error = mp.lu_solve(mp.matrix(rows), mp.matrix([target(x) for x in nodes]))

        def deviation(x: Real, c: list[Real] = coefficients) -> Real:
            return weight(x) * (target(x) - mp.polyval(c[::-1], x))

        grid = [low + (high - low) * k / 2000 for k in range(2001)]
        values = [deviation(x) for x in grid]
        peaks = [
            k
            for k in range(2001)
            if abs(values[k]) >= max(abs(values[max(k - 1, 0)]), abs(values[min(k + 1, 2000)]))
        ]
        # Of neighbouring peaks with one sign only the highest counts.
        chosen: list[int] = []
        for k in peaks:
            if chosen and values[chosen[-1]] * values[k] > 0:
                if abs(values[k]) > abs(values[chosen[-1]]):
                    chosen[-1] = k
            else:
                chosen.append(k)
        while len(chosen) > count:
            chosen.pop(0 if abs(values[chosen[0]]) < abs(values[chosen[-1]]) else -1)
        if len(chosen) < count:
            break
        moved = [grid[k] for k in chosen]
        if max(abs(a - b) for a, b in zip(moved, nodes, strict=True)) < (high - low) / 1500:
            break
        nodes = moved
    return coefficients, abs(error)


def sine(z: Real) -> Real:
    """(sin r − r)/r³ at r² = z."""
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / r**3


def sine_weight(z: Real) -> Real:
    """What an error of `sine` does to sin r, relatively."""
    r = mp.sqrt(z)
    return r**3 / mp.sin(r)


def exponential(r: Real) -> Real:
    """(exp r − 1 − r)/r²."""
    return (mp.exp(r) - 1 - r) / r**2 if abs(r) > mp.mpf(10) ** -20 else mp.mpf(1) / 2 + r / 6


def main() -> None:
    mp.mp.dps = 60
    # Near 0 an error of these polynomials is multiplied by almost nothing: no weight there.
    small = mp.mpf(1) / 50
    for terms in (7, 8):
        found, error = remez(sine, sine_weight, small, (mp.pi / 2 + mp.mpf("1e-3")) ** 2, terms - 1)
        show(f"sin, {terms} terms after the first", found, error)
    half = mp.log(2) / 2 * (1 + mp.mpf("1e-3"))
    for terms in (9, 10):
        found, error = remez(exponential, lambda r: half**2 / mp.exp(r), -half, half, terms - 1)
        show(f"exp, {terms} terms after the second", found, error)


def show(title: str, coefficients: list[Real], error: Real) -> None:
    print(f"{title}: relative error {mp.nstr(error, 3)}")
    for c in coefficients:
        print(f"    {float(c)!r},")


if __name__ == "__main__":
    main()
