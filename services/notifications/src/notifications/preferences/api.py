"""The pages behind the links in a mail: unsubscribe, choose mails, read the mail in the browser.

They need no log-in: the signed link is the proof. A GET never changes anything, because mail programs and virus scanners follow
links on their own. The unsubscribe button of a mail program posts, and is not asked to confirm (RFC 8058).
"""

import email.policy
from dataclasses import dataclass
from email.parser import BytesParser
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.digest_times import Frequency
from notifications.links import Links
from notifications.messages.repository.messages import Messages
from notifications.preferences.domain import MATCHES, chosen, offered, zones
from notifications.preferences.use_cases import Subscriptions
from shared import clock
from shared.database.mongo import Database
from shared.refusals import Invalid
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.pages.pages import Pages
from shared.wording.languages import LANGUAGES, Language, language_of

MAIL_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Robots-Tag": "noindex",
    # Only styles and links work in a mail, whatever a stranger got into it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
}

_PAGE: Final[dict[str, Any]] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "this service did not make the link", **_PAGE}}
_GONE: Final[dict[int | str, dict[str, Any]]] = {410: {"description": "it is not kept any more", **_PAGE}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    422: {"description": "the choice does not exist; nothing is changed", **_PAGE}
}
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "digest": {"enum": ["instant", "daily", "weekly", "never"]},
                        "kind": {"type": "array", "items": {"type": "string"}},
                        "none": {"type": "string"},
                        "language": {"type": "string"},
                        "time_zone": {"type": "string"},
                    },
                }
            }
        }
    }
}

_MOST_FIELDS: Final = 100
"""The most fields that a form may have."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A kind of mail on the page of preferences."""

    name: str
    on: bool


def create_router(
    subscriptions: Subscriptions,
    contacts: Contacts,
    messages: Messages,
    database: Database,
    pages: Pages,
    links: Links,
    language: Language,
    frequency: Frequency,
    keep_days: int,
) -> Router:
    """``/unsubscribe/{token}``, ``/preferences/{token}`` and ``/mail/{token}``.

    ``language`` and ``frequency`` (of digests) are for people whose own are not known; ``keep_days`` is how long mails are kept.
    """
    router = Router(
        tags=["pages"],
        dependencies=[Depends(public("the signed link from a mail says whose page it is, and is the proof"))],
        default_response_class=HTMLResponse,
        responses=_UNKNOWN,
    )

    def page(
        name: str, request: Request, contact: Contact | None = None, status: int = HTTPStatus.OK, **values: Any
    ) -> HTMLResponse:
        spoken = language_of(contact.locale, language) if contact and contact.locale else None
        response = pages.page(name, request, language=spoken, status=status, **values)
        response.headers["Referrer-Policy"] = "no-referrer"  # the address holds the token
        return response

    def unknown_link(request: Request) -> HTMLResponse:
        return page("unknown_link", request, status=HTTPStatus.NOT_FOUND)

    # Unsubscribe

    async def unsubscribe_page(
        id: str, request: Request, *, unsubscribed: bool | None = None, resubscribed: bool = False
    ) -> HTMLResponse:
        contact = await contacts.get(id)
        return page(
            "unsubscribe",
            request,
            contact,
            link=links.unsubscribe(id),
            preferences_url=links.preferences(id),
            unsubscribed=contact is not None and contact.unsubscribed if unsubscribed is None else unsubscribed,
            resubscribed=resubscribed,
        )

    @router.get("/unsubscribe/{token}")
    async def ask(token: str, request: Request) -> HTMLResponse:
        """Ask for confirmation. Nothing is changed."""
        id = links.unsubscriber(token)
        return await unsubscribe_page(id, request) if id else unknown_link(request)

    @router.post("/unsubscribe/{token}")
    async def unsubscribe(token: str, request: Request) -> HTMLResponse:
        """Stop optional mails to this person. Repeating it changes nothing."""
        id = links.unsubscriber(token)
        if not id:
            return unknown_link(request)
        await database.transact(lambda tx: subscriptions.subscribe(id, False, tx))
        return await unsubscribe_page(id, request, unsubscribed=True)

    @router.post("/unsubscribe/{token}/undo")
    async def subscribe_again(token: str, request: Request) -> HTMLResponse:
        """Send this person optional mails again."""
        id = links.unsubscriber(token)
        if not id:
            return unknown_link(request)
        await database.transact(lambda tx: subscriptions.subscribe(id, True, tx))
        return await unsubscribe_page(id, request, unsubscribed=False, resubscribed=True)

    # Preferences

    def preferences_page(contact: Contact, request: Request, *, saved: bool = False, refused: bool = False) -> HTMLResponse:
        wanted, kinds = contact.preferences, offered(contact)
        known_zones = zones()
        zone = wanted.time_zone
        return page(
            "preferences",
            request,
            contact,
            HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
            saved=saved,
            refused=refused,
            without_consent=contact.attendee is not None and not (contact.attendee.mail_consent or contact.merged_into),
            digest=(_frequency(contact) or frequency) if any(kind.name == MATCHES for kind in kinds) else "",
            switches=[Switch(kind.name, kind.name not in wanted.off) for kind in kinds if kind.name != MATCHES],
            unsubscribed=contact.unsubscribed,
            chosen_language=wanted.language,
            zones=known_zones,
            chosen_zone=zone,
            other_zone=zone if zone and not any(zone in names for names in known_zones.values()) else None,
        )

    async def chooser(id: str) -> Contact | None:
        """The contact whose preferences a link for this person changes; None if no address is known."""
        contact = await contacts.get(id)
        if contact and contact.chooser != id:
            contact = await contacts.get(contact.chooser)
        return contact if contact and contact.mailbox else None

    def nothing_kept(request: Request) -> HTMLResponse:
        return page("nothing_kept", request, status=HTTPStatus.GONE)

    @router.get("/preferences/{token}", responses=_GONE)
    async def show_preferences(token: str, request: Request) -> HTMLResponse:
        """Show which mails the person has chosen."""
        id = links.chooser(token)
        if not id:
            return unknown_link(request)
        contact = await chooser(id)
        return preferences_page(contact, request) if contact else nothing_kept(request)

    @router.post("/preferences/{token}", responses=_GONE | _REFUSED, openapi_extra=_FORM)
    async def choose(token: str, request: Request) -> HTMLResponse:
        """Save the person's choice, sent as a form.

        ``digest`` is instant, daily, weekly or never; ``kind`` is repeated for each wanted kind; ``none`` unsubscribes from all
        optional mails; ``time_zone`` is an IANA name.
        """
        id = links.chooser(token)
        if not id:
            return unknown_link(request)
        contact = await chooser(id)
        if contact is None:
            return nothing_kept(request)
        try:
            form = parse_qs((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
            choice = chosen(form, contact, LANGUAGES)
        except (Invalid, ValueError):  # ValueError: not UTF-8, or too many fields
            return preferences_page(contact, request, refused=True)
        kept = await database.transact(lambda tx: subscriptions.choose(id, choice, tx))
        return preferences_page(kept, request, saved=True) if kept else nothing_kept(request)

    # The mail itself

    @router.get("/mail/{token}", responses=_GONE)
    async def show_mail(token: str, request: Request) -> HTMLResponse:
        """Show the mail as it was sent, for as long as it is kept."""
        viewed = links.viewed(token)
        if not viewed:
            return unknown_link(request)
        raw = await messages.sent_mail(viewed, clock.now())
        html = raw and _html(raw)
        if not html:
            return page("mail_gone", request, status=HTTPStatus.GONE, keep_days=keep_days)
        return HTMLResponse(html, headers=MAIL_HEADERS)

    return router


def _frequency(contact: Contact) -> str | None:
    return "never" if MATCHES in contact.preferences.off else contact.preferences.digest


def _html(raw: bytes) -> str:
    mail = BytesParser(policy=email.policy.default).parsebytes(raw)
    part = mail.get_body(("html",))
    return str(part.get_content()) if part else ""
