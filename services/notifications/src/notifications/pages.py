"""The pages behind the links in a mail: unsubscribe, and think better of it.

To follow a link never changes anything: mail programs and virus scanners follow links on their own. A mail program's own
button posts instead, without asking further (RFC 8058).
"""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from notifications.links import Links
from notifications.rendering import Renderer
from notifications.repository import Repository
from notifications.use_cases import Notifications
from shared.mongo import Database

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}


def create_router(
    notifications: Notifications, repository: Repository, database: Database, renderer: Renderer, links: Links
) -> APIRouter:
    """``/unsubscribe/{token}``."""
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

    def page(attendee_id: str, *, unsubscribed: bool, resubscribed: bool = False) -> HTMLResponse:
        link = links.unsubscribe(attendee_id)
        html = renderer.page("unsubscribe", link=link, unsubscribed=unsubscribed, resubscribed=resubscribed)
        return HTMLResponse(html, headers=HEADERS)

    def unknown_link() -> HTMLResponse:
        return HTMLResponse(renderer.page("unknown_link"), HTTPStatus.NOT_FOUND, headers=HEADERS)

    @router.get("/unsubscribe/{token}")
    async def ask(token: str) -> HTMLResponse:
        """Asks; changes nothing."""
        attendee_id = links.attendee_id(token)
        if attendee_id is None:
            return unknown_link()
        attendee = await repository.attendee(attendee_id)
        return page(attendee_id, unsubscribed=attendee is not None and attendee.unsubscribed)

    @router.post("/unsubscribe/{token}")
    async def unsubscribe(token: str) -> HTMLResponse:
        """No more mails to this attendee. Again, it changes nothing."""
        attendee_id = links.attendee_id(token)
        if attendee_id is None:
            return unknown_link()
        await database.transact(lambda tx: notifications.subscribe(attendee_id, False, tx))
        return page(attendee_id, unsubscribed=True)

    @router.post("/unsubscribe/{token}/undo")
    async def subscribe_again(token: str) -> HTMLResponse:
        """The attendee wants mails after all."""
        attendee_id = links.attendee_id(token)
        if attendee_id is None:
            return unknown_link()
        await database.transact(lambda tx: notifications.subscribe(attendee_id, True, tx))
        return page(attendee_id, unsubscribed=False, resubscribed=True)

    return router
