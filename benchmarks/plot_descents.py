"""Plots what many descents cost against starts, steps, dimension and threads.

    python benchmarks/plot_descents.py costs.png

Times are processor time (of one thread, except in the last panel), the least of several runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

import steepest as st
from steepest.descent.compiled import CompiledWalk
from steepest.evaluate.native import Stop, available, run_chunks

HIMMELBLAU = "(x^2+y-11)^2 + (x+y^2-7)^2"
RASTRIGIN = "20 + x^2 - 10cos(2pi*x) + y^2 - 10cos(2pi*y)"
STEP_SIZES = {HIMMELBLAU: 5e-4, RASTRIGIN: 1e-5}
NAMES = {HIMMELBLAU: "Himmelblau", RASTRIGIN: "Rastrigin"}


def least(run: Callable[[], None], clock: Callable[[], float], repeat: int = 3) -> float:
    seconds = []
    for _ in range(repeat):
        began = clock()
        run()
        seconds.append(clock() - began)
    return min(seconds)


def cost(f: st.Formula, step_size: float, count: int, steps: int, threads: int = 0) -> float:
    """Seconds for `count` starts and `steps` steps, without compiling.

    With `threads`, seconds on the wall; without, processor time of the one thread there is.
    """
    x = np.random.default_rng(0).uniform(-2, 2, (count, f.dim))
    points, endings = np.empty_like(x), np.zeros(count, dtype=np.int8)
    taken, stop = np.zeros(count, dtype=np.int64), Stop()
    walk = CompiledWalk(f, st.FixedStep(step_size), x)

    def run(first: int, last: int) -> None:
        walk.run(x, steps, 0.0, points, endings, taken, first, last, stop)

    clock = time.perf_counter if threads else time.thread_time
    return least(lambda: run_chunks(run, count, 4096, threads or 1), clock)


def sum_of_squares(n: int) -> st.Formula:
    """A chain of n coupled variables: Σ (xᵢ − xᵢ₋₁)² + xᵢ⁴/10."""
    return st.Formula(lambda x: np.sum((x[1:] - x[:-1]) ** 2) + np.sum(x**4) / 10, dim=n)


def main(path: str) -> None:
    figure = Figure(figsize=(9, 7), layout="constrained")
    panels = figure.subplots(2, 2)
    counts, many = [2**k for k in range(6, 18, 2)], [10, 30, 100, 300, 1000, 3000]
    dims, threads = [2, 3, 5, 10, 20, 50], list(range(1, available() + 1))
    for formula, name in NAMES.items():
        f, eta = st.Formula(formula), STEP_SIZES[formula]
        draw(panels[0, 0], counts, [cost(f, eta, m, 200) for m in counts], name)
        draw(panels[0, 1], many, [cost(f, eta, 2048, k) for k in many], name)
        walls = [cost(f, eta, 131_072, 200, t) for t in threads]
        draw(panels[1, 1], threads, walls, name, log=False)
    chain = [cost(sum_of_squares(n), 1e-3, 2048, 200) for n in dims]
    draw(panels[1, 0], dims, chain, "coupled chain")
    for panel, label in zip(
        panels.flat, ("starts (200 steps)", "steps (2,048 starts)", "variables", "threads"),
        strict=True,
    ):  # fmt: skip
        panel.set(xlabel=label, ylabel="seconds")
        panel.legend(frameon=False)
    figure.savefig(path, dpi=120)


def draw(panel, x: Sequence[int], y: Sequence[float], name: str, log: bool = True) -> None:
    panel.plot(x, y, "o-", label=name)
    if log:
        panel.set(xscale="log", yscale="log")
        panel.minorticks_off()
    else:
        panel.set(xticks=x)
    print(name, *(f"{a}: {b:.4f} s" for a, b in zip(x, y, strict=True)))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "costs.png")
