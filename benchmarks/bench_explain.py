"""What explaining and marking cost in processor time: derivations, graphs, verdicts.

python benchmarks/bench_explain.py
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from answers import right_answers, wrong_answers
from steepest import Formula, check_gradient, computational_graph, derivation
from steepest.explain.exercises import exercises
from steepest.expression.graph import count_operations

LONG = {
    "two variables": "sin(x*y)^2*exp(-x^2/2)/(1+y^2) + log(1+x^2+y^2)*sqrt(1+x^4)"
    " - tanh(x+2y)*cos(x-y)^3 + (x^2+y-11)^2 + (x+y^2-7)^2*atan(x*y) + x*y/(1+exp(-x))"
    " + max(x,y)*sigmoid(x-y)",
    "three variables": "sin(cos(sin(cos(sin(x)*y)*x)*y)*x) + exp(sin(x)^2+cos(y)^2)"
    "*log(1+x^2*y^2) + sqrt(1+x^2+y^2+z^2)*tanh(x*y*z) + x/(y^2+z^2+1) + z^3*cos(x)",
    "one variable": "sin(x)^2*exp(-x^2/2)/(1+x^2) + log(1+x^2)*sqrt(1+x^4) - tanh(3x)*cos(x)^3"
    " + (x^2-11)^2*atan(x) + x/(1+exp(-x)) + x^x + erf(x)*asinh(x^3) - 2^x*cbrt(x)",
}
LARGE = " + ".join(f"sin({k}x+y)*exp(-{k}y^2)*z^{k + 2}" for k in range(1, 20))


def milliseconds(job: Callable[[], object], repeat: int = 7) -> float:
    """The median time of `job`."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def derivations() -> None:
    print("derivation(f) with all its text (goal: below 100 ms for 50 operations)")
    for name, text in LONG.items():
        steps = len(derivation(Formula(text)).steps)
        count = count_operations([Formula(text).node])
        took = milliseconds(lambda text=text: derivation(Formula(text)))
        shown = milliseconds(lambda text=text: str(derivation(Formula(text))))
        print(
            f"  {name}: {count} operations, {steps} steps, {took:.0f} ms; with text {shown:.0f} ms"
        )


def graphs() -> None:
    graph = computational_graph(LARGE, (1.0, 0.2, 0.3))
    took = milliseconds(lambda: computational_graph(LARGE, (1.0, 0.2, 0.3)))
    print(f"computational_graph of {len(graph.nodes)} nodes: {took:.1f} ms")


def verdicts() -> None:
    print("check_gradient (goal: below 200 ms at p99)")
    check_gradient(Formula("log(x)"), "1/abs(x)")  # loads SymPy
    answers = {"right": right_answers(), "wrong": [(f, text) for f, text, _ in wrong_answers()]}
    for kind, given in answers.items():
        times, passed = [], 0
        for f, text in given:
            fresh = Formula(f.node, f.variables)
            start = time.process_time()
            passed += bool(check_gradient(fresh, text))
            times.append(1000 * (time.process_time() - start))
        cuts = statistics.quantiles(times, n=100)
        print(
            f"  {len(given)} {kind} answers: {passed} accepted;"
            f" p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(times):.1f} ms"
        )


def drawing() -> None:
    count = len(exercises())
    print(f"drawing all {count} exercises: {milliseconds(lambda: exercises(seed=1), 3):.0f} ms")


if __name__ == "__main__":
    derivations()
    graphs()
    verdicts()
    drawing()
