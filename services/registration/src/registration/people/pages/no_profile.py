"""The page for people who are signed in but are no attendees: hosts and organizers."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.web.pages.pages import Pages


def no_profile(request: Request, pages: Pages) -> HTMLResponse:
    """You have no profile here."""
    return pages.page("profile/nobody", request, status=HTTPStatus.NOT_FOUND)
