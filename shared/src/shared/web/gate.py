"""What is refused before a service looks at a request: other hosts, browsers from other sites, and requests without a clear end.

A page elsewhere can have a browser send requests to any address, also to one in the browser's own network. It cannot choose the
header ``Origin``, nor ``Host``, unless it has a name of its own lead to our address (DNS rebinding).
"""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.urls import is_among, web_address, without_port
from shared.web.access.audit import SAFE
from shared.web.access.sessions import COOKIE
from shared.web.problems import answer

log = structlog.get_logger(__name__)

LOCAL_HOSTS: Final = ("localhost", "*.localhost", "*.svc", "*.cluster.local", "*.internal")
"""Names that nobody can have lead elsewhere: of this machine, of Kubernetes, of Docker. So can no name without a dot."""
_OWN_SITE: Final = ("same-origin", "none")
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DEFAULTS: Final = {
    "Cache-Control": "no-store",  # most of what is answered is somebody's data, or a secret
    "Content-Security-Policy": _NOTHING,  # what is no page needs nothing; a page says itself what it needs
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",  # browsers heed it behind TLS only (RFC 6797, 8.1)
    "X-Content-Type-Options": "nosniff",
}
_OF_FASTAPI: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_POLICIES: Final = {"/docs": _OF_FASTAPI, "/docs/oauth2-redirect": _OF_FASTAPI, "/redoc": _OF_FASTAPI}
"""Of pages that are not ours, and show the interface alone."""


class Gate:
    """ASGI middleware: checks ``Host`` and ``Origin``, answers HEAD as GET, and adds headers by which browsers store, run, frame
    and guess nothing.

    ``hosts`` are patterns as in ``shared.urls.host_pattern``, besides IP addresses, ``LOCAL_HOSTS`` and names without a dot.
    ``public_origins`` are where browsers see this service, whatever ``Host`` a proxy makes of it. On the paths that match
    ``open_paths`` browsers may post from anywhere: what they hold is proof enough. That does not hold for requests with a session
    cookie, which browsers add by themselves.
    """

    def __init__(
        self, app: ASGIApp, hosts: Collection[str], public_origins: Collection[str] = (), open_paths: Collection[str] = ()
    ) -> None:
        self._app = app
        public = [web_address(origin) for origin in public_origins]
        self._origins = [address.origin for address in public]
        self._hosts = (*LOCAL_HOSTS, *hosts, *(address.host for address in public))
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if policy := _POLICIES.get(scope["path"]):
                    headers.setdefault("Content-Security-Policy", policy)
                for name, value in _DEFAULTS.items():
                    if name not in headers and not (name == "Cache-Control" and "etag" in headers):
                        headers[name] = value
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        headers = _headers(scope)
        if fault := _framing_fault(scope, headers):
            _note(HTTPStatus.BAD_REQUEST, fault)
            response = answer(HTTPStatus.BAD_REQUEST, fault)
            response.headers["Connection"] = "close"
            await response(scope, receive, guarded)
        elif refusal := self._host_fault(headers) or self._origin_fault(scope, headers):
            _note(*refusal)
            await answer(*refusal)(scope, receive, guarded)
        else:
            await self._app({**scope, "method": "GET"} if head else scope, receive, guarded)

    def _host_fault(self, headers: Mapping[str, list[str]]) -> tuple[HTTPStatus, str] | None:
        given = headers.get("host", [])
        try:
            host = without_port(*given)
        except (ValueError, TypeError):
            return HTTPStatus.BAD_REQUEST, "send exactly one Host header, with a host such as desk.example.org:8000"
        if "." not in host or _is_address(host) or is_among(host, self._hosts):
            return None
        return (
            HTTPStatus.MISDIRECTED_REQUEST,
            f"this service does not accept the host {host!r}; add it to ALLOWED_HOSTS if it should",
        )

    def _origin_fault(self, scope: Scope, headers: Mapping[str, list[str]]) -> tuple[HTTPStatus, str] | None:
        if scope["method"] in SAFE:
            return None
        if any(fnmatchcase(scope["path"], pattern) for pattern in self._open_paths) and not _has_session(headers):
            return None
        sites, origins = headers.get("sec-fetch-site", []), headers.get("origin", [])
        if not sites and not origins:  # no browser
            return None
        if origins and self._is_own(origins, headers["host"][0]):
            return None
        if sites and all(site in _OWN_SITE for site in sites) and (not origins or origins == ["null"]):
            return None
        return HTTPStatus.FORBIDDEN, "browsers may send changes only from this site's own pages, but Origin names another site"

    def _is_own(self, origins: list[str], host: str) -> bool:
        if len(origins) != 1:
            return False
        try:
            origin = web_address(origins[0])
            seen = web_address(f"{origin.scheme}://{host}")
        except ValueError:
            return False
        return origin.origin in (seen.origin, *self._origins)


def _headers(scope: Scope) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def _has_session(headers: Mapping[str, list[str]]) -> bool:
    return any(f"{COOKIE}=" in cookies for cookies in headers.get("cookie", []))


def _framing_fault(scope: Scope, headers: Mapping[str, list[str]]) -> str:
    """What leaves in doubt where the request ends (RFC 9112, 6.1 and 6.3); "" where nothing does.

    A proxy may have read it otherwise: what we take for a second request was the body of the first for it, which nobody checked.
    """
    if "transfer-encoding" not in headers:
        return ""
    if "content-length" in headers:
        return "send Content-Length or Transfer-Encoding, not both"
    return "HTTP/1.0 does not allow Transfer-Encoding; send Content-Length" if scope.get("http_version") == "1.0" else ""


def _note(status: HTTPStatus, reason: str) -> None:
    log.warning("request_refused", status=status.value, reason=reason)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
