"""Parsing and differentiating: `python benchmarks/bench_expression.py`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from machine import machine, milliseconds, verdict

from steepest.expression.differentiate import gradient, hessian
from steepest.expression.graph import Node, build, count_operations, variable
from steepest.expression.parse import parse

# X stands for a variable that is new each time.
ORDINARY = {
    "x^2 + 3y^2": "X^2 + 3y^2",
    "Himmelblau's function": "(X^2 + y - 11)^2 + (X + y^2 - 7)^2",
    "Rastrigin's function": "20 + X^2 - 10cos(2pi*X) + y^2 - 10cos(2pi*y)",
    "Ackley's function": (
        "-20exp(-0.2sqrt((X^2 + y^2)/2)) - exp((cos(2pi*X) + cos(2pi*y))/2) + 20 + e"
    ),
}


def fresh(work: Callable[[str], object]) -> Callable[[], object]:
    """`work` on a variable name of its own each time, so that no node is there already."""
    count = 0

    def run() -> object:
        nonlocal count
        count += 1
        return work(f"v{count}")

    return run


def nested_sines(name: str) -> list[list[Node]]:
    """Gradient and Hessian of fifty nested sines."""
    node = variable(name)
    for _ in range(50):
        node = build("sin", node)
    return hessian(gradient(node, [name]), [name])


def long_formula(name: str) -> str:
    """A formula of 1,000 operations."""
    # Five operations a term, and one that joins it to the next.
    terms = (f"sin({name}*{k + 2})^2/(1+{name})" for k in range(166))
    return "+".join(terms) + f"+3{name}-{name}-1"


def cold_parse() -> float:
    """Milliseconds of the first parse in a new process, the building of the parser included."""
    code = (
        "from steepest.expression.parse import parse; import time; t = time.perf_counter();"
        "parse('x^2 + 3y^2'); print(1000 * (time.perf_counter() - t))"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
        for _ in range(7)
    ]
    return sorted(runs)[3]


def main() -> None:
    """Prints each figure with its limit."""
    print(machine())
    for name, formula in ORDINARY.items():
        warm = milliseconds(fresh(lambda v, formula=formula: parse(formula.replace("X", v))), 201)
        print(verdict(f"parse {name}, warm", warm, 1))
    print(f"{'first parse of a process (median of 7)':<58}{cold_parse():9.2f} ms")
    print(verdict("50 nested sines: gradient and Hessian", milliseconds(fresh(nested_sines)), 20))
    operations = count_operations([parse(long_formula("x"))])
    print(f"the long formula: {operations} operations once shared ones are counted once")
    read_long = milliseconds(fresh(lambda v: parse(long_formula(v))))
    whole = milliseconds(fresh(lambda v: gradient(parse(long_formula(v)), [v])))
    print(f"{'  parsed':<58}{read_long:9.2f} ms")
    print(verdict("1,000 operations: parsed and differentiated", whole, 100))


if __name__ == "__main__":
    main()
