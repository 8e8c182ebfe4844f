"""The page as a widget in JupyterLab, and formulas, models and runs as a notebook shows them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import steepest as st
from browser_reading import LIMIT

CELLS = [
    "import steepest as st\nf = st.Formula('x^2 + 3y^2')\nw = st.page(f, at=(1, 2)).widget()\nw",
    "f.at(1, 2)",
    "t = st.descend(f, (2, 1), st.FixedStep(0.1))\nt",
    "moved = []\nw.observe(lambda change: moved.append(change['new']), 'point')",
    "print('point', w.point, len(moved), len(w.trajectory or []))",
    "w.point = (0.5, -1)",
    "w.trajectory = t\nprint('steps', len(w.trajectory) - 1, w.point)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab of its own with one notebook in it; the address of that notebook."""
    folder = tmp_path_factory.mktemp("notebook")
    cells = [
        {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None,
         "id": str(k)}
        for k, c in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "try.ipynb").write_text(json.dumps(notebook))
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
           "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}  # fmt: skip
    log = (folder / "log").open("w")
    # The port is the server's own choice: one that was found free may be taken by then.
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
            "--ServerApp.ip=127.0.0.1", f"--notebook-dir={folder}",
            "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=log,
    )  # fmt: skip
    try:
        yield f"{_address(folder, server)}lab/tree/try.ipynb"
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """Where the server answers, as it writes down itself, once it does."""
    end = time.monotonic() + LIMIT / 1000
    while time.monotonic() < end:
        assert server.poll() is None, (folder / "log").read_text()
        try:
            (told,) = (folder / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json")
            address = json.loads(told.read_text())["url"]
            with urllib.request.urlopen(f"{address}api/status", timeout=60):
                return address
        except (OSError, ValueError):  # not written, or not listening yet
            time.sleep(0.1)
    pytest.fail(f"JupyterLab does not answer:\n{(folder / 'log').read_text()}")


def _run(page: Any, cell: int) -> Any:
    """Run one cell and return its output."""
    page.evaluate(
        """async (k) => {
            const panel = jupyterapp.shell.currentWidget;
            panel.content.activeCellIndex = k;
            panel.content.deselectAll();
            await jupyterapp.commands.execute("notebook:run-cell");
        }""",
        cell,
    )
    return page.locator(f".jp-Cell[data-windowed-list-index='{cell}'] .jp-OutputArea-output")


def _until(page: Any, cell: int, said: re.Pattern[str]) -> None:
    """Run a cell until it says so: what the reader does reaches Python some time later."""
    end = time.monotonic() + LIMIT / 1000
    while not said.search(told := _run(page, cell).inner_text()):
        assert time.monotonic() < end, told


def test_point_and_trajectory_go_both_ways(browser: Any, built: Path, lab: str) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 1100})
    page = context.new_page()
    page.set_default_timeout(LIMIT)
    page.goto(lab)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
    )
    page.wait_for_selector(".jp-Cell[data-windowed-list-index='0']")
    _run(page, 0)
    frame = page.frame_locator(".jp-OutputArea-output iframe[sandbox]")
    frame.locator("[data-handle=point]").wait_for()
    assert "12.17" in frame.locator("#inside-here .lead").inner_text()
    # A model and a run show as more than their Python names.
    _run(page, 1).locator(".katex, .MathJax, mjx-container, table").first.wait_for()
    _run(page, 2).filter(has_text="Converged to a minimum").wait_for()
    # What the reader drags is known in Python.
    _run(page, 3)
    page.locator(".jp-OutputArea-output iframe[sandbox]").scroll_into_view_if_needed()
    handle = frame.locator("[data-handle=point]")
    page.evaluate(
        "() => addEventListener('message', ({ data }) => "
        "(window.heard = data?.steepest?.point ?? window.heard))"
    )
    # A notebook takes the focus when it likes: until the point is moved, the keys went elsewhere.
    end = time.monotonic() + LIMIT / 1000
    while not (where := handle.get_attribute("aria-valuetext")).startswith("x = −"):
        assert time.monotonic() < end, where
        handle.press("Shift+ArrowLeft")
    # Running another cell may take this one out of the window, and the page with it.
    page.wait_for_function("() => window.heard?.[0] < 0")
    told = r"point \[-[\d.]+, 2(\.0)?\] [1-9]\d* [1-9]\d+"  # x below 0; moves; more than 9 steps
    _until(page, 4, re.compile(told))
    # What Python assigns is shown.
    _run(page, 5)
    frame.locator("[data-handle=point][aria-valuetext='x = 0.5, y = −1, f = 3.25']").wait_for()
    run = st.descend(st.Formula("x^2 + 3y^2"), (2, 1), st.FixedStep(0.1))
    _run(page, 6).filter(has_text=f"steps {len(run.points) - 1} [2.0, 1.0]").wait_for()
    said = f"{len(run.points) - 1} steps walked elsewhere"
    frame.locator("#inside-walk .outcome", has_text=said).wait_for()
    assert frame.locator(".trajectories .walk").count() == 1
    context.close()


def test_what_crossed_an_assignment_on_its_way_is_not_taken_for_the_readers(built: Path) -> None:
    widget = st.page(st.Formula("x^2 + 3y^2"), at=(1, 2)).widget()
    widget.set_state({"point": [5.0, 5.0], "heard": widget.turn})
    assert widget.point == [5, 5]
    widget.point = (0.5, -1)
    widget.set_state({"point": [6.0, 6.0]})
    assert widget.point == [0.5, -1]
    widget.set_state({"point": [7.0, 7.0], "heard": widget.turn})
    assert widget.point == [7, 7]


def test_where_widgets_do_not_run_the_page_itself_is_shown(built: Path) -> None:
    shown = st.page(st.Formula("x^2 + 3y^2"), at=(1, 2)).widget()._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "srcdoc=" in shown["text/html"] and "sandbox" in shown["text/html"]
