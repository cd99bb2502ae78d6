"""Assertions on HTTP responses: success, or a problem with an explanation."""

from collections.abc import Awaitable
from typing import Any

import httpx


async def ok(answer: Awaitable[httpx.Response]) -> Any:
    """The JSON of a successful response; None if it has no body."""
    response = await answer
    assert response.is_success, response.text
    return response.json() if response.content else None


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem details (RFC 9457) in this response."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    details: dict[str, Any] = answer.json()
    assert details["status"] == answer.status_code
    return details


async def refused(answer: Awaitable[httpx.Response], status: int, field: str | None = None) -> str:
    """Expect a problem with this status, about this field or none. Returns its detail."""
    response = await answer
    assert response.status_code == status, response.text
    details = problem(response)
    assert [fault["field"] for fault in details["errors"]] == ([field] if field else [])
    return str(details["detail"])
