"""What many descents are measured against: hand-written C under gcc, and a loop of numpy."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import steepest as st

HERE = Path(__file__).parent
STEPS = 500


def timed(run: Callable[[], Any], repeat: int = 5) -> tuple[float, float]:
    """Wall and CPU seconds of the fastest run."""
    walls, cpus = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


class HandWritten:
    """descents.c under gcc, with the block that is fastest here."""

    def __init__(self, name: str, x: np.ndarray, eta: float, threads: int) -> None:
        self.x, self.points, self.eta = x, np.empty_like(x), eta
        os.environ["OMP_NUM_THREADS"] = str(threads)
        self.folder = tempfile.TemporaryDirectory()
        found = []
        for block in (16, 32, 64, 128):
            began = time.perf_counter()
            library = self._compile(block)
            seconds = time.perf_counter() - began
            library.omp_set_num_threads(threads)
            function = getattr(library, name)
            function.argtypes = [
                ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_double,
            ]  # fmt: skip
            found.append((timed(lambda f=function: self._run(f), 2)[1], block, seconds, function))
        _, self.block, self.compile_seconds, self.function = min(found, key=lambda t: t[0])

    def _compile(self, block: int) -> ctypes.CDLL:
        target = Path(self.folder.name) / f"descents{block}.so"
        part = target.with_suffix(".o")
        flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-fPIC", f"-DBLOCK={block}"]
        subprocess.run(["gcc", "-c", *flags, HERE / "descents.c", "-o", part], check=True)
        # Linked without -ffast-math, which would make loading the library flush subnormal numbers
        # to zero in this whole process.
        subprocess.run(["gcc", "-shared", "-fopenmp", part, "-o", target, "-lm"], check=True)
        return ctypes.CDLL(str(target))

    def _run(self, function: Any) -> None:
        function(self.x.ctypes.data, self.points.ctypes.data, len(self.x), STEPS, self.eta)

    def __call__(self) -> None:
        self._run(self.function)


def numpy_loop(formula: str, x: np.ndarray, eta: float) -> None:
    """A loop of a numpy gradient with shared subexpressions, in blocks that fit the cache."""
    from steepest.evaluate.numpy import NumpyEvaluator
    from steepest.evaluate.tape import Tape

    f = st.Formula(formula)
    gradient = NumpyEvaluator(Tape.record(f.gradient_nodes, f.variables))
    for first in range(0, len(x), 8192):
        part = x[first : first + 8192].copy()
        for _ in range(STEPS):
            part -= eta * gradient(part).T
