"""Are the published optima of test functions right? Each is checked by a rigorous search.

    pip install banana-bench opfunu
    python examples/audit_published_optima.py [--seconds 5] [--package banana-bench]

Takes every function of two variables from packages on PyPI, turns their Python code into
formulas by running it once on symbols, and certifies the global minimum over the published
domain. What the packages claim is then one of

    confirmed    the proved bounds of the minimum agree with the published value
    refuted      a point with a proved lower value exists, or the value is proved never reached
    not proved   the search ran out of its budget first

It prints a table in Markdown; docs/audit.md holds one.
"""

import argparse
import contextlib
import functools
import importlib
import inspect
import io
import operator
import string
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

import steepest as st
from steepest.errors import TraceError


@dataclass(frozen=True)
class Claim:
    """What a package says: its function (on an array of two), box and smallest value."""

    package: str
    name: str
    module: ModuleType
    function: Callable[[Any], Any]
    box: Sequence[tuple[float, float]]
    value: float


class SymbolicNumpy:
    """numpy for code that is run on symbols: conversions to float leave symbols alone."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def asarray(self, values: Any, *_: Any, **__: Any) -> Any:
        if isinstance(values, list | tuple):
            return np.array(values, dtype=object)
        return values

    array = atleast_1d = asarray

    def prod(self, values: Any, *_: Any, **__: Any) -> Any:
        return functools.reduce(operator.mul, list(values))


@contextlib.contextmanager
def symbolic(module: ModuleType) -> Iterator[None]:
    """`module` with the numpy above in place of its own."""
    own = module.np
    module.np = SymbolicNumpy()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.np = own  # type: ignore[attr-defined]


def banana_bench() -> Iterator[Claim]:
    """The functions of banana-bench that have, or can have, two variables."""
    functions = importlib.import_module("bananabench.functions")
    suite = importlib.import_module("bananabench.metadata").BENCHMARK_SUITE
    for name, entry in suite.items():
        value = entry.get("known_minimum")
        if value is None or not (entry["default_dim"] == 2 or "scalable" in entry["properties"]):
            continue
        # A minimum that depends on the number of variables is published for the default one.
        if entry["default_dim"] != 2 and value != 0:
            continue
        box = list(entry["bounds"]) * (2 if len(entry["bounds"]) == 1 else 1)
        yield Claim("banana-bench", name, functions, entry["function"], box[:2], float(value))


def opfunu() -> Iterator[Claim]:
    """The named functions of opfunu that have, or can have, two variables."""
    for letter in string.ascii_lowercase:
        try:
            module = importlib.import_module(f"opfunu.name_based.{letter}_func")
        except ModuleNotFoundError as error:
            if error.name == "opfunu":
                raise
            continue
        for name, kind in vars(module).items():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__:
                continue
            with contextlib.redirect_stdout(io.StringIO()):
                problem = two_dimensional(kind)
            if problem is not None and np.isfinite(problem.f_global):
                box = [(float(lo), float(hi)) for lo, hi in problem.bounds]
                yield Claim("opfunu", name, module, problem.evaluate, box, float(problem.f_global))


def two_dimensional(kind: type) -> Any:
    """An instance of an opfunu class with two variables, or None."""
    for arguments in ({"ndim": 2}, {}):
        with contextlib.suppress(Exception):
            problem = kind(**arguments)
            if problem.ndim == 2:
                return problem
    return None


PACKAGES = {"banana-bench": banana_bench, "opfunu": opfunu}


def digits(value: float) -> float:
    """How far from a published number the exact one may be, from the digits it is given to."""
    decimals = len(repr(value).partition("e")[0].partition(".")[2])
    if decimals <= 1:
        return 1e-6  # a whole number, or one digit, is meant exactly
    return max(0.6 * 10.0**-decimals, 1e-9 * abs(value))


def audit(claim: Claim, seconds: float) -> tuple[str, str]:
    """The verdict on a claim, and what is proved."""
    with symbolic(claim.module):
        f, again = (
            st.Formula(lambda x: claim.function(x), variables=("x", "y"), dim=2) for _ in range(2)
        )
    if f != again:
        raise TraceError(f"{claim.name} is random")
    best = st.global_minimum(f, claim.box, seconds=seconds)
    lo, hi = best.value_bounds
    slack = digits(claim.value)
    proved = f"[{lo:.8g}, {hi:.8g}]"
    if hi < claim.value - slack:
        place = ", ".join(f"{x:.6g}" for x in best.point or ())
        return "refuted", f"f({place}) ≤ {hi:.8g}"
    if lo > claim.value + slack:
        return "refuted", f"never reached: the minimum is in {proved}"
    if lo >= claim.value - slack and hi <= claim.value + slack:
        return "confirmed", proved
    return "not proved", f"the minimum is in {proved}"


def main() -> None:
    """Read the command line, audit, print the table."""
    parser = argparse.ArgumentParser(description="Audit published optima of test functions")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each function")
    parser.add_argument("--package", choices=PACKAGES, action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of the packages
    counts = {"confirmed": 0, "refuted": 0, "not proved": 0}
    skipped: list[str] = []
    started = time.perf_counter()
    print("| package | function | domain | published | verdict | proved |")
    print("| --- | --- | --- | --- | --- | --- |")
    for package in options.package or PACKAGES:
        for claim in PACKAGES[package]():
            try:
                verdict, proved = audit(claim, options.seconds)
            except (TraceError, st.SteepestError):
                skipped.append(claim.name)
                continue
            counts[verdict] += 1
            box = " × ".join(f"[{lo:g}, {hi:g}]" for lo, hi in claim.box)
            name = f"{claim.name} | {box} | {claim.value!r}"
            print(f"| {package} | {name} | {verdict} | {proved} |", flush=True)
    total = sum(counts.values())
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
    print(f"\n{total} functions in {time.perf_counter() - started:.0f} s: {verdicts}.")
    if skipped:
        print(
            "Not examined, because they branch on values, round, draw random numbers or need more"
            f" variables: {', '.join(skipped)}."
        )


if __name__ == "__main__":
    main()
