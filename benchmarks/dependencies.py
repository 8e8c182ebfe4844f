"""What each dependency costs: milliseconds to import, megabytes on disk, and its licence.

    python benchmarks/dependencies.py

Times are the best of several fresh interpreters under `-X importtime`, so each includes what
the package itself imports. Sizes are the package's own files, without its dependencies.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

RUNS = 7


class Dependency(NamedTuple):
    """A distribution, the import that this project makes of it, and where that happens."""

    distribution: str
    statement: str
    used_by: str


DEPENDENCIES = (
    Dependency("numpy", "import numpy", "evaluate and above"),
    Dependency("click", "import click", "cli"),
    Dependency("rich", "import rich.console, rich.table", "view"),
    Dependency("llvmlite", "import llvmlite.binding", "evaluate, when compiling"),
    Dependency("sympy", "import sympy", "expression.sympy, when asked"),
    Dependency("matplotlib", "import matplotlib.figure", "view, with [plot]"),
    Dependency("starlette", "import starlette.applications", "lab, with [lab]"),
    Dependency("uvicorn", "import uvicorn", "lab, with [lab]"),
    Dependency("torch", "import torch", "torch, with [torch]"),
)


def milliseconds(statement: str) -> float:
    """The least time that a fresh interpreter spends in imports for `statement`."""
    return min(_microseconds(statement) for _ in range(RUNS)) / 1000


def _microseconds(statement: str) -> int:
    command = [sys.executable, "-X", "importtime", "-c", statement]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    # Each line is "import time: self | cumulative | module"; start-up ends with site.
    lines = [line.removeprefix("import time:").split("|") for line in report.splitlines()]
    names = [line[-1].strip() for line in lines]
    return sum(int(own) for own, *_ in lines[names.index("site") + 1 :])


def megabytes(distribution: str) -> float:
    """The size of all files that the distribution installed."""
    paths = [Path(str(file.locate())) for file in metadata.files(distribution) or []]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def licence(distribution: str) -> str:
    """What the distribution says of its licence; of several, the first."""
    about = metadata.metadata(distribution)
    stated = about.get("License-Expression") or about.get("License") or ""
    if not stated or "\n" in stated:
        stated = next((c for c in about.get_all("Classifier") or [] if "License" in c), "unstated")
    first, and_, _ = stated.rpartition("::")[2].strip().partition(" AND ")
    return f"{first}{and_ and ' and others'}"


def main() -> None:
    """Print the table."""
    print(f"{'':12}{'version':12}{'import/ms':>10}{'size/MB':>9}  {'licence':28}used by")
    for d in DEPENDENCIES:
        version = metadata.version(d.distribution)
        print(
            f"{d.distribution:12}{version:12}{milliseconds(d.statement):10.0f}"
            f"{megabytes(d.distribution):9.1f}  {licence(d.distribution)[:27]:28}{d.used_by}"
        )


if __name__ == "__main__":
    main()
