"""What was measured on what: the line that heads every benchmark."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


def machine() -> str:
    """CPU, cores, Python and numpy, on one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_cpu()}, {cores} cores, Python {platform.python_version()}, numpy {np.__version__}"


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def milliseconds(work: Callable[[], object], repeats: int = 21) -> float:
    """The median time of `work`, in milliseconds, after one run that does not count."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def verdict(name: str, value: float, limit: float, unit: str = "ms") -> str:
    """One line: what was measured, the figure to reach, and whether it is."""
    reached = "reached" if value <= limit else "MISSED"
    return f"{name:<58}{value:9.2f} {unit:<2}  limit {limit:g} {unit}  {reached}"
