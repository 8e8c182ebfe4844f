"""Chunks on threads: all of them done once, errors handed on, nothing left behind."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from steepest.errors import ParameterError
from steepest.evaluate.native.threads import Stop, available, run_chunks


@pytest.mark.parametrize("threads", [1, 2, 5, None])
@pytest.mark.parametrize("stop", [True, False])
def test_every_item_is_done_once(threads: int | None, stop: bool) -> None:
    done = np.zeros(1003, dtype=int)
    told: list[int] = []

    def work(first: int, last: int) -> None:
        done[first:last] += 1

    run_chunks(work, 1003, 10, threads, stop=Stop() if stop else None, done=told.append)
    assert (done == 1).all()
    assert told == sorted(told) and told[-1] == 1003


def test_an_error_stops_the_others_and_is_handed_on() -> None:
    seen: list[int] = []
    stop, before = Stop(), set(threading.enumerate())

    def work(first: int, last: int) -> None:
        seen.append(first)
        if first == 30:
            raise ZeroDivisionError("as planned")
        while first > 30 and not stop.is_set:  # whoever is further waits for the other
            time.sleep(0.001)

    with pytest.raises(ZeroDivisionError, match="as planned"):
        run_chunks(work, 100_000, 10, 2, stop=stop)
    assert sorted(seen) in ([0, 10, 20, 30], [0, 10, 20, 30, 40])
    assert set(threading.enumerate()) <= before


def test_what_interrupts_the_caller_stops_the_workers() -> None:
    stop = Stop()
    before = set(threading.enumerate())

    def work(first: int, last: int) -> None:
        while not stop.is_set:
            pass

    def interrupted(finished: int) -> None:
        raise KeyboardInterrupt

    def first_one(first: int, last: int) -> None:
        if first:
            work(first, last)

    with pytest.raises(KeyboardInterrupt):
        run_chunks(first_one, 3, 1, 2, stop=stop, done=interrupted)
    assert stop.is_set
    assert set(threading.enumerate()) <= before


def test_no_work_is_no_trouble() -> None:
    run_chunks(lambda first, last: pytest.fail("nothing to do"), 0, 10, 2)


def test_threads_must_be_a_positive_number() -> None:
    with pytest.raises(ParameterError, match="threads=0"):
        run_chunks(lambda first, last: None, 10, 1, 0)
    assert available() >= 1
