"""The correlation id of a request: the client's, or a new one. It is logged, published, and returned."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from fastapi import Request, Response

from shared.logging import correlated


async def with_correlation_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """A middleware: what is logged and published while this request is handled has its ``X-Correlation-Id``."""
    identifier = request.headers.get("x-correlation-id", "")
    if not (identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= 256):
        identifier = uuid4().hex
    with correlated(identifier):
        response = await call_next(request)
    response.headers["x-correlation-id"] = identifier
    return response
