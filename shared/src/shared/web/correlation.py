"""The correlation id of a request: the client's, or a new one. It is logged, published, and returned.

A request that is refused is logged here, whatever refused it.
"""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from fastapi import Request, Response

from shared.logging import correlated

log = structlog.get_logger(__name__)


async def with_correlation_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """A middleware: everything logged and published while handling a request has its ``X-Correlation-Id``."""
    identifier = request.headers.get("x-correlation-id", "")
    if not (identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= 256):
        identifier = uuid4().hex
    with correlated(identifier):
        response = await call_next(request)
        if 400 <= response.status_code < 500:
            # The route's path rather than the request's, which may contain personal data.
            route = getattr(request.scope.get("route"), "path", None)
            log.info("request_refused", status=response.status_code, method=request.method, route=route)
    response.headers["x-correlation-id"] = identifier
    return response
