"""Whole processes, paired and interleaved: `python benchmarks/bench_startup.py [pairs]`."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from machine import machine, verdict

PYTHON = [sys.executable, "-c"]


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def paired(first: list[str], second: list[str], pairs: int) -> tuple[list[float], list[float]]:
    """Both commands in turn, `pairs` times, after one run of each that does not count."""
    seconds(first), seconds(second)
    times = [(seconds(first), seconds(second)) for _ in range(pairs)]
    return [a for a, _ in times], [b for _, b in times]


def main() -> None:
    """Prints each figure with its limit."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(machine())
    print(f"medians of {pairs} pairs")
    for what in ("import steepest", "from steepest import Formula"):
        ours, numpys = paired([*PYTHON, what], [*PYTHON, "import numpy"], pairs)
        extra = 1000 * statistics.median(a - b for a, b in zip(ours, numpys, strict=True))
        print(f"{what:<58}{1000 * statistics.median(ours):9.2f} ms")
        print(f"{'import numpy':<58}{1000 * statistics.median(numpys):9.2f} ms")
        if what == "import steepest":
            print(verdict("import steepest, more than import numpy", extra, 15))
    command = shutil.which("steepest", path=str(Path(sys.executable).parent)) or "steepest"
    explore = [command, "explore", "x^2 + 3y^2", "--at", "1,2", "--json"]
    whole, sympys = paired(explore, [*PYTHON, "import sympy"], pairs)
    ratio = statistics.median(a / b for a, b in zip(whole, sympys, strict=True))
    print(f"{'steepest explore ... --json':<58}{1000 * statistics.median(whole):9.2f} ms")
    print(f"{'import sympy':<58}{1000 * statistics.median(sympys):9.2f} ms")
    print(verdict("ratio of the two", ratio, 0.7, ""))


if __name__ == "__main__":
    main()
