"""What the page of exercises weighs, and what a verdict of its checker costs.

    python benchmarks/bench_practice.py

The verdicts are those on tests/vectors/practice.json, whose answers Python's checker marks the
same. Times are processor time in Node.js, in the order of the file, so that the first ones hold
what compiling costs.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from steepest.explain.exercises.bank import bank
from steepest.view.practice_page import practice_page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "web"))

import tools  # pyright: ignore[reportMissingImports]  # noqa: E402

AIM = 200.0  # milliseconds at the 99th percentile


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        weigh(Path(folder))
        verdicts(Path(folder))


def weigh(folder: Path) -> None:
    if tools.is_stale():
        tools.build()
    for name, templates in (("one exercise", bank().templates[:1]), ("all", bank().templates)):
        start = time.process_time()
        page = practice_page(templates, folder / "page.html", seed=7).read_bytes()
        took = time.process_time() - start
        print(
            f"page, {name}: {len(page) / 1000:.0f} kB, {len(gzip.compress(page)) / 1000:.0f} kB"
            f" gzipped, written in {took:.1f} s"
        )


def verdicts(folder: Path) -> None:
    bundle = folder / "bench.mjs"
    tools.run(
        "npx", "esbuild", "test/practice-bench.ts", "--bundle", "--platform=node", "--format=esm",
        "--log-level=warning", f"--outfile={bundle}", capture=True,
    )  # fmt: skip
    vectors = ROOT / "tests" / "vectors" / "practice.json"
    command = [*tools.Node.find().node, str(bundle), str(vectors)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for kind in ("right", "wrong"):
        times = told[kind]
        cuts = quantiles(times, n=100)
        mark = "" if cuts[98] <= AIM else " !"
        print(
            f"verdicts on {len(times)} {kind} answers: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"
            f" (aim {AIM:.0f}){mark}, max {max(times):.1f} ms"
        )
    print("components decided by:")
    for how, count in sorted(told["counted"].items(), key=lambda item: -item[1]):
        print(f"  {count:5} {how}")


if __name__ == "__main__":
    main()
