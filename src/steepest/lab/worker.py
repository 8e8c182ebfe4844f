"""The process that does the work: `python -m steepest.lab.worker`.

It reads one task a line from standard input and writes events, one a line, to standard output:
`ready` once, then for each task its progress and one last event. It ends when its input does,
so no worker outlives the server, however that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO, Final

from steepest.errors import FormulaError, SteepestError
from steepest.lab.events import Event, failed
from steepest.lab.limits import MAX_RATE, MEMORY

_NICE: Final = 5  # below the server, which has to answer others meanwhile
_WARM: Final = (
    {"kind": "symbolic", "formula": "x^2 y"},
    {"kind": "critical", "formula": "x^2 + y^2", "box": [[-1, 1], [-1, 2]]},
    {
        "kind": "basins", "formula": "x^2 + y^2", "box": [[-1, 1], [-1, 2]], "rule": "fixed",
        "step_size": 0.1, "norm": "l2", "max_steps": 9, "resolution": [3, 3],
    },
    {"kind": "answer", "key": "gradient-polynomial", "seed": 1, "answer": "2x + 1, sin(y)"},
)  # fmt: skip


def main() -> None:
    """Work until the input ends."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not be taken for an event
    _behave()
    tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()
    for task in _WARM:  # compiles, and loads what is loaded on demand
        _carry_out(task, lambda _: None)
    with contextlib.suppress(BrokenPipeError):  # the server is gone
        channel.write(Event("ready", {}).line())
        while True:
            channel.write(_carry_out(tasks.get(), _teller(channel)).line())


def _behave() -> None:
    """Ctrl-C is the server's business; the worker is patient and no glutton."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(tasks: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        tasks.put(json.loads(line))
    # The server is gone. Nothing is left to be told, so nothing is left to be finished.
    os._exit(0)


def _teller(channel: BinaryIO) -> Any:
    """Writes progress to `channel`, not more often than anybody wants to read it."""
    gap = 1.0 / MAX_RATE
    last = time.monotonic()

    def tell(data: dict[str, Any]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= gap:
            last = now
            channel.write(Event("progress", data).line())

    return tell


def _carry_out(task: dict[str, Any], tell: Any) -> Event:
    """The last event of `task`: no mistake in it may end the worker."""
    from steepest.lab import work

    try:
        return Event("result", work.do(task, tell))
    except FormulaError as error:
        place = {"position": error.position, "reason": error.reason, "hint": error.hint}
        return Event("refused", {"message": str(error), **place})
    except SteepestError as error:
        return Event("refused", {"message": str(error)})
    except MemoryError:
        return failed("This takes more memory than the lab allows: make the question smaller.")
    except Exception as error:
        return failed(f"This should not happen: {type(error).__name__}: {error!s:.200}")


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
    finally:
        # The thread that reads holds a lock that an orderly exit would wait for.
        sys.stderr.flush()
        os._exit(1)
