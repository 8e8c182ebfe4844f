"""What many descents cost, beside hand-written C, JAX and numpy, in one run.

    python benchmarks/bench_descents.py compare [--jax PYTHON] [--starts N]
    python benchmarks/bench_descents.py rules
    python benchmarks/bench_descents.py threads
    python benchmarks/bench_descents.py basins
    python benchmarks/bench_descents.py interrupt

262,144 starts, 500 fixed steps, float64. The step sizes are so short that no descent ends
before its last step: everybody does the same work. Times are the least of several runs, so
that other programs on the machine count little; "CPU" is processor time of all threads.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from descent_rivals import HERE, STEPS, HandWritten, numpy_loop, timed
from machine import machine

import steepest as st
from steepest.descent.compiled import CompiledWalk
from steepest.evaluate.native import KERNELS, Stop, available, host, run_chunks
from steepest.rules.base import Rule

COUNT = 262_144
PROBLEMS = {
    "himmelblau": ("(x^2+y-11)^2 + (x+y^2-7)^2", 5e-4),
    "rastrigin": ("20 + x^2 - 10cos(2pi*x) + y^2 - 10cos(2pi*y)", 1e-5),
}
KNOWN_BOXES = {
    "himmelblau": ("(x^2+y-11)^2 + (x+y^2-7)^2", "-5,5,-5,5", 0.01),
    "six-hump camel": ("(4-2.1x^2+x^4/3)x^2+x*y+(4y^2-4)y^2", "-3,3,-2,2", 0.005),
    "rastrigin": ("20+x^2-10cos(2pi*x)+y^2-10cos(2pi*y)", "-5.12,5.12,-5.12,5.12", 0.001),
    "styblinski-tang": ("(x^4-16x^2+5x+y^4-16y^2+5y)/2", "-5,5,-5,5", 0.01),
    "rosenbrock": ("(1-x)^2+100(y-x^2)^2", "-5,10,-5,10", 0.0002),
    "beale": ("(1.5-x+x*y)^2+(2.25-x+x*y^2)^2+(2.625-x+x*y^3)^2", "-4.5,4.5,-4.5,4.5", 0.0005),
    "branin": ("(y-5.1x^2/(4pi^2)+5x/pi-6)^2+10(1-1/(8pi))cos(x)+10", "-5,10,0,15", 0.02),
}


def starts(count: int = COUNT, dim: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(-5, 5, (count, dim))


class Native:
    """Our own kernel, without the judging of ends: what the others do."""

    def __init__(self, formula: str, rule: Rule, x: np.ndarray, threads: int) -> None:
        self.f, self.rule, self.x, self.threads = st.Formula(formula), rule, x, threads
        self.points = np.empty_like(x)
        self.endings = np.zeros(len(x), dtype=np.int8)
        self.steps = np.zeros(len(x), dtype=np.int64)
        self.f.gradient_tape  # noqa: B018  (derivatives are not part of compiling)
        KERNELS.clear()
        began = time.perf_counter(), time.thread_time()
        self.walk = CompiledWalk(self.f, rule, x)
        self.compile_seconds = time.perf_counter() - began[0]
        self.compile_cpu = time.thread_time() - began[1]

    def __call__(self, max_steps: int = STEPS) -> None:
        stop = Stop()

        def chunk(first: int, last: int) -> None:
            self.walk.run(
                self.x, max_steps, 0.0, self.points, self.endings, self.steps, first, last, stop
            )

        run_chunks(chunk, len(self.x), 8192, self.threads)


def compare(jax: str | None, count: int) -> None:
    x, threads = starts(count), available()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "starts.npy"
        np.save(file, x)
        for name, (formula, eta) in PROBLEMS.items():
            native = Native(formula, st.FixedStep(eta), x, threads)
            wall, cpu = timed(native, 9)
            assert (native.steps == STEPS).all()
            ours = wall + native.compile_seconds
            print(f"\n{name}: {count:,} starts x {STEPS} steps of {eta}, {threads} threads")
            print(f"{'':34}{'compile ms':>11}{'run ms':>9}{'CPU ms':>9}{'with compiling':>16}")
            row("steepest", native.compile_seconds, wall, cpu, ours, ours)
            hand = HandWritten(name, x, eta, threads)
            other, other_cpu = timed(hand, 9)
            np.testing.assert_allclose(native.points, hand.points, rtol=1e-6)
            row(f"gcc, OpenMP SIMD (block {hand.block})", None, other, other_cpu, other, ours)
            print(f"{'':34}steepest/gcc: run {wall / other:.2f}, CPU {cpu / other_cpu:.2f}")
            if jax is not None:
                out = subprocess.run(
                    [jax, HERE / "descents_jax.py", file, name, str(STEPS), str(eta)],
                    check=True, capture_output=True, text=True,
                ).stdout.split()  # fmt: skip
                compiling, run, used = map(float, out)
                row("JAX, jit of fori_loop", compiling, run, used, compiling + run, ours)
                print(f"{'':34}JAX/steepest: run {run / wall:.1f}, CPU {used / cpu:.1f}")
            few = x[: count // 16]
            slow, slow_cpu = timed(lambda f=formula, e=eta, p=few: numpy_loop(f, p, e), 2)
            row("numpy loop (x16 of 1/16)", None, 16 * slow, 16 * slow_cpu, 16 * slow, ours)
            print(
                f"{'':34}numpy/steepest: run {16 * slow / wall:.0f}, CPU {16 * slow_cpu / cpu:.0f}"
            )


def row(
    name: str, compiling: float | None, run: float, cpu: float | None, total: float, ours: float
) -> None:
    first = "" if compiling is None else f"{1e3 * compiling:.1f}"
    used = "" if cpu is None else f"{1e3 * cpu:.0f}"
    print(
        f"{name:34}{first:>11}{1e3 * run:>9.1f}{used:>9}{1e3 * total:>11.1f}  {total / ours:>5.1f}x"
    )


def rules() -> None:
    """CPU time of one evaluation with its step, and of one step, beside the fixed step's."""
    x = starts(32_768)
    for name, (formula, eta) in PROBLEMS.items():
        print(f"\n{name:14}{'compile ms':>12}{'ns a trial':>12}{'x fixed':>9}{'ns a step':>12}")
        base = 0.0
        for rule in (
            st.FixedStep(eta), st.NormalizedStep(1e-3), st.ClippedStep(eta),
            st.Momentum(eta / 4), st.Nesterov(eta / 4), st.RMSProp(1e-4), st.Adam(1e-4),
            st.Backtracking(10 * eta), st.ExactLineSearch(10 * eta),
        ):  # fmt: skip
            native = Native(formula, rule, x, 1)
            searches = rule.name in ("backtracking", "exact")
            steps = 20 if searches else STEPS
            _, cpu = timed(lambda n=native, s=steps: n(s), 5)
            taken = int(native.steps.sum())
            trials = trials_of(rule, formula, x[:512], steps) * 64 if searches else taken
            per = cpu / trials
            base = base or per
            print(
                f"{rule.name:14}{1e3 * native.compile_cpu:>12.1f}{1e9 * per:>12.2f}"
                f"{per / base:>9.2f}{1e9 * cpu / taken:>12.2f}"
            )


def trials_of(rule: Any, formula: str, x: np.ndarray, steps: int) -> int:
    """How many trials the reference loop makes from `x`."""
    from steepest.descent import loop

    class Counting(st.Formula):
        trials = 0

        def values_and_gradients(self, points: Any) -> Any:
            self.trials += len(points)
            return super().values_and_gradients(points)

    f = Counting(formula)
    loop.walk(f, x, rule, steps, 0.0)
    return f.trials - len(x)


def threads() -> None:
    x = starts()
    for name, (formula, eta) in PROBLEMS.items():
        base = 0.0
        for count in range(1, available() + 1):
            native = Native(formula, st.FixedStep(eta), x, count)
            wall, cpu = timed(native, 9)
            base = base or wall
            print(
                f"{name:12}{count} threads {1e3 * wall:8.1f} ms"
                f"   {base / wall:.2f}x one   CPU {1e3 * cpu:.0f} ms"
            )


def basins() -> None:
    """A whole process each: from the formula to the PNG."""
    for name, (formula, box, eta) in KNOWN_BOXES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable, "-m", "steepest.cli", "basins", formula, "--box", box,
                "--step-size", str(eta), "--resolution", "512", "--json",
                "-o", str(Path(folder) / "map.png"),
            ]  # fmt: skip
            walls, cpus = [], []
            for _ in range(3):
                before, began = os.times(), time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                walls.append(time.perf_counter() - began)
                after = os.times()
                cpus.append(
                    after.children_user + after.children_system
                    - before.children_user - before.children_system
                )  # fmt: skip
            print(f"{name:18}{min(walls):6.2f} s   CPU of all threads {min(cpus):5.2f} s")


_ENDLESS = """
import threading, time
import numpy as np, steepest as st
x = np.random.default_rng(0).uniform(-2, 2, (200_000, 2))
f = st.Formula("(x^2+y-11)^2 + (x+y^2-7)^2")
st.descend_many(f, x[:10], st.FixedStep(1e-9), max_steps=10)
print("ready", flush=True)
try:
    st.descend_many(f, x, st.FixedStep(1e-9), max_steps=10**9)
except KeyboardInterrupt:
    print(time.monotonic(), threading.active_count(), flush=True)
"""


def interrupt() -> None:
    """From Ctrl-C in the middle of an endless run to its end."""
    late = []
    for _ in range(9):
        process = subprocess.Popen(
            [sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.4)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        ended, threads_left = process.stdout.readline().split()
        process.wait()
        late.append(float(ended) - sent)
        assert threads_left == "1"
    late.sort()
    print(
        f"Ctrl-C: median {1e3 * late[4]:.0f} ms, worst of 9 {1e3 * late[-1]:.0f} ms, no thread left"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What many descents cost.")
    parser.add_argument("what", choices=["compare", "rules", "threads", "basins", "interrupt"])
    parser.add_argument("--starts", type=int, default=COUNT, help="fewer for a busy machine")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has JAX")
    chosen = parser.parse_args()
    print(f"{machine()}, vectors of {host().width} doubles")
    if chosen.what == "compare":
        compare(chosen.jax, chosen.starts)
    else:
        {"rules": rules, "threads": threads, "basins": basins, "interrupt": interrupt}[
            chosen.what
        ]()
