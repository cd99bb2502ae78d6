"""What the pages of this room have in common: their forms, and the session's cookie."""

from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import Response

from notifications.sign_in.domain import browser_of
from shared.web.access.sessions import COOKIE, LIFETIME
from shared.web.pages.reader import ZONE_COOKIE, remember

ACCOUNT: Final = "/account"
"""The page of one's own sessions and passkeys."""
PAGE: Final[dict[str, Any]] = {"content": {"text/html": {"schema": {"type": "string"}}}}
"""What OpenAPI says of a response that is a page."""
SEE_OTHER: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "the page to continue with"}}

_MOST_FIELDS: Final = 10


def form(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """What OpenAPI says of a form with these fields."""
    text = {"type": "string"}
    schema = {"type": "object", "properties": dict.fromkeys((*required, *optional), text), "required": list(required)}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form; none if it is not one."""
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        return {}
    return {name: values[0] for name, values in fields.items()}


def browser_locale(request: Request) -> str:
    """The first language that the browser accepts."""
    return request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()[:35]


def browser(request: Request) -> str:
    """Which browser it is, roughly."""
    return browser_of(request.headers.get("user-agent", ""))


def client_address(request: Request) -> str:
    """The address of the browser; "" if it is not known."""
    return request.client.host if request.client else ""


def with_session(response: Response, token: str) -> Response:
    """The response, which gives the browser the session with this token."""
    response.set_cookie(
        COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )
    return response


def with_zone(response: Response, request: Request, zone: str) -> Response:
    """The response, which has the browser remember a person's time zone: browsers that run no scripts do not tell theirs."""
    if zone and ZONE_COOKIE not in request.cookies:
        remember(response, zone=zone)
    return response


def without_session(response: Response) -> Response:
    """The response, which has the browser forget its session, and the pages that it still holds."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
