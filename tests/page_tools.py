"""web/tools.py for the tests, and a page that is up to date."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

WEB = Path(__file__).parents[1] / "web"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("steepest_web_tools", WEB / "tools.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tools = _load()


def build_if_stale() -> Path:
    """The page of this checkout, built from what is in web/ now, once for all that wait for it."""
    with Path(tempfile.gettempdir(), "steepest-page.lock").open("w") as lock:
        if os.name == "posix":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        if tools.is_stale():
            tools.build()
    return tools.PAGE
