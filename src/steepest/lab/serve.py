"""`steepest lab`: the server, from the port it takes to the last worker it ends."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn

from steepest.errors import ParameterError
from steepest.lab.app import lab
from steepest.lab.guard import Names
from steepest.lab.limits import Limits
from steepest.lab.pool import Pool

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_CONNECTIONS: Final = 512
_LAST_WORDS: Final = 5  # seconds that open connections have when the lab closes


def serve(
    port: int,
    *,
    host: str = "127.0.0.1",
    names: Sequence[str] = (),
    browser: bool = True,
    said: Callable[[str], None] = print,
    limits: Limits | None = None,
) -> None:
    """Serve the lab at `host`:`port` until Ctrl-C; port 0 is any free one.

    `names` are further names under which browsers reach it. `said` gets the address once it
    answers there, and with `browser` it is opened.

    Raises ParameterError where `host` or `port` cannot be had.
    """
    own = _own_names(host, names)
    with contextlib.closing(_listen(host, port)) as listener:
        port = listener.getsockname()[1]
        app, pool = lab(Names.of(port, own, names), limits)
        address = f"http://{names[0] if names else f'{own[0]}:{port}'}/"

        def ready() -> None:
            said(address)
            if browser:
                # Some systems wait here until the browser is closed.
                threading.Thread(target=_open, args=(address,), daemon=True).start()

        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_LAST_WORDS,
        )
        with contextlib.suppress(KeyboardInterrupt):  # which is how a lab ends
            _Server(config, pool, ready).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the work before it waits for those who watch it."""

    def __init__(self, config: uvicorn.Config, pool: Pool, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._pool = pool
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._pool.close()
        await super().shutdown(sockets)


def _own_names(host: str, names: Sequence[str]) -> list[str]:
    """The names a browser on this network may use for the address `host`."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ParameterError(
            f"--host: {host!r:.60} is not an address of this machine; give one, such as"
            " 127.0.0.1, and its name with --name"
        ) from None
    if address.is_unspecified:
        if not names:
            raise ParameterError(
                f"--host {host} listens everywhere, so say with --name by which name browsers"
                " reach this machine, such as --name lab.example.org:8420"
            )
        return list(_LOOPBACK)
    written = f"[{address}]" if address.version == 6 else str(address)
    return [written, "localhost"] if address.is_loopback else [written]


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ParameterError(_why(host, port, error)) from None
    return listener


def _why(host: str, port: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, OverflowError):
        return f"--port: {port} is no port; give one from 0 to 65535"
    if number == errno.EADDRINUSE:
        return (
            f"--port: {port} is taken, perhaps by another lab; end that one, or give another"
            " port: --port 0 takes any that is free"
        )
    if number in (errno.EACCES, errno.EPERM):
        return f"--port: {port} is not for everyone; give one above 1023, such as 8420"
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return f"--host: {host} cannot be listened at ({reason}); leave --host out"


def _open(address: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)
