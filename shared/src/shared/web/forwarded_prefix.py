"""Under which path the site has a service's routes, as the site's proxy says in ``X-Forwarded-Prefix``."""

from starlette.types import ASGIApp, Receive, Scope, Send


class ForwardedPrefix:
    """ASGI middleware: links and locations begin with ``prefix`` where the site's proxy took it off the path.

    Any other value is ignored: nobody can have a service lead elsewhere.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"x-forwarded-prefix") == self._prefix.encode():
            scope = {**scope, "root_path": self._prefix}
        await self._app(scope, receive, send)
