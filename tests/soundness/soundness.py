"""Checks interval arithmetic against Arb on as many random enclosures as you like.

    python tests/soundness/soundness.py --enclosures 10000000

Prints what was checked; exit status 1 if any exact value lies outside its range.
"""

import argparse
import sys
import time

import numpy as np
from oracle import OPERATIONS, misses

from steepest.evaluate.interval.native import NativeIntervals
from steepest.evaluate.interval.numpy import NumpyIntervals

EVALUATORS = {"numpy": NumpyIntervals, "native": NativeIntervals}
BATCH = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks interval arithmetic against Arb.")
    parser.add_argument("--enclosures", type=int, default=10_000_000)
    parser.add_argument("--evaluator", choices=EVALUATORS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    for name in options.evaluator or EVALUATORS:
        rng = np.random.default_rng(options.seed)
        start, done, found = time.perf_counter(), 0, []
        while done < options.enclosures:
            checked, new = misses(EVALUATORS[name], rng, min(BATCH, options.enclosures - done))
            done += checked
            found += new
        seconds = time.perf_counter() - start
        print(
            f"{name}: {done:,} enclosures of {len(OPERATIONS)} operations, {len(found)} misses,"
            f" {seconds:.0f} s"
        )
        for line in found[:20]:
            print("  " + line)
        failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
