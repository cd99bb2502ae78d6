"""The path prefix of a service's routes on the site: the proxy strips it and says so, or leaves it."""

from starlette.types import ASGIApp, Receive, Scope, Send


class ForwardedPrefix:
    """ASGI middleware: links and locations begin with ``prefix`` where the request's path did.

    A proxy that takes it off the path says so in ``X-Forwarded-Prefix``. Any other value of that is ignored: nobody can have a
    service lead elsewhere. Where the path still begins with it (an Ingress cannot take it off), it is taken off here.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if f"{scope['path']}/".startswith(f"{self._prefix}/"):
                raw: bytes = scope.get("raw_path") or b""
                scope = {
                    **scope,
                    "root_path": self._prefix,
                    "path": scope["path"].removeprefix(self._prefix) or "/",
                    "raw_path": raw.removeprefix(self._prefix.encode()),
                }
            elif dict(scope["headers"]).get(b"x-forwarded-prefix") == self._prefix.encode():
                scope = {**scope, "root_path": self._prefix}
        await self._app(scope, receive, send)
