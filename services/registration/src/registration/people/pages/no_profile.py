"""The page for whoever is signed in, but is no attendee: a host or an organizer."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.web.pages.pages import Pages


def no_profile(request: Request, pages: Pages) -> HTMLResponse:
    """You have no profile here."""
    return pages.page("profile/nobody", request, status=HTTPStatus.NOT_FOUND)
