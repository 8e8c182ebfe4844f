"""Whom the lab answers: requests that name it exactly, from its own page, and of bounded size."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steepest.lab.limits import BODY_SECONDS, MAX_BODY

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Names:
    """The hosts a browser may name, each with the origins a page of it may have."""

    origins: dict[str, frozenset[str]]

    @classmethod
    def of(cls, port: int, own: Iterable[str], others: Iterable[str] = ()) -> Names:
        """The lab's `own` names at `port`, and `others` as browsers write them: lab.org:8420.

        A page at an own name is never encrypted; `others` may stand before a proxy that is.
        """
        origins: dict[str, frozenset[str]] = {}
        for name in own:
            hosts = [f"{name}:{port}"] + ([name] if port == 80 else [])
            origins.update((host, frozenset({f"http://{host}"})) for host in hosts)
        for name in others:
            host = name.lower()
            origins[host] = frozenset({f"http://{host}", f"https://{host}"})
        return cls(origins)

    def refusal(self, method: str, hosts: list[str], origins: list[str]) -> str:
        """Why a request with these headers is not answered; "" if it is.

        A name that only begins with, or resolves to, the lab's is another name: a foreign page
        may own it. Browsers send the origin of a page with everything but plain visits.
        """
        if len(hosts) != 1 or hosts[0].lower() not in self.origins:
            return "this server does not go by that name: open the address that it printed"
        if len(origins) > 1 or (not origins and method not in ("GET", "HEAD")):
            return "say by the header Origin which page asks: the lab's own"
        if origins and origins[0] not in self.origins[hosts[0].lower()]:
            return "only the lab's own page is answered"
        return ""


class Guard:
    """Answers for the app where a request is not for it, and adds headers to all answers."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value.decode("latin-1"))
        reason = self._names.refusal(
            scope["method"], headers.get(b"host", []), headers.get(b"origin", [])
        )
        if reason:
            await refusal(403, reason)(scope, receive, protected)
            return
        length = headers.get(b"content-length", ["0"])[-1]
        if not length.isdigit() or int(length) > MAX_BODY:
            await too_large()(scope, receive, protected)
            return
        await self._app(scope, receive, protected)


def refusal(status: int, reason: str, **headers: str) -> JSONResponse:
    """A refusal in one sentence. The connection ends with it: nothing more of it is read."""
    return JSONResponse({"error": reason}, status, {"connection": "close", **headers})


def too_large() -> JSONResponse:
    """The answer to more bytes than any question needs."""
    return refusal(413, f"a request may have {MAX_BODY // 1024} kB at the most")


class TooLargeError(Exception):
    """More bytes came than were allowed."""


class GoneError(Exception):
    """The client left, or dawdled, before its request was complete."""


async def read_body(receive: Receive) -> bytes:
    """The body of a request, counted while it arrives. Raises TooLargeError, GoneError."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise GoneError
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    raise TooLargeError
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise GoneError from None
