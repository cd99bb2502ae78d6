"""``/open/{token}``: from a mail to the page that it speaks of, signed in.

A GET changes nothing, because mail programs and virus scanners follow links on their own. The button of its page signs in, once.
"""

from http import HTTPStatus

from fastapi import Depends, Request
from fastapi.responses import Response

from notifications.links import Links, PageLink
from notifications.sign_in.page_answers import browser, with_session, with_zone
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.database.mongo import Database
from shared.web.access.guard import public
from shared.web.access.signed_in import People, own_path
from shared.web.pages.pages import PageRouter, Pages, see_other


def create_router(sign_ins: SignIns, people: People, links: Links, database: Database, pages: Pages) -> PageRouter:
    """``/open/{token}``."""
    router = PageRouter(dependencies=[Depends(public("the signed link in a mail is the proof, and only a POST uses it"))])

    def gone(link: PageLink, request: Request) -> Response:
        return pages.page("open_link_gone", request, status=HTTPStatus.GONE, next=own_path(link.path))

    @router.get("/open/{token}")
    async def show_link(token: str, request: Request) -> Response:
        """Continue if the reader is signed in; else ask. Nothing is changed."""
        link = links.opened(token)
        if link is None:
            return pages.page("unknown_link", request, status=HTTPStatus.NOT_FOUND)
        session = await people.session(request)
        person_ids = await sign_ins.people_of(link.person_id)
        if session and set(session.person_ids) & set(person_ids):
            return see_other(own_path(link.path) or "/")
        email = await sign_ins.email(link.person_id)
        if not email or not await sign_ins.opens(token, link, clock.now()):
            return gone(link, request)
        other = await sign_ins.email(session.person_id) if session else ""
        return pages.page("open_link", request, token=token, email=email, other_email=other)

    @router.post("/open/{token}")
    async def use_link(token: str, request: Request) -> Response:
        """Sign in and continue. Anybody who was signed in before is signed out."""
        link = links.opened(token)
        if link is None:
            return pages.page("unknown_link", request, status=HTTPStatus.NOT_FOUND)
        before = await people.session(request)
        if before and set(before.person_ids) & set(await sign_ins.people_of(link.person_id)):
            return see_other(own_path(link.path) or "/")  # the button was pressed twice
        session = await database.transact(lambda tx: sign_ins.open(token, link, before, browser(request), tx))
        if session is None:
            return gone(link, request)
        await people.session_by(session, request)  # from here on, the request is theirs
        zone = await sign_ins.time_zone(link.person_id)
        return with_zone(with_session(see_other(own_path(link.path) or "/"), session), request, zone)

    return router
