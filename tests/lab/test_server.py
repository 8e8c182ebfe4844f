"""The lab as a process: what it answers, and that it survives whoever asks."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import steepest as st
from lab_server import LIMIT, LONG, SHORT, Lab, command, hostile, started, ten_megabytes, until
from page_tools import build_if_stale
from steepest.lab.limits import MAX_BODY, Limits


@pytest.fixture(scope="module")
def lab():
    build_if_stale()
    with started() as running:
        yield running


def test_the_page_is_served_under_its_own_policy(lab):
    answer = lab.ask("GET", "/")
    page = answer.body.decode()
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Content-Security-Policy" not in page
    (allowed,) = re.findall(r"script-src ([^;]*);", policy)
    (data, script) = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert allowed == f"'sha256-{digest}'"
    assert "connect-src 'self'" in policy and "default-src 'none'" in policy
    assert json.loads(data)["lab"] is True


def test_the_page_is_the_same_whatever_the_address_says(lab):
    plain = lab.ask("GET", "/").body
    assert lab.ask("GET", "/?f=<script>alert(1)</script>").body == plain
    assert lab.ask("GET", "/?f=%3Cscript%3E").body == plain


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/status"), ("GET", "/no")])
def test_every_answer_is_protected(lab, method, path):
    headers = lab.ask(method, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers and "access-control-allow-origin" not in headers


def test_a_proof(lab):
    (name, data) = lab.work("critical", SHORT)[-1]
    assert name == "result" and data["complete"]
    assert data["counts"] == {"minimum": 1}
    (point,) = data["points"]
    found = st.critical_points(SHORT["formula"], SHORT["box"])
    assert point["at"] == list(found.points[0].x) and point["radius"] == found.points[0].radius


def test_an_answer_is_marked(lab):
    exercise = {"key": "steepest-direction", "seed": 7}
    ((name, asked),) = lab.work("exercise", exercise)
    assert name == "result" and asked["title"] and "solution" not in asked
    ((name, verdict),) = lab.work("answer", exercise | {"answer": "-27, -39"})
    assert name == "result" and not verdict["correct"]
    assert "divide by its length" in verdict["feedback"]
    ((name, told),) = lab.work("solution", exercise)
    ((name, verdict),) = lab.work("answer", exercise | {"answer": told["answer"]})
    assert name == "result" and verdict["correct"]
    ((name, refused),) = lab.work("exercise", {"key": "no such thing", "seed": 7})
    assert name == "refused" and "no exercise" in refused["message"]


def test_a_mistake_is_told_with_its_place(lab):
    ((name, data),) = lab.work("symbolic", {"formula": "x^2 + 3sni(y)"})
    assert name == "refused"
    assert data["position"] == 7 and data["hint"] == "did you mean sin?"


def test_what_is_not_finite_is_null(lab):
    """exp(exp(x²)) overflows; sqrt(x) and log(y) are undefined in half of the box."""
    question = {
        "formula": "exp(exp(9 x^2)) + y^2", "box": [[-9, 9], [-9, 9]], "rule": "fixed",
        "step_size": 0.1, "norm": "l2", "max_steps": 5, "resolution": [3, 3],
    }  # fmt: skip
    for formula in (question["formula"], "-exp(x^2) + y", "sqrt(x) + log(y)"):
        name, _ = lab.work("basins", question | {"formula": formula})[-1]
        assert name == "result"
        assert lab.work("critical", {"formula": formula, "box": question["box"]})[-1]


def test_others_are_answered_while_a_search_runs(lab):
    with lab.working("critical", LONG) as events:
        assert next(events)[0] == "progress"
        assert lab.ask("GET", "/").status == 200
        assert lab.work("symbolic", {"formula": "x y"})[-1][0] == "result"
        assert lab.status["running"] == 1
        # It was not over meanwhile.
        assert next(events)[0] == "progress"
    lab.until(running=0)


def test_leaving_ends_the_work_and_its_process(lab):
    before = lab.workers()
    with lab.working("critical", LONG) as events:
        next(events)
        during = lab.workers()
    lab.until(running=0)
    # The one that searched is gone, and another is ready.
    until(lambda: during - lab.workers(), "the end of a worker")
    assert before and lab.work("critical", SHORT)[-1][0] == "result"


def test_one_client_cannot_ask_for_everything(lab):
    limit = Limits().asked_each
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(lab.working("critical", LONG)) for _ in range(limit)]
        for events in streams[: Limits().running_each]:
            assert next(events)[0] == "progress"
        assert next(streams[-1])[0] == "waiting"
        answer = lab.ask("POST", "/critical", SHORT)
        assert answer.status == 429 and answer.headers["retry-after"]
        assert "wait" in answer.json["error"]
    lab.until(running=0, waiting=0)
    assert lab.work("critical", SHORT)[-1][0] == "result"


REFUSED = [
    ("GET", "/", {"Host": None}, 400),
    ("GET", "/", {"Host": "evil.org"}, 403),
    ("GET", "/", {"Host": "localhost.evil.org:{port}"}, 403),
    ("GET", "/", {"Host": "127.0.0.1.evil.org:{port}"}, 403),
    ("GET", "/", {"Origin": "http://evil.org"}, 403),
    ("GET", "/", {"Origin": "null"}, 403),
    ("POST", "/critical", {"Origin": None}, 403),
    ("POST", "/critical", {"Origin": "http://localhost.evil.org:{port}"}, 403),
    ("POST", "/critical", {"Host": "evil.org:{port}", "Origin": "http://evil.org:{port}"}, 403),
    ("POST", "/critical", {"Content-Type": "text/plain"}, 415),
    ("POST", "/critical", {"Content-Type": None}, 415),
    ("POST", "/critical", {"Content-Length": str(MAX_BODY + 1)}, 413),
    ("POST", "/answer", {"Origin": "http://evil.org"}, 403),
    ("POST", "/answer", {"Content-Length": str(MAX_BODY + 1)}, 413),
    ("POST", "/answer", {}, 400),
    ("GET", "/solution", {}, 405),
    ("POST", "/", {}, 405),
    ("DELETE", "/critical", {}, 405),
    ("GET", "/critical", {}, 405),
    ("OPTIONS", "/critical", {}, 405),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404),
    ("GET", "/..%2f..%2fetc/passwd", {}, 404),
    ("GET", "/../pyproject.toml", {}, 404),
    ("GET", "/static/page.html", {}, 404),
    ("GET", "//status", {}, 404),
    ("GET", "/status/", {}, 404),
    ("GET", "/status%00", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED, ids=str)
def test_refusals(lab, method, path, headers, status):
    given = {k: v and v.replace("{port}", str(lab.port)) for k, v in headers.items()}
    if method in ("DELETE", "OPTIONS"):
        given["Origin"] = lab.origin
    body = SHORT if method == "POST" and "Content-Length" not in given else None
    answer = lab.ask(method, path, body, given)
    assert answer.status == status, answer.body
    assert b"Traceback" not in answer.body and len(answer.body) < 300


def test_a_stream_of_bytes_is_cut_off(lab):
    """Without Content-Length the bytes are counted as they come: ten million never fit."""
    assert ten_megabytes(lab) in (413, None)
    assert lab.status["running"] == 0


def test_websockets_are_not_spoken(lab):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    assert lab.ask("GET", "/critical", headers=upgrade).status == 405
    assert lab.ask("GET", "/ws", headers=upgrade | {"Origin": "http://evil.org"}).status == 403


def test_hostile_requests_leave_nothing_behind(lab):
    allowed = {
        0: {403}, 1: {403}, 2: {404}, 3: {413, None}, 4: {200, 429, 503}, 5: {200, 429, 503},
        6: {None, 429, 503}, 7: {None},
    }  # fmt: skip
    threads_before = set(threading.enumerate())
    with ThreadPoolExecutor(4) as crowd:
        came_back = list(crowd.map(lambda n: hostile(lab, n), range(96)))
    for number, status in enumerate(came_back):
        assert status in allowed[number % 8], number
    lab.until(running=0, waiting=0)
    # The one that is always warm, the one that worked last, and one more at most.
    until(lambda: 1 <= lab.status["workers"] <= 3, "few workers")
    until(lambda: len(lab.workers()) <= 3, "few processes")
    assert lab.process.poll() is None
    assert lab.work("critical", SHORT)[-1][0] == "result"
    assert set(threading.enumerate()) <= threads_before


def test_ctrl_c_ends_it_and_its_workers():
    with started() as lab:
        with lab.working("critical", LONG) as events:
            next(events)
            workers = lab.workers()
            assert workers
            lab.process.send_signal(2)
            # Whoever watches is told, and not left hanging.
            assert list(events)[-1][0] == "failed"
        assert lab.process.wait(LIMIT) == 0
        assert not any(is_running(pid) for pid in workers)


def test_workers_end_when_the_server_is_killed():
    process = subprocess.Popen(
        command("--port", "0", "--no-browser"), stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        lab = Lab(process, int(process.stdout.readline().split("/ ")[0].rpartition(":")[2]))
        lab.work("critical", SHORT)
        workers = lab.workers()
        process.kill()
    assert workers
    until(lambda: not any(is_running(pid) for pid in workers), "the end of the workers")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def run(*options):
    return subprocess.run(command(*options), capture_output=True, text=True, timeout=LIMIT)


def test_a_port_that_is_taken(lab):
    ended = run("--port", str(lab.port), "--no-browser")
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert f"{lab.port} is taken" in ended.stderr and "--port 0" in ended.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "70000"], "no port"),
        (["--port", "x"], "whole number"),
        (["--host", "example.org"], "not an address"),
        (["--host", "0.0.0.0"], "--name"),
        (["--host", "203.0.113.7"], "cannot be listened at"),
    ],
    ids=str,
)
def test_options_that_make_no_sense(options, said):
    ended = run(*options, "--no-browser")
    assert ended.returncode == 2 and said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_the_extra_one_sentence_tells_what_to_install():
    code = (
        "import sys; sys.modules['uvicorn'] = None; sys.modules['starlette'] = None\n"
        "from steepest.cli import main; main(['lab'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: the lab needs a web server: install it with pip install 'steepest[lab]'\n"
    )
