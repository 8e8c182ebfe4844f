"""One worker process, as the server sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from typing import Any, Final

from steepest.lab.events import Event, dumps, failed

_LONGEST_LINE: Final = 64 * 1024 * 1024
_START_SECONDS: Final = 60.0
_DIED = "The work ended before it was done; it may have needed too much memory."


class Worker:
    """A process that is ready for one task at a time, until it is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._warming = asyncio.get_running_loop().create_task(self._next(_START_SECONDS))
        self._killed = False
        self.tasks = 0
        self.idle = True

    @classmethod
    async def start(cls) -> Worker:
        """Start a process; it warms up by itself."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # -P: a file in the folder it was started from must not pass for a library.
            *("-P", "-m", "steepest.lab.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # the terminal's Ctrl-C reaches the server alone
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    @property
    def warm(self) -> bool:
        """Whether it could begin at once."""
        return self._warming.done()

    async def ready(self) -> bool:
        """Wait until it is warm. False if it cannot be."""
        event = await asyncio.shield(self._warming)
        return event is not None and event.name == "ready"

    async def carry_out(self, task: dict[str, Any], seconds: float) -> AsyncGenerator[Event, None]:
        """The events of `task`, the last one being the last. Kills itself after `seconds`."""
        self.tasks += 1
        self.idle = False  # until the last event: whoever leaves before leaves it at work
        assert self._process.stdin is not None
        end = asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(OSError):
            self._process.stdin.write(dumps(task) + b"\n")
            await self._process.stdin.drain()
        while True:
            left = end - asyncio.get_running_loop().time()
            event = await self._next(left)
            if event is None:
                late = asyncio.get_running_loop().time() >= end
                self.kill()
                yield failed(_too_long(seconds) if late else _DIED)
                return
            self.idle = event.last
            yield event
            if event.last:
                return

    async def _next(self, seconds: float) -> Event | None:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                line = await self._process.stdout.readline()
        except (TimeoutError, ValueError):  # too late; too long
            return None
        return Event.read(line) if line.endswith(b"\n") else None

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        # A second signal would make Popen ask how the process ended, and asyncio miss it.
        if self.alive and not self._killed:
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def gone(self) -> None:
        """Wait until the process has ended and its pipes are closed."""
        await self._process.wait()
        await self._warming
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.close()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()
        with contextlib.suppress(RuntimeError):  # somebody else reads to the end
            while await stdout.read(1 << 16):
                pass
        await asyncio.sleep(0)


def _too_long(seconds: float) -> str:
    return f"Given up after {seconds:.0f} s: ask for a smaller box or a simpler formula."
