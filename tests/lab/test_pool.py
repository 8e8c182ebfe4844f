"""Who is next, how much at a time, and that nothing outlives its purpose."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from lab_server import LONG, SHORT
from steepest.lab.limits import Limits
from steepest.lab.pool import BusyError, Pool

QUICK = {"kind": "critical", **SHORT}
SLOW = {"kind": "critical", **LONG}
OTHER = {"kind": "symbolic", "formula": "x y"}


def run(scenario):
    """On a thread of its own: in this one Playwright's loop runs, if a browser is open."""
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, scenario).result()


@asynccontextmanager
async def pool(**limits):
    opened = Pool(replace(Limits(), **limits))
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
        assert opened.workers == opened.running == opened.waiting == 0


async def names(opened, client, task):
    opened.ask(client)
    async with aclosing(opened.work(client, task)) as events:
        return [event.name async for event in events]


async def begin(opened, client, task):
    """Work that is under way: its first event has come."""
    opened.ask(client)
    events = opened.work(client, task)
    await anext(events)
    return events


async def queued(opened, client, order):
    order.append((client, await names(opened, client, QUICK)))


def test_turns_and_shares():
    """One place, one of two; the second client does not wait for all of the first one's."""

    async def scenario():
        async with pool(running=2, running_each=1) as opened:
            hog = await begin(opened, "hog", SLOW)
            order = []
            tasks = [asyncio.create_task(queued(opened, who, order)) for who in ("hog", "guest")]
            await tasks[1]
            assert order == [("guest", order[0][1])] and order[0][1][-1] == "result"
            assert opened.running == 1 and opened.waiting == 1
            await hog.aclose()
            await tasks[0]
            assert order[1][1][0] == "waiting" and order[1][1][-1] == "result"

    run(scenario())


def test_too_much():
    async def scenario():
        async with pool(running=1, waiting=2, asked_each=2) as opened:
            for client in ("a", "a", "b"):
                opened.ask(client)
            with pytest.raises(BusyError, match="2 things") as own:
                opened.ask("a")
            assert own.value.alone
            with pytest.raises(BusyError, match="minute") as all_:
                opened.ask("c")
            assert not all_.value.alone
            # What was asked for and is done, or left, counts no longer.
            events = opened.work("a", QUICK)
            assert [event.name async for event in events][-1] == "result"
            opened.ask("c")

    run(scenario())


def test_leaving_while_waiting_and_while_working():
    async def scenario():
        async with pool(running=1) as opened:
            working = await begin(opened, "a", SLOW)
            waiting = await begin(opened, "b", SLOW)
            assert (opened.running, opened.waiting) == (1, 1)
            await waiting.aclose()
            assert (opened.running, opened.waiting) == (1, 0)
            await working.aclose()
            assert opened.running == 0
            assert (await names(opened, "c", QUICK))[-1] == "result"

    run(scenario())


def test_what_takes_too_long_is_given_up():
    async def scenario():
        async with pool(seconds={"critical": 1.0, "symbolic": 600.0}) as opened:
            opened.ask("a")
            last = [event async for event in opened.work("a", SLOW)][-1]
            assert last.name == "failed" and "Given up" in last.data["message"]
            # Another worker is there, and what it does has its own time.
            assert (await names(opened, "a", OTHER))[-1] == "result"

    run(scenario())


def test_a_worker_that_dies_is_replaced():
    async def scenario():
        async with pool() as opened:
            await names(opened, "a", QUICK)
            opened.ask("a")
            events = opened.work("a", SLOW)
            assert (await anext(events)).name == "progress"
            (busy,) = (w for w in opened._everybody if not w.idle)
            os.kill(busy._process.pid, 9)
            last = [event async for event in events][-1]
            assert last.name == "failed" and "memory" in last.data["message"]
            assert (await names(opened, "a", QUICK))[-1] == "result"

    run(scenario())


def test_closing_ends_what_is_under_way():
    async def scenario():
        async with pool() as opened:
            opened.ask("a")
            events = opened.work("a", SLOW)
            first = await anext(events)
            await opened.close()
            rest = [event async for event in events]
            assert first.name == "progress" and rest[-1].name == "failed"
            with pytest.raises(BusyError, match="closing"):
                opened.ask("a")

    run(scenario())
