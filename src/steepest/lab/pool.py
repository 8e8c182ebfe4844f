"""Work in processes that can be killed: who is next, how many at a time, one spare always warm."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

from steepest.lab.events import Event, failed
from steepest.lab.limits import Limits
from steepest.lab.process import Worker

_TASKS_EACH: Final = 200  # after so many a worker is replaced, so that nothing piles up
_LOOK: Final = 0.5  # seconds between looks at the queue
_CLOSING: Final = "The lab is closing."
_NO_WORKER: Final = "No worker could be started; where the lab was started it says why."


class BusyError(Exception):
    """There is too much to do already; `alone` tells whether this client alone asks for it."""

    def __init__(self, message: str, alone: bool) -> None:
        super().__init__(message)
        self.alone = alone


class Pool:
    """The workers, and the queue before them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._idle: list[Worker] = []
        self._everybody: set[Worker] = set()
        self._running: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._queue: list[tuple[str, asyncio.Future[None]]] = []
        self._chores: set[asyncio.Task[Any]] = set()
        self._starting = 0
        self._closing = False

    @property
    def running(self) -> int:
        """How many pieces of work are being done."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many are waiting for a worker."""
        return len(self._queue)

    @property
    def workers(self) -> int:
        """How many worker processes there are, the spare one included."""
        return sum(worker.alive for worker in self._everybody)

    def ask(self, client: str) -> None:
        """Note that `client` is about to `work`. Raises BusyError where that is too much."""
        if self._closing:
            raise BusyError(_CLOSING, alone=False)
        if self._asked[client] >= self.limits.asked_each:
            raise BusyError(
                f"You asked for {self.limits.asked_each} things that are not done yet:"
                " wait for one of them, or stop it.",
                alone=True,
            )
        full = self._asked.total() >= self.limits.running + self.limits.waiting
        if full:
            raise BusyError("Too many people are waiting: try again in a minute.", alone=False)
        self._asked[client] += 1

    async def work(self, client: str, task: dict[str, Any]) -> AsyncGenerator[Event, None]:
        """The events of `task`. Closing this generator kills the worker that does it.

        The client has to `ask` first.
        """
        try:
            async with aclosing(self._wait(client)) as places:
                async for ahead in places:
                    yield Event("waiting", {"ahead": ahead})
            try:
                async with self._worker() as worker, aclosing(self._do(worker, task)) as events:
                    async for event in events:
                        yield event
            except OSError:  # no memory for another process, say
                yield failed(_CLOSING if self._closing else _NO_WORKER)
            finally:
                self._leave(self._running, client)
                self._call_next()
        finally:
            self._leave(self._asked, client)

    async def _do(self, worker: Worker, task: dict[str, Any]) -> AsyncGenerator[Event, None]:
        if self._closing or not await worker.ready():
            yield failed(_CLOSING if self._closing else _NO_WORKER)
            return
        seconds = self.limits.seconds[task["kind"]]
        async with aclosing(worker.carry_out(task, seconds)) as events:
            async for event in events:
                yield failed(_CLOSING) if self._closing and event.name == "failed" else event

    @staticmethod
    def _leave(counter: Counter[str], client: str) -> None:
        counter[client] -= 1
        if not counter[client]:
            del counter[client]

    async def _wait(self, client: str) -> AsyncGenerator[int, None]:
        """Yields how many are ahead, whenever that changes; ends when it is this one's turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (client, turn)
        self._queue.append(entry)
        self._call_next()
        told = 0
        try:
            while not turn.done():
                ahead = self._queue.index(entry) + 1
                if ahead != told:
                    told = ahead
                    yield ahead
                await asyncio.wait([turn], timeout=_LOOK)
        except BaseException:
            if turn.done():
                self._leave(self._running, client)
                self._call_next()
            else:
                self._queue.remove(entry)
            raise

    def _call_next(self) -> None:
        """Give free places to those who wait, first come first served, with a share for each."""
        for entry in list(self._queue):
            client, turn = entry
            if self.running >= self.limits.running:
                return
            if self._running[client] < self.limits.running_each:
                self._running[client] += 1
                self._queue.remove(entry)
                turn.set_result(None)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Worker]:
        """A worker for one task. It is killed unless the task ended by itself."""
        self._idle = [worker for worker in self._idle if worker.alive]
        self._idle.sort(key=lambda worker: not worker.warm)
        worker = self._idle.pop(0) if self._idle else await self._start()
        self._keep_spare()
        try:
            yield worker
        except BaseException:
            worker.kill()
            raise
        finally:
            if worker.alive and worker.idle and worker.tasks < _TASKS_EACH and not self._closing:
                self._idle.append(worker)
            else:
                worker.kill()
                self._chore(self._bury(worker))
            self._keep_spare()

    async def _start(self) -> Worker:
        if self._closing:
            raise OSError(_CLOSING)
        self._starting += 1
        try:
            worker = await Worker.start()
            self._everybody.add(worker)
        finally:
            self._starting -= 1
        if self._closing:
            worker.kill()
        return worker

    def _keep_spare(self) -> None:
        """One warm worker more than are busy; no more than one idle beside it."""
        for extra in self._idle[2:]:
            extra.kill()
            self._chore(self._bury(extra))
        del self._idle[2:]
        if not self._idle and not self._starting and not self._closing:
            self._chore(self._add_spare())

    async def _add_spare(self) -> None:
        with contextlib.suppress(OSError):  # then whoever needs a worker is told
            worker = await self._start()
            if not self._closing:
                self._idle.append(worker)

    async def _bury(self, worker: Worker) -> None:
        await worker.gone()
        self._everybody.discard(worker)

    def _chore(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def open(self) -> None:
        """Start the first worker."""
        self._keep_spare()

    async def close(self) -> None:
        """Kill all workers and wait until they are gone. What was under way ends as failed."""
        self._closing = True
        while self._starting:
            await asyncio.sleep(0.01)
        for worker in self._everybody:
            worker.kill()
        for worker in list(self._everybody):
            await worker.gone()
        for chore in list(self._chores):
            chore.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chore
        self._everybody.clear()
