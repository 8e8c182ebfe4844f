"""A lab in a process of its own, and clients that behave and others that do not."""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Found = TypeVar("Found")

#: Seconds after which what a test waits for will not come, however busy the machine is.
LIMIT = 120
#: A search that takes half a minute, told piece by piece.
LONG = {"formula": "(sin(9x y) + cos(7x^2) - y)^4", "box": [[-4, 4], [-4, 4]]}
SHORT = {"formula": "x^2 + 3y^2", "box": [[-1, 1], [-1, 2]]}


def until(so: Callable[[], Found | None], what: str) -> Found:
    """What `so` returns once it is true."""
    end = time.monotonic() + LIMIT
    while not (found := so()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)
    return found


class Answer(NamedTuple):
    """What came back: status, headers with small letters, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_constant=_refuse)

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return list(events(iter(self.body.decode("ascii").splitlines())))


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream as (name, data), as its lines come in."""
    for line in lines:
        if line.startswith("event: "):
            data = next(lines).removeprefix("data: ")
            yield line.removeprefix("event: ").strip(), json.loads(data, parse_constant=_refuse)


class Lab:
    """A running lab: its port, its process and questions to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """One request with the headers a browser would send; None leaves one out."""
        with self.asked(method, path, body, headers) as response:
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """The response while it comes in; leaving closes the connection."""
        own: dict[str, str | None] = {"Host": self.host}
        if method == "POST":
            own |= {"Origin": self.origin, "Content-Type": "application/json"}
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        own |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        response = None
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in own.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in own:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            yield response
        finally:
            if response is not None:
                response.close()
            connection.close()

    def work(self, kind: str, question: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """All events of one piece of work."""
        answer = self.ask("POST", f"/{kind}", question)
        assert answer.status == 200, answer.body
        return answer.events

    @contextmanager
    def working(self, kind: str, question: dict[str, Any]) -> Iterator[Iterator[Any]]:
        """The events as they come; leaving drops the connection."""
        with self.asked("POST", f"/{kind}", question) as response:
            assert response.status == 200
            yield events(line.decode("ascii").rstrip("\n") for line in response)

    @property
    def status(self) -> dict[str, Any]:
        return self.ask("GET", "/status").json

    def until(self, **expected: int) -> dict[str, Any]:
        """Wait until the lab says so of itself."""

        def so() -> dict[str, Any] | None:
            told = self.status
            return told if all(told[name] == value for name, value in expected.items()) else None

        return until(so, f"a lab of which it is true that {expected}")

    def workers(self) -> set[int]:
        """The worker processes as the operating system knows them."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # "pid (name) state parent …"; a zombie has ended.
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
                if int(parent) == self.process.pid and state != "Z":
                    found.add(int(stat.parent.name))
        return found

    def raw(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "steepest.cli", "lab", *options]


@contextmanager
def started(*options: str, cwd: Path | None = None) -> Iterator[Lab]:
    """A lab at a free port, ended as Ctrl-C would; whatever it complains of fails the test."""
    with subprocess.Popen(
        command("--port", "0", "--no-browser", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        said = process.stdout.readline()
        if not said:
            raise AssertionError(process.stderr.read())
        lab = Lab(process, int(said.split("/ ")[0].rpartition(":")[2]))
        try:
            yield lab
        finally:
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate(timeout=LIMIT)
        assert (process.returncode, complaints) == (0, ""), complaints


def hostile(lab: Lab, number: int) -> int | None:
    """One hostile request of many kinds; what came back, or None for a dropped connection."""
    dice = random.Random(number)
    deep = "(" * 2000 + "x" + ")" * 2000
    formulas = [
        "<script>alert(1)</script>", "</script>", deep, "9^9^9^9^9", "x" * 4096, "\0", "\ud800",
        "sin(" * 60 + "x" + ")" * 60, "__import__('os')", "x^1024^1024",
    ]  # fmt: skip
    match number % 8:
        case 0:
            return lab.ask("GET", "/", headers={"Host": f"localhost{dice.random()}.org"}).status
        case 1:
            return lab.ask("POST", "/basins", SHORT, {"Origin": "http://evil.org"}).status
        case 2:
            path = dice.choice(["/%2e%2e/%2e%2e/etc/passwd", "/..;/x", "/%00", "/" + "a" * 3000])
            return lab.ask("GET", path).status
        case 3:
            if dice.random() < 0.5:
                return ten_megabytes(lab)
            length: dict[str, str | None] = {"Content-Length": "10000000"}
            return lab.ask("POST", "/critical", b"x" * 1000, length).status
        case 4 | 5:
            question = {"formula": dice.choice(formulas)}
            return lab.ask("POST", "/symbolic", question).status
        case 6:
            with lab.asked("POST", "/critical", LONG) as response:
                # Leaves when the search has begun.
                return None if response.status == 200 and response.readline() else response.status
        case _:
            with lab.raw() as wire:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                head = f"POST /critical HTTP/1.1\r\nHost: {lab.host}\r\n"
                rest = dice.choice(["", "Content-Length: 9\r\n\r\n{", "\0\r\n\r\n"])
                wire.sendall((head + rest).encode())
            return None


def ten_megabytes(lab: Lab) -> int | None:
    """Ten million bytes whose number is not told beforehand; None if the lab hung up."""
    head = (
        f"POST /critical HTTP/1.1\r\nHost: {lab.host}\r\nOrigin: {lab.origin}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with lab.raw() as wire, suppress(ConnectionError):
        wire.sendall(head.encode())
        with suppress(ConnectionError):
            for _ in range(2500):
                wire.sendall(b"1000\r\n" + b"[" * 4096 + b"\r\n")
            raise AssertionError("the lab swallowed ten megabytes")
        answer = wire.recv(1000)
        return int(answer[9:12]) if answer else None
    return None
