"""Checks the interval evaluators against statements of the ITF1788 suite.

    git clone https://github.com/oheim/ITF1788
    python tests/soundness/itf1788.py ITF1788/itl/*.itl

The suite (Apache licence) is not part of this project. A statement such as

    sqrt [1.0, 4.0] = [1.0, 2.0];

gives the tightest range of the values on the box, where the function exists there. Ours must
contain it. Operations that the formula language does not have are left out.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from steepest.evaluate.interval.native import NativeIntervals
from steepest.evaluate.interval.numpy import NumpyIntervals
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.tape import Tape

if __package__:
    from soundness.oracle import operation, with_constant
else:  # run as a script
    from oracle import operation, with_constant

EVALUATORS = {"numpy": NumpyIntervals, "native": NativeIntervals}
UNARY = (
    "neg abs sqrt exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
    " sign"
).split()
BINARY = "add sub mul div pow min max atan2".split()

_STATEMENT = re.compile(r"^\s*(\w+)\s+(.*?)\s*=\s*(\[[^]]*\])\w*\s*;", re.MULTILINE)
_TOKEN = re.compile(r"\[[^]]*\](?:_\w+)?|[^\s\[]+")

Bounds = tuple[float, float]


def tape_of(name: str, exponent: int | None) -> Tape | None:
    """The tape of an operation of the suite, None if the language has none like it."""
    if name in UNARY or name in BINARY:
        return operation(name, 1 if name in UNARY else 2)
    if name == "recip":
        return with_constant("div", Fraction(1), first=True)
    if name == "sqr":
        return operation("ipow", 1, 2)
    if name == "pown" and exponent is not None and abs(exponent) <= 1024:
        return operation("ipow", 1, exponent)
    return None


def interval(text: str) -> Bounds | None:
    """[1.0, infinity] as numbers; None for [empty] and [nai]."""
    inside = text[1 : text.index("]")].strip()
    if inside in ("empty", "nai"):
        return None
    if inside == "entire" or not inside:
        return -np.inf, np.inf
    parts = [number(part) for part in inside.split(",")]
    return parts[0], parts[-1]


def number(text: str) -> float:
    """A decimal, a hexadecimal float or an infinity."""
    text = text.strip().lower().replace("infinity", "inf")
    return float.fromhex(text) if "0x" in text else float(text)


def statements(text: str) -> Iterator[tuple[str, Tape, list[Bounds], Bounds | None]]:
    """The applicable statements: what they say, a tape, the operands, the expected range."""
    for match in _STATEMENT.finditer(text):
        name, left, right = match.groups()
        tokens = _TOKEN.findall(left)
        boxes = [interval(token) for token in tokens if token.startswith("[")]
        plain = [token for token in tokens if not token.startswith("[")]
        exponent = int(plain[0]) if plain and re.fullmatch(r"[+-]?\d+", plain[0]) else None
        tape = tape_of(name, exponent)
        operands = [box for box in boxes if box is not None]
        if tape is None or len(operands) < len(boxes) or len(operands) != len(tape.variables):
            continue
        # Bounds that overflow a double, such as [1e400, infinity], are no boxes of ours.
        if all(lo < np.inf and hi > -np.inf for lo, hi in operands):
            yield match.group(0).strip(), tape, operands, interval(right)


@cache
def evaluator_of(kind: str, tape: Tape) -> Any:
    """The evaluator of a tape; machine code is compiled once."""
    return EVALUATORS[kind](tape)


def fault(kind: str, tape: Tape, operands: list[Bounds], expected: Bounds | None) -> str:
    """What is wrong with our answer, or nothing."""
    lo, hi = np.array(operands).T[..., None]
    found = evaluator_of(kind, tape)(lo.copy(), hi.copy())
    low, high, flags = float(found.lo[0, 0]), float(found.hi[0, 0]), int(found.flags[0])
    if expected is None:
        return (
            "" if flags & (Flag.UNDEFINED | Flag.NOWHERE) else "it exists nowhere, and we say not"
        )
    if flags & Flag.NOWHERE:
        return "we say that it exists nowhere"
    if np.isnan(low) or np.isnan(high) or low > expected[0] or high < expected[1]:
        return f"ours is [{low!r}, {high!r}]"
    return ""


def main() -> int:
    """Read the files, check, print."""
    parser = argparse.ArgumentParser(description="Checks intervals against ITF1788")
    parser.add_argument("files", nargs="+", type=Path)
    files = parser.parse_args().files
    cases = [case for path in files for case in statements(path.read_text())]
    failed = False
    for name in EVALUATORS:
        faults = [
            f"{text} {why}"
            for text, tape, operands, expected in cases
            if (why := fault(name, tape, operands, expected))
        ]
        print(f"{name}: {len(cases):,} statements, {len(faults)} misses")
        for line in faults[:20]:
            print("  " + line)
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
