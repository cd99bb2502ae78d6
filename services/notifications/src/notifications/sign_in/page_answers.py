"""What the pages of this room have in common: how they are shown, what their forms say, and the session's cookie."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from notifications.mail.templates import Templates
from notifications.sign_in.domain import browser_of
from shared.web.access.sessions import COOKIE, LIFETIME
from shared.wording.languages import Language, language_of

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # the address may hold a token; with no referrer at all, a form would have no Origin
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
}
SCRIPT_POLICY: Final = HEADERS["Content-Security-Policy"] + "; script-src 'self'; connect-src 'self'"
"""Of pages with a script of ours: no other script runs."""
ACCOUNT: Final = "/account"
"""The page after signing in, if no other one was asked for."""
PAGE: Final[dict[str, Any]] = {"content": {"text/html": {"schema": {"type": "string"}}}}
"""What OpenAPI says of an answer that is a page."""
SEE_OTHER: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "the page to go on with"}}

_MOST_FIELDS: Final = 10


class Pages:
    """Shows pages in the language of the browser; ``language`` is for browsers that ask for none that there is."""

    def __init__(self, templates: Templates, language: Language) -> None:
        self._templates = templates
        self._language = language

    def language(self, request: Request) -> Language:
        """The language in which this browser sees pages."""
        return language_of(browser_locale(request), self._language)

    def show(
        self, name: str, request: Request, status: int = HTTPStatus.OK, *, script: bool = False, **variables: object
    ) -> HTMLResponse:
        """The page with this name. With ``script``, scripts from our own origin run."""
        language = self.language(request)
        html = self._templates.page(name, language, **variables)
        policy = {"Content-Security-Policy": SCRIPT_POLICY} if script else {}
        return HTMLResponse(html, status, headers=HEADERS | {"Content-Language": language} | policy)


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


def see_other(path: str) -> Response:
    """Go on with this page, by GET."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers=HEADERS)


def with_session(response: Response, token: str) -> Response:
    """The response, which gives the browser the session with this token."""
    response.set_cookie(
        COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )
    return response


def without_session(response: Response) -> Response:
    """The response, which has the browser forget its session, and the pages that it still holds."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
