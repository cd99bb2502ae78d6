"""How long requests take, by route, for Prometheus."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import REQUEST_SECONDS

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Others are counted together: clients choose them."""


class RequestMetrics:
    """ASGI middleware: measures each request, whatever refuses it further in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            # The route's path: that of the request may hold ids and tokens, and there is no end of them.
            route = getattr(scope.get("route"), "path", "")
            REQUEST_SECONDS.labels(method, route, f"{status // 100}xx").observe(time.perf_counter() - began)
