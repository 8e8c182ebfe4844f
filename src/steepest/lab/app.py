"""What the lab answers: one page, its state of affairs, and work as streams of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from steepest import __version__
from steepest.lab import requests
from steepest.lab.events import Event
from steepest.lab.guard import (
    GoneError,
    Guard,
    Names,
    TooLargeError,
    read_body,
    refusal,
    too_large,
)
from steepest.lab.limits import Limits
from steepest.lab.pool import BusyError, Pool
from steepest.lab.site import site

_STREAM: Final = {"content-type": "text/event-stream", "x-accel-buffering": "no"}


def lab(names: Names, limits: Limits | None = None) -> tuple[ASGIApp, Pool]:
    """The lab as an ASGI application that answers to `names`, and its workers."""
    pool = Pool(limits or Limits())
    shown = site()

    async def page(request: Request) -> Response:
        headers = {"content-security-policy": shown.policy}
        return Response(shown.body, media_type="text/html; charset=utf-8", headers=headers)

    async def status(request: Request) -> Response:
        return JSONResponse(
            {
                "version": __version__,
                "running": pool.running,
                "waiting": pool.waiting,
                "workers": pool.workers,
            }
        )

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        await pool.open()
        yield
        await pool.close()

    work = [Route(f"/{kind}", Work(pool, kind), methods=["POST"]) for kind in requests.KINDS]
    app = Starlette(
        routes=[Route("/", page), Route("/status", status), *work],
        exception_handlers={404: _nothing_here, 405: _nothing_here},
        lifespan=life,
    )
    app.router.redirect_slashes = False
    return Guard(app, names), pool


async def _nothing_here(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return refusal(status, "there is nothing here that could be had this way: see /")


class Work:
    """One request, one piece of work: closing the connection ends it."""

    def __init__(self, pool: Pool, kind: str) -> None:
        self._pool = pool
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._refuse_or_ask(scope, receive)
        if isinstance(answer, Response):
            await answer(scope, receive, send)
        elif answer is not None:
            await _stream(self._pool.work(_client(scope), answer), receive, send)

    async def _refuse_or_ask(
        self, scope: Scope, receive: Receive
    ) -> Response | requests.Task | None:
        """The task, for which the pool was asked; or a refusal; or None if nobody is there."""
        kind = Request(scope).headers.get("content-type", "").partition(";")[0].strip()
        if kind.lower() != "application/json":
            return refusal(415, "send the question as application/json")
        try:
            task = requests.read(self._kind, await read_body(receive))
            self._pool.ask(_client(scope))
        except GoneError:
            return None
        except TooLargeError:
            return too_large()
        except requests.BadRequestError as error:
            return refusal(400, str(error))
        except BusyError as error:
            again = {"retry-after": "10"}
            return refusal(429 if error.alone else 503, str(error), **again)
        return task


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


async def _stream(events: AsyncGenerator[Event, None], receive: Receive, send: Send) -> None:
    """Send events until the last one, or until the client is gone."""
    gone = asyncio.ensure_future(_gone(receive))
    sending = asyncio.ensure_future(_send_all(events, send))
    try:
        await asyncio.wait([gone, sending], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (gone, sending):
            task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_all(events: AsyncGenerator[Event, None], send: Send) -> None:
    async with aclosing(events):
        headers = [(name.encode(), value.encode()) for name, value in _STREAM.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for event in events:
            await send({"type": "http.response.body", "body": event.sent(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
