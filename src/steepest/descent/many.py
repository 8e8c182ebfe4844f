"""descend_many: any number of starts at once, each with its own end."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.descent import judging, loop
from steepest.descent.compiled import CompiledWalk, TracedRule, parameter_columns
from steepest.descent.outcomes import Outcome
from steepest.descent.single import check_limits
from steepest.errors import ParameterError, PointError, TraceError
from steepest.evaluate.choice import worth_compiling
from steepest.evaluate.native.threads import Stop, available, run_chunks
from steepest.local.function import ScalarFunction, graph_of
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]

# Lane steps times operations below which threads and chunks cost more than they bring.
_SMALL: Final = 20_000_000
_LARGEST_CHUNK: Final = 65_536
_NUMPY_CHUNK: Final = 16_384


@dataclass(frozen=True, eq=False)
class Endpoints:
    """Where m descents ended.

    `points` (m, n) are the last points, `values` (m,) f there, `steps` (m,) the steps taken and
    `codes` (m,) the outcomes as indices into `OUTCOMES`; `outcomes` gives them by name.
    """

    function: ScalarFunction = field(repr=False)
    rule: Rule
    points: FloatArray = field(repr=False)
    values: FloatArray = field(repr=False)
    codes: NDArray[np.int8] = field(repr=False)
    steps: NDArray[np.int64] = field(repr=False)

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The `Outcome` of every descent (m,)."""
        table = np.empty(len(judging.OUTCOMES), dtype=object)
        table[:] = judging.OUTCOMES
        return table[self.codes]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many descents ended in each outcome that occurs, the most frequent first."""
        numbers = np.bincount(self.codes, minlength=len(judging.OUTCOMES))
        order = np.argsort(-numbers, kind="stable")
        return {judging.OUTCOMES[k]: int(numbers[k]) for k in order if numbers[k]}

    def ended(self, outcome: Outcome) -> NDArray[np.bool_]:
        """Which descents (m,) ended in `outcome`."""
        return self.codes == judging.CODES[outcome]

    def __len__(self) -> int:
        return len(self.points)

    def __str__(self) -> str:
        lines = [f"{len(self)} descents by {self.rule}"]
        for outcome, count in self.counts.items():
            lines.append(f"  {count:>10,}  {100 * count / len(self):5.1f} %  {outcome.value}")
        return "\n".join(lines)


def descend_many(
    function: ScalarFunction,
    starts: ArrayLike,
    rule: Rule,
    *,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Endpoints:
    """Walk down from every row of `starts` (m, n), as `descend` does from one.

    A formula is compiled to machine code, which runs on `threads` threads (all by default);
    other functions, and rules that cannot be compiled, walk in numpy. `executor` (any
    `concurrent.futures.Executor`: a process pool, a Dask client's `get_executor()`) carries
    chunks of starts elsewhere. `progress` is called with how many descents have ended, and m.
    A descent is never called oscillating here: that takes its whole path.

    Raises:
        PointError: `starts` is empty, has another width than f or holds NaN or infinity, or
            there is no memory for the results.
        ParameterError: `rule` is not a rule, `max_steps` < 1, `tolerance` < 0, `threads` < 1.
    """
    check_limits(rule, max_steps, tolerance)
    if threads is not None and (not isinstance(threads, int | np.integer) or threads < 1):
        raise ParameterError(f"threads={threads!r}: give a whole number of at least 1")
    first = _starts(function, starts)
    if executor is not None:
        points, endings, steps = _elsewhere(
            function, first, rule, max_steps, tolerance, executor, progress
        )
    else:
        points, endings, steps = _walk(
            function, first, rule, max_steps, tolerance, threads, progress
        )
    codes = judging.judge(function, points, endings)
    return Endpoints(function, rule, points, function.values(points), codes, steps)


def descend_with_parameter(
    function: ScalarFunction,
    start: FloatArray,
    rule: Rule,
    parameter: str,
    numbers: FloatArray,
    *,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Endpoints:
    """Walk down from `start` (n,) once for each of `numbers`, the values of a field of `rule`."""
    check_limits(rule, max_steps, tolerance)
    first = np.repeat(_starts(function, start[None]), len(numbers), axis=0)
    columns = parameter_columns(rule, function.dim, parameter, numbers)
    points, endings, steps = _walk(
        function,
        np.ascontiguousarray(np.hstack([first, columns])),
        rule,
        max_steps,
        tolerance,
        threads,
        progress,
        parameter,
    )
    codes = judging.judge(function, points, endings)
    return Endpoints(function, rule, points, function.values(points), codes, steps)


def _walk(
    function: ScalarFunction,
    starts: FloatArray,
    rule: Rule,
    max_steps: int,
    tolerance: float,
    threads: int | None,
    progress: Progress | None = None,
    parameter: str = "",
) -> tuple[FloatArray, NDArray[np.int8], NDArray[np.int64]]:
    m, n = len(starts), function.dim
    points = np.empty((m, n))
    endings = np.zeros(m, dtype=np.int8)
    steps = np.zeros(m, dtype=np.int64)
    told = None if progress is None else lambda finished: progress(finished, m)
    graph = graph_of(function)
    if graph is not None and not worth_compiling(graph.gradient_tape, m * max_steps):
        graph = None
    try:
        compiled = CompiledWalk(graph, rule, starts, parameter) if graph is not None else None
    except TraceError:
        compiled = None
    if graph is None or compiled is None:
        traced = TracedRule(rule, n, parameter)

        def in_numpy(first: int, last: int) -> None:
            # Rules with a number of their own walk alone.
            own = traced.with_parameter(float(starts[first, -1])) if parameter else rule
            lanes = loop.walk(function, starts[first:last, :n], own, max_steps, tolerance)
            points[first:last] = lanes.points
            endings[first:last] = lanes.endings
            steps[first:last] = lanes.steps

        run_chunks(in_numpy, m, 1 if parameter else _NUMPY_CHUNK, 1, done=told)
        return points, endings, steps

    work = m * max_steps * len(graph.gradient_tape.instructions)
    threads = available() if threads is None else threads
    # Without threads of its own a long run could not be interrupted.
    stop = Stop()
    parts = 8 * threads if progress is None else max(64, 8 * threads)  # who is told, is told often
    chunk = min(_LARGEST_CHUNK, max(64, -(-m // parts))) if work > _SMALL else m

    def natively(first: int, last: int) -> None:
        compiled.run(starts, max_steps, tolerance, points, endings, steps, first, last, stop)

    run_chunks(natively, m, chunk, threads, stop=stop if work > _SMALL else None, done=told)
    return points, endings, steps


def _elsewhere(
    function: ScalarFunction,
    starts: FloatArray,
    rule: Rule,
    max_steps: int,
    tolerance: float,
    executor: Executor,
    progress: Progress | None,
) -> tuple[FloatArray, NDArray[np.int8], NDArray[np.int64]]:
    """The same, in chunks that `executor` carries to where they are walked."""
    m = len(starts)
    points = np.empty_like(starts)
    endings = np.zeros(m, dtype=np.int8)
    steps = np.zeros(m, dtype=np.int64)
    chunk = min(_LARGEST_CHUNK, max(256, -(-m // 64)))
    waiting: dict[Future[tuple[FloatArray, NDArray[np.int8], NDArray[np.int64]]], int] = {}
    ahead = 4 * available()  # so that not all chunks are copied at the same time
    next_start = finished = 0
    try:
        while next_start < m or waiting:
            while next_start < m and len(waiting) < ahead:
                part = starts[next_start : next_start + chunk]
                future = executor.submit(_walk, function, part, rule, max_steps, tolerance, 1)
                waiting[future] = next_start
                next_start += len(part)
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                begin = waiting.pop(future)
                ended, how, taken = future.result()
                rows = slice(begin, begin + len(ended))
                points[rows], endings[rows], steps[rows] = ended, how, taken
                finished += len(ended)
                if progress is not None:  # for each chunk: how many end between two looks is chance
                    progress(finished, m)
    finally:
        for future in waiting:
            future.cancel()
    return points, endings, steps


def _starts(function: ScalarFunction, starts: ArrayLike) -> FloatArray:
    n, names = function.dim, ", ".join(function.variables)
    if n == 0:
        raise PointError("a formula without variables has nowhere to descend")
    try:
        array = np.asarray(starts)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        if array.dtype.kind not in "fiub":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise PointError(
            f"starts must be numbers, an array (m, {n}): a row for each start"
        ) from None
    if array.ndim != 2 or array.shape[1] != n:
        raise PointError(
            f"starts have shape {array.shape}: expected (m, {n}), a row ({names}) for each start"
        )
    if not len(array):
        raise PointError(f"no starts: give an array (m, {n}) with at least one row ({names})")
    check_memory(len(array), n)
    array = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        wrong = np.flatnonzero(~finite)
        raise PointError(
            f"{len(wrong)} of {len(array)} starts are not finite; the first is row {wrong[0]}:"
            f" ({', '.join(f'{x:g}' for x in array[wrong[0]])})"
        )
    return array


def check_memory(m: int, n: int) -> None:
    """Refuse m starts in n dimensions if their results do not fit into memory."""
    # Starts, ends, values, steps, endings and outcomes; half as much again while they are judged.
    needed = m * (16 * n + 8 + 8 + 2) * 3 // 2
    free = free_memory()
    if needed > free:
        raise PointError(
            f"{m:,} starts need {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are"
            " free: walk them in several calls"
        )


def free_memory() -> float:
    """Bytes of memory that are free now; infinite where that cannot be told."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024.0 * float(line.split()[1])
    except OSError:
        pass
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return float("inf")
