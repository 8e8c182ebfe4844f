"""A bar on stderr for what takes more than a moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from steepest.descent.many import Progress

_MOMENT: Final = 0.4  # seconds before a bar appears


@contextmanager
def progress_bar(name: str) -> Iterator[Progress | None]:
    """What to pass as `progress=`; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), Remaining())
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=False) as bar:
        task = bar.add_task(name, total=None, visible=False)

        def tell(done: int, total: int) -> None:
            late = time.monotonic() - began > _MOMENT
            bar.update(task, completed=done, total=total, visible=late)

        yield tell
