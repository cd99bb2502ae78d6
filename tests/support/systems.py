"""The API of another system, such as pretix, served over TCP by the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Remote:
    """Answers each path with JSON or a function, as set in ``answers``. Records the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        """The requested paths, with their queries."""
        self.authorizations: set[str] = set()
        self.hosts: set[str] = set()
        self.cookies: set[str] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.authorizations.add(request.headers.get("Authorization", ""))
        self.hosts.add(request.host)
        self.cookies.add(request.headers.get("Cookie", ""))
        answer = self.answers.get(request.path_qs, self.answers.get(request.path))
        if callable(answer):
            response: web.StreamResponse = await answer(request)
            return response
        if answer is None:
            return web.Response(status=404, text='{"detail": "Not found."}', content_type="application/json")
        return web.Response(text=json.dumps(answer), content_type="application/json")


@asynccontextmanager
async def remote() -> AsyncIterator[Remote]:
    """Serve the system on a free port of this machine."""
    system = Remote()
    app = web.Application()
    app.router.add_get("/{path:.*}", system.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        system.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield system
    finally:
        await runner.cleanup()


def status(code: int, **headers: str) -> Answer:
    """An answer with this status."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def after(seconds: float, then: Any = None) -> Answer:
    """An answer delayed by this many seconds."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response(text=json.dumps(then), content_type="application/json")

    return answer


class Hanging:
    """An answer that waits until ``go_on`` is set."""

    def __init__(self, then: Any = None) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self._then = then

    async def __call__(self, _: web.Request) -> web.StreamResponse:
        self.reached.set()
        await self.go_on.wait()
        return web.Response(text=json.dumps(self._then), content_type="application/json")


def in_turn(*answers: Any) -> Answer:
    """These answers one after the other; the last one repeats."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        one = left.pop(0) if len(left) > 1 else left[0]
        if callable(one):
            response: web.StreamResponse = await one(request)
            return response
        return web.Response(text=json.dumps(one), content_type="application/json")

    return answer
