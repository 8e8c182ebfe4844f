"""The lab under load and under attack, beside what is asked of it.

    python benchmarks/bench_lab.py [--requests 1000] [--seconds 5]

A search that takes half a minute runs while another client asks for the page, for the lab's
state and for small pieces of work; then searches are cancelled one after the other; then come
hostile requests of eight kinds from four clients at once. ! marks what misses its aim. "cancel"
is measured from closing the connection until the process that searched has ended.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from machine import machine

from lab_server import LONG, SHORT, Lab, hostile, started

#: Wrong in both components, so that every likely mistake is tried.
ANSWERED = {"key": "gradient-logarithm", "seed": 7, "answer": "2x/(x^2 + 1), sin(y)^2 + 1"}
RATE, ANSWER, VERDICT, CANCEL = 21.0, 50.0, 200.0, 100.0  # a second; milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    print(machine())
    with started() as lab:
        lab.work("critical", SHORT)
        time.sleep(3)  # the spare worker warms up
        while_it_searches(lab, given.seconds)
        cancels(lab)
        attacks(lab, given.requests)


def while_it_searches(lab: Lab, seconds: float) -> None:
    """How often progress is told, and how soon others are answered meanwhile."""
    others = {
        "the page": lambda: lab.ask("GET", "/"),
        "its state": lambda: lab.ask("GET", "/status"),
        "a refusal": lambda: lab.ask("POST", "/critical", {"formula": 7, "box": []}),
        "a mistake": lambda: lab.work("symbolic", {"formula": "x^2 + 3sni(y)"}),
        "a verdict": lambda: lab.work("answer", ANSWERED),
        "a gradient": lambda: lab.work("symbolic", {"formula": "x^2 + 3y^2"}),
    }
    for what in ("critical", "basins"):
        question = LONG if what == "critical" else long_walks()
        with lab.working(what, question) as events, ThreadPoolExecutor(1) as watcher:
            next(events)
            end = time.perf_counter() + seconds
            told = watcher.submit(lambda events=events, end=end: count_until(events, end))
            times: dict[str, list[float]] = {name: [] for name in others}
            for name in itertools.cycle(others):
                if time.perf_counter() >= end:
                    break
                times[name].append(milliseconds(others[name]))
                time.sleep(0.01)
            rate = told.result() / seconds
        say(f"progress a second ({what})", f"{rate:.1f}", rate <= RATE, f"≤ {RATE:.0f}")
        for name, taken in times.items():
            high = quantiles(taken, n=20)[-1]
            shown = f"{median(taken):.1f} / {high:.1f} ms"
            aim = VERDICT if name == "a verdict" else ANSWER
            say(f"{name} meanwhile", shown, high <= aim, f"p95 < {aim:.0f} ms")


def long_walks() -> dict[str, object]:
    return {
        **LONG, "rule": "exact", "step_size": None, "norm": "l2",
        "max_steps": 10_000, "resolution": [512, 512],
    }  # fmt: skip


def count_until(events, end: float) -> int:
    count = 0
    for _ in events:
        if time.perf_counter() >= end:
            break
        count += 1
    return count


def milliseconds(work) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def cancels(lab: Lab) -> None:
    """From leaving to the end of the process that worked."""
    taken = []
    for _ in range(20):
        lab.until(running=0)
        with lab.working("critical", LONG) as events:
            next(events)
            busy = lab.workers()
            began = time.perf_counter()
        while busy <= lab.workers():
            time.sleep(0.001)
        taken.append(1000 * (time.perf_counter() - began))
    worst = max(taken)
    shown = f"{median(taken):.1f} / {worst:.1f} ms"
    say("cancel, median / worst", shown, worst < CANCEL, f"< {CANCEL:.0f} ms")


def attacks(lab: Lab, requests: int) -> None:
    """Hostile requests, and what is left of the lab afterwards."""
    lab.until(running=0, waiting=0)
    before = lab.workers()
    with ThreadPoolExecutor(4) as crowd:
        came_back = Counter(crowd.map(lambda number: hostile(lab, number), range(requests)))
    told = lab.until(running=0, waiting=0)
    kinds = {status or "dropped by the client": n for status, n in came_back.items()}
    print(f"{requests} hostile requests: {kinds}")
    restarts = int(lab.process.poll() is not None)
    say("restarts of the server", str(restarts), restarts == 0, "0")
    # One is warm, one worked last, and one more may be idle beside them.
    leaked = max(0, len(lab.workers()) - 3)
    say(f"workers leaked ({len(before)} → {told['workers']})", str(leaked), leaked == 0, "0")


def say(what: str, measured: str, reached: bool, aim: str) -> None:
    print(f"{what:34}{measured:>18}{' ' if reached else '!'}  (aim {aim})", flush=True)


if __name__ == "__main__":
    main()
