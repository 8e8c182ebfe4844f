"""Certified critical points against codac's paver, side by side.

    python benchmarks/bench_critical.py [--repeat 7]

codac (C++) paves the box with CtcInverse of ∇f = 0 to 1e-6: outer boxes, no proof that there
is a point in any of them, or only one. steepest goes from the text to the full certificate,
with kinds, values and the winding number, kernel compilation included. The runs alternate and
the best of each counts, so that a busy machine slows both alike. Building codac's function is
not timed, steepest's parsing and differentiating is.
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from steepest.critical.points import critical_points
from steepest.expression.graph import Node, topological
from steepest.functions.formula import Formula

codac: Any = import_module("codac")

HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
CAMEL = "(4 - 2.1x^2 + x^4/3)x^2 + x*y + (4y^2 - 4)y^2"
RASTRIGIN = "20 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y)"
WAVES = "sin(3x) cos(2y) + sin(x + 5y)/2 + (x^2 + y^2)/200"
PERIODIC = "sin(x) + sin(y)"
STYBLINSKI = "(" + " + ".join(f"x{i}^4 - 16x{i}^2 + 5x{i}" for i in (1, 2, 3, 4)) + ")/2"

#: Name, formula, box, whether codac runs too.
CASES = (
    ("Himmelblau", HIMMELBLAU, [(-5, 5)] * 2, True),
    ("six-hump camel", CAMEL, [(-3, 3), (-2, 2)], True),
    ("Rastrigin", RASTRIGIN, [(-5.12, 5.12)] * 2, True),
    ("waves", WAVES, [(-20, 20.5)] * 2, True),
    ("Styblinski-Tang, 4 variables", STYBLINSKI, [(-5, 5)] * 4, False),
    ("sin x + sin y, 316 half waves a side", PERIODIC, [(0.3, 993)] * 2, False),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Certified critical points against codac")
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    critical_points("x^2 + y^2", [(-1, 1)] * 2)  # imports and caches
    print(f"{'':38}{'points':>8}{'complete':>10}{'steepest':>12}{'codac':>12}{'ratio':>8}")
    rate = 0.0
    for name, text, box, paired in CASES:
        pave = codac_paver(Formula(text), box) if paired else None
        ours, theirs, points, complete = race(text, box, pave, repeat)
        other = f"{theirs * 1e3:9.1f} ms{theirs / ours:7.1f}x" if paired else ""
        print(f"{name:38}{points:8}{complete!s:>10}{ours * 1e3:9.1f} ms{other}")
        rate = points / ours
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rate:,.0f} certified points a second in the last row; peak memory {peak:.0f} MB")


def race(
    text: str, box: Sequence[tuple[float, float]], pave: Callable[[], object] | None, repeat: int
) -> tuple[float, float, int, bool]:
    """The best times of steepest and of codac, how many points there are, and whether all."""
    ours = theirs = float("inf")
    points, complete = 0, False
    for _ in range(repeat):
        start = time.perf_counter()
        found = critical_points(text, box)
        ours = min(ours, time.perf_counter() - start)
        points, complete = len(found), found.complete
        if pave is not None:
            start = time.perf_counter()
            pave()
            theirs = min(theirs, time.perf_counter() - start)
    return ours, theirs, points, complete


def codac_paver(f: Formula, box: Sequence[tuple[float, float]]) -> Callable[[], object]:
    """A function that paves the critical points of f with codac."""
    x = codac.VectorVar(f.dim)
    variables = {name: x[i] for i, name in enumerate(f.variables)}
    components = [to_codac(node, variables) for node in f.gradient_nodes]
    contractor = codac.CtcInverse(codac.AnalyticFunction([x], components), [0.0] * f.dim)
    start = codac.IntervalVector([list(side) for side in box])
    return lambda: codac.pave(start, contractor, 1e-6)


def to_codac(root: Node, variables: dict[str, Any]) -> Any:
    """The graph as a codac expression."""
    made: dict[Node, Any] = {}
    value: Any
    for node in topological([root]):
        args, value = [made[a] for a in node.args], node.value
        if node.op == "var":
            made[node] = variables[value]
        elif node.op == "const":
            made[node] = float(value)
        elif node.op == "pi":
            made[node] = codac.PI
        elif node.op == "ipow":
            made[node] = codac.sqr(args[0]) if value == 2 else codac.pow(args[0], value)
        else:
            made[node] = _CODAC[node.op](*args)
    return made[root]


_CODAC = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "sin": codac.sin,
    "cos": codac.cos,
    "exp": codac.exp,
}


if __name__ == "__main__":
    main()
