"""The command as a process: what it loads, how it ends, what it writes where."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import steepest

COMMAND = [sys.executable, "-m", "steepest.cli"]
MAIN = ["explore", "x^2 + 3y^2", "--at", "1,2"]


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args], capture_output=True, text=True, encoding="utf-8", timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def on_a_terminal(*args: str, **environment: str) -> str:
    """What the command writes to a pseudo-terminal of 80 columns."""
    outer, inner = pty.openpty()
    child = subprocess.Popen(
        [*COMMAND, *args], stdout=inner, stderr=inner, stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **environment},
    )  # fmt: skip
    os.close(inner)
    chunks = []
    while True:
        try:
            chunk = os.read(outer, 65536)
        except OSError:  # the child has closed its end
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(outer)
    assert child.wait(timeout=120) == 0
    return b"".join(chunks).decode()


def test_json_loads_nothing_that_is_slow() -> None:
    code = (
        "import sys\n"
        "from steepest.cli import main\n"
        f"sys.argv = {['steepest', *MAIN, '--json']!r}\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "slow = {'rich', 'matplotlib', 'sympy', 'torch', 'llvmlite', 'scipy'} & set(sys.modules)\n"
        "print(sorted(slow), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["value"] == 13
    assert done.stderr.strip() == "[]"


def test_the_version() -> None:
    assert run("--version").stdout == f"steepest {steepest.__version__}\n"


def test_an_error_is_on_stderr_with_status_two() -> None:
    done = run("explore", "xy", "--at", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: unknown name 'xy'")


def test_a_terminal_gets_colours_and_half_blocks() -> None:
    shown = on_a_terminal(*MAIN, COLORTERM="truecolor", NO_COLOR="")
    assert "\x1b[38;2;" in shown
    assert "▀" in shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_is_respected(environment: dict[str, str]) -> None:
    shown = on_a_terminal(*MAIN, COLORTERM="truecolor", **environment)
    assert "38;2" not in shown
    assert "▀" not in shown
    assert "12.17" in shown


def test_a_pipe_gets_plain_text() -> None:
    done = run(*MAIN, COLORTERM="truecolor")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("args", [MAIN, [*MAIN, "--json"], ["--help"]])
def test_a_broken_pipe_is_quiet(args: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    child = subprocess.Popen([*COMMAND, *args], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    _, complaint = child.communicate(timeout=120)
    assert complaint == ""
    assert child.returncode in (0, 1)


def test_control_c_ends_quietly_with_130() -> None:
    # A descent that would take minutes.
    args = ["descend", "x^2", "--from", "1", "--step-size", "1e-9", "--max-steps", "100000000"]
    code = f"""
from steepest.cli import main
from steepest.rules import FixedStep
propose = FixedStep.propose
def telling(*given):
    FixedStep.propose = propose
    print("under way", flush=True)
    return propose(*given)
FixedStep.propose = telling
main({args!r})
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "under way\n"
    child.send_signal(signal.SIGINT)
    output, complaint = child.communicate(timeout=120)
    assert child.returncode == 130
    assert output == ""
    assert complaint.strip() == ""


def test_an_output_that_knows_no_nabla_gets_a_question_mark() -> None:
    done = run(*MAIN, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "12.17" in done.stdout
    failed = run("explore", "π$", "--at", "1", PYTHONIOENCODING="ascii")
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr


def test_an_installed_command_exists() -> None:
    script = Path(sys.executable).parent / "steepest"
    if not script.exists():
        pytest.fail("the console script steepest is not installed beside Python")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("steepest ")
