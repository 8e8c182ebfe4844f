"""Chunks of work on several threads, ended at once by Ctrl-C."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.errors import ParameterError

# How long the main thread waits before it looks at signals again, in seconds.
_PATIENCE: Final = 0.02
# How long a thread that was called may take to come, in seconds.
_ARRIVAL: Final = 5.0

Work = Callable[[int, int], None]


class Stop:
    """A flag in memory that kernels look at: `address` holds one byte, not 0 to stop."""

    def __init__(self) -> None:
        self._byte: NDArray[np.uint8] = np.zeros(1, dtype=np.uint8)
        self.address = self._byte.ctypes.data

    def set(self) -> None:
        """Tell every kernel to return soon."""
        self._byte[0] = 1

    @property
    def is_set(self) -> bool:
        """Whether `set` was called."""
        return bool(self._byte[0])


def available() -> int:
    """How many threads this process may use at a time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_chunks(
    work: Work,
    count: int,
    chunk: int,
    threads: int | None = None,
    *,
    stop: Stop | None = None,
    done: Callable[[int], None] | None = None,
) -> None:
    """Call work(first, last) for chunks of range(count), on `threads` threads (all by default).

    `done` is called in the calling thread with the number of items that are finished. Whatever
    interrupts the caller (Ctrl-C), or an error in `work`, sets `stop`; no thread is left
    behind. `work` must release the GIL and look at `stop` for that to be quick. With one
    thread and no `stop` the work is done in the calling thread.
    """
    threads = available() if threads is None else threads
    if threads < 1:
        raise ParameterError(f"threads={threads!r}: give a whole number of at least 1")
    chunks = -(-count // chunk)
    if stop is None and (threads == 1 or chunks == 1):
        for first in range(0, count, chunk):
            last = min(first + chunk, count)
            work(first, last)
            if done is not None:
                done(last)
        return
    _Crew(work, count, chunk, stop or Stop(), done).run(min(threads, chunks))


class _Crew:
    """Worker threads that take one chunk after the other."""

    def __init__(
        self, work: Work, count: int, chunk: int, stop: Stop, done: Callable[[int], None] | None
    ) -> None:
        self.work, self.count, self.chunk, self.stop, self.done = work, count, chunk, stop, done
        self.next = 0
        self.finished = 0
        self.errors: list[BaseException] = []
        self.arrived: list[threading.Thread] = []
        self.changed = threading.Condition()

    def run(self, threads: int) -> None:
        workers = [threading.Thread(target=self._labour, daemon=True) for _ in range(threads)]
        called = told = 0
        try:
            for worker in workers:
                called += 1
                worker.start()
            while any(worker.is_alive() for worker in workers):
                with self.changed:
                    self.changed.wait(_PATIENCE)
                    finished = self.finished
                if self.done is not None and finished > told:
                    told = finished
                    self.done(told)
                if finished == self.count:
                    break
        except BaseException:
            self.stop.set()
            raise
        finally:
            # Ctrl-C may have come while one was starting: it is there in a moment, or never was.
            with self.changed:
                self.changed.wait_for(lambda: len(self.arrived) == called, _ARRIVAL)
            for worker in self.arrived:
                worker.join()
        if self.errors:
            raise self.errors[0]
        if self.done is not None and self.finished > told:
            self.done(self.finished)

    def _labour(self) -> None:
        with self.changed:
            self.arrived.append(threading.current_thread())
            self.changed.notify()
        try:
            while not self.stop.is_set:
                with self.changed:
                    first = self.next
                    if first >= self.count:
                        return
                    last = self.next = min(first + self.chunk, self.count)
                self.work(first, last)
                with self.changed:
                    self.finished += last - first
                    if self.done is not None or self.finished == self.count:
                        self.changed.notify()
        except BaseException as error:
            self.stop.set()
            self.errors.append(error)
        finally:
            with self.changed:
                self.changed.notify()
