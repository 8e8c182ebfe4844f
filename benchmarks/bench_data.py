"""Formulas over data against numpy written by hand, and where machine code pays for small data,

and how long answers and derivations take.

python benchmarks/bench_data.py
"""

from __future__ import annotations

import time

import numpy as np
from machine import machine, milliseconds

from steepest import FixedStep, Formula, check_gradient, derivation, descend_many
from steepest.descent import many
from steepest.evaluate.numpy import FloatArray

_RNG = np.random.default_rng(0)


def against_numpy(rows: int, columns: int) -> None:
    """Value and gradient, and the Hessian, of three losses."""
    X, y = _RNG.normal(size=(rows, columns)), _RNG.normal(size=rows)
    signs, w = np.sign(y), _RNG.normal(size=columns)

    def least_squares(w: FloatArray) -> tuple[float, FloatArray]:
        r = X @ w - y
        return float(r @ r) / rows, 2 / rows * (X.T @ r)

    def logistic(w: FloatArray) -> tuple[float, FloatArray]:
        e = np.exp(-signs * (X @ w))
        return float(np.mean(np.log(1 + e))), -(X.T @ (signs * e / (1 + e))) / rows

    x = X[:, 0].copy()

    def line(w: FloatArray) -> tuple[float, FloatArray]:
        r = w[1] * x + w[0] - y
        return float(np.mean(r**2)), np.array([2 * np.mean(r), 2 * np.mean(x * r)])

    print(f"{rows:,} × {columns} data: value and gradient, ms (goal: at most 2 × by hand)")
    jobs = [
        ("least squares", "mean((X@w - y)^2)", {"X": X, "y": y}, least_squares, w),
        ("logistic loss", "mean(log(1 + exp(-y*(X@w))))", {"X": X, "y": signs}, logistic, w),
        ("a line", "mean((w*x + b - y)^2)", {"x": x, "y": y}, line, w[:2]),
    ]
    for name, text, data, by_hand, point in jobs:
        f = Formula(text, data=data)
        value, gradient = f.values_and_gradients(point[None])
        for mine, its in zip((value[0], gradient[0]), by_hand(point), strict=True):
            np.testing.assert_allclose(mine, its, rtol=1e-9)
        ours, theirs = [], []
        for _ in range(5):  # in turns, so that both meet the same machine
            ours.append(milliseconds(lambda f=f, p=point: f.values_and_gradients(p[None]), 5))
            theirs.append(milliseconds(lambda h=by_hand, p=point: h(p), 5))
        print(
            f"  {name:14} steepest {min(ours):6.2f}   numpy by hand {min(theirs):6.2f}"
            f"   ratio {min(ours) / min(theirs):.2f}"
        )
        took = milliseconds(lambda f=f, p=point: f.hessians(p[None]), 3)
        print(f"  {'':14} its Hessian {took:.2f}")


def machine_code() -> None:
    """Many descents over small data: in numpy, and written out as machine code."""
    print("descents over small data, 200 steps, ms: numpy; machine code the first time, then")
    for rows, starts in ((10, 1000), (50, 1000), (50, 10_000), (200, 1000)):
        X = _RNG.normal(size=(rows, 2))
        f = Formula("mean(softplus(-y*(X@w)))", data={"X": X, "y": np.sign(X[:, 0])})
        first = _RNG.normal(size=(starts, 2))
        times = []
        for compiled in (False, True, True):
            many.worth_compiling = lambda tape, steps, answer=compiled: answer
            started = time.perf_counter()
            descend_many(f, first, FixedStep(0.5), max_steps=200)
            times.append(1000 * (time.perf_counter() - started))
        print(
            f"  {rows:4} rows, {starts:6,} starts:"
            f" {times[0]:6.0f};  {times[1]:6.0f}, {times[2]:5.0f}"
        )


def explained() -> None:
    """Derivations, and verdicts on right and wrong answers, over 1,000 × 10 data."""
    X = _RNG.normal(size=(1000, 10))
    y = np.sign(X[:, 0])
    losses = {
        "mean((X@w - y)^2)": ["2X'@(X@w - y)/1000", "X'@(X@w - y)/1000", "2X'@(X@w - y)", "X@w"],
        "mean(log(1 + exp(-y*(X@w))))": [
            "-X'@(y*sigmoid(-y*(X@w)))/1000", "X'@(y*sigmoid(-y*(X@w)))/1000", "X'@exp(X@w)",
        ],
        "mean(softplus(-y*(X@w))) + 0.1*norm(w)^2": ["-X'@(y*sigmoid(-y*(X@w)))/1000 + 0.2w", "w"],
    }  # fmt: skip
    print("1,000 × 10 data, ms: a derivation (goal 100); the slowest verdict (goal 200)")
    for text, answers in losses.items():
        f = Formula(text, data={"X": X, "y": y})
        work = milliseconds(lambda f=f: derivation(f), 3)
        verdicts = [milliseconds(lambda f=f, a=a: check_gradient(f, a), 3) for a in answers]
        print(f"  {text:42} {work:6.1f}  {max(verdicts):6.1f}")
    small = Formula("mean((X@w - y)^2)", data={"X": X[:20, :3], "y": y[:20]})
    answers = ["2X'@(X@w - y)/20", "X'@(X@w - y)/20", "X'@sin(X@w)", "0"]
    slowest = max(milliseconds(lambda a=a: check_gradient(small, a), 3) for a in answers)
    print(f"  {'20 × 3 data, marked exactly':42} {'':6}  {slowest:6.1f}")


if __name__ == "__main__":
    print(machine())
    against_numpy(100_000, 10)
    machine_code()
    explained()
