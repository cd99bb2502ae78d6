"""Eventbrite: thin webhooks that name an attendee or an order, fetched through the API.

Only ids are taken from a webhook's ``api_url``, never the address itself. By default every attendee of an order carries the
buyer's details, so an address counts only if the connection says that all attendees gave their own.

``attendee.checked_out`` (``barcode.un_checked_in`` in older versions) is sent when a barcode is scanned out, and also when a
check-in is removed by hand. In both cases the attendee is no longer ``checked_in``, and nothing tells the two apart. We read it
as its name says: somebody who checks out was there, and left. A cancellation or refund takes attendance away.

Sources: www.eventbrite.com/platform, "Webhooks" and "Attendee"; www.eventbrite.com/help, "Check in attendees" for scanning out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from registration.systems.adapter import Fetch, WebhookContent, WebhookRequest
from registration.systems.attendance import attendance, departure, person
from registration.systems.connection import Connection
from registration.systems.json_body import Body, BoundedList, ExternalId, Time, parse, shown
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from registration.systems.options import api_path, wrong_id
from registration.systems.signatures import basic_password, check_password, fingerprint
from shared.contract.envelope import Rejected
from shared.urls import web_address

_ACTIONS: Final = ("attendee.", "barcode.", "order.refunded", "order.updated")
_ATTENDEE: Final = re.compile(r"(?:v3/)?events/(\d{1,30})/attendees/(\d{1,30})/?", re.ASCII)
_ORDER: Final = re.compile(r"(?:v3/)?orders/(\d{1,30})/?", re.ASCII)
_IN: Final = "checkin/"
_OUT: Final = "checkout/"


class _Config(Body):
    action: str


class _EventbriteWebhook(Body):
    api_url: str
    config: _Config


class _EventbriteProfile(Body):
    name: str | None = None
    email: str | None = None


class _Barcode(Body):
    status: str
    created: Time | None = None
    changed: Time


class _EventbriteAttendee(Body):
    id: ExternalId
    event_id: ExternalId
    ticket_class_id: ExternalId | None = None
    changed: Time
    profile: _EventbriteProfile = _EventbriteProfile()
    barcodes: BoundedList[_Barcode] = []
    checked_in: bool = False
    cancelled: bool = False
    refunded: bool = False


class _EventbriteOrder(Body):
    attendees: BoundedList[_EventbriteAttendee]


def verify(request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
    """Eventbrite does not sign webhooks. The secret is in the webhook's URL: ``?key=``, or the password of basic
    authentication."""
    check_password(request.query.get("key") or basic_password(request.headers), secrets)


def key(request: WebhookRequest, now: datetime) -> str:
    # A delivery without an id is never taken for a repeat: two with the same body may be about different moments.
    return request.headers.get("x-eventbrite-delivery") or f"{moment(now)}/{fingerprint(request.body)}"


def read(request: WebhookRequest, connection: Connection) -> WebhookContent:
    webhook = parse(_EventbriteWebhook, request.body)
    if not webhook.config.action.startswith(_ACTIONS):
        return WebhookContent(ignored=f"{shown(webhook.config.action)} is not about attendance")
    path = _path_below(connection.api_url or "", webhook.api_url)
    if found := _ATTENDEE.fullmatch(path):
        event_id, attendee_id = found.groups()
        if elsewhere := wrong_id(connection, event=event_id):
            return WebhookContent(ignored=elsewhere)
        path = api_path(connection, "v3", f"events/{event_id}/attendees/{attendee_id}/")
        return WebhookContent(fetches=(Fetch(path, {}, f"attendee/{attendee_id}"),))
    if found := _ORDER.fullmatch(path):
        path = api_path(connection, "v3", f"orders/{found[1]}/")
        return WebhookContent(fetches=(Fetch(path, {"expand": "attendees"}, f"order/{found[1]}"),))
    detail = "must be the URL of an attendee or an order"
    raise Rejected(f"api_url: {detail}", [("api_url", detail)])


def _path_below(base: str, url: str) -> str:
    """The path of a URL below a base. Raises ``Rejected`` if the URL is not below it."""
    detail = f"must be below {base}, the connection's api_url: nothing is fetched from elsewhere"
    try:
        wanted, actual = web_address(base), web_address(url)
    except ValueError:  # not a URL
        raise Rejected(f"api_url: {detail}", [("api_url", detail)]) from None
    prefix = wanted.path.rstrip("/") + "/"
    if actual.origin != wanted.origin or not actual.path.startswith(prefix):
        raise Rejected(f"api_url: {detail}", [("api_url", detail)])
    return actual.path.removeprefix(prefix)


def observations(fetch: Fetch, body: bytes | None, at: datetime, connection: Connection) -> list[Observation]:
    whole_order = fetch.name.startswith("order/")
    attendees = parse(_EventbriteOrder, body or b"").attendees if whole_order else [parse(_EventbriteAttendee, body or b"")]
    return [
        Observation(f"attendee/{attendee.id}", tuple(_parts(attendee, at, connection)))
        for attendee in attendees
        if not wrong_id(connection, event=attendee.event_id)
    ]


def _parts(attendee: _EventbriteAttendee, at: datetime, connection: Connection) -> Iterator[ObservedPart]:
    """The attendee's last check-in, and each time of checking in and out: the API shows only the latest of them.

    Nothing is kept of people who did not come or were cancelled.
    """
    if attendee.cancelled or attendee.refunded:
        yield ObservedPart("attendee", moment(at), {})
    elif attendee.checked_in:
        used_at = [barcode.changed for barcode in attendee.barcodes if barcode.status == "used"]
        checked_in_at = min(used_at, default=attendee.changed).isoformat()
        email = attendee.profile.email if connection.own_addresses else None
        data = {
            "at": checked_in_at,
            "who": person(f"attendee/{attendee.id}", email, attendee.profile.name),
            "ticket_class": attendee.ticket_class_id,
        }
        yield ObservedPart("attendee", moment(at), data)
        yield ObservedPart(f"{_IN}{checked_in_at}", "", {"at": checked_in_at})
    elif left_at := _scanned_out(attendee):
        yield ObservedPart(f"{_OUT}{left_at}", "", {"at": left_at})


def _scanned_out(attendee: _EventbriteAttendee) -> str:
    """When an attendee who is not checked in may have been scanned out; empty if no barcode was ever scanned."""
    if not attendee.barcodes:
        return attendee.changed.isoformat()
    scanned_at = [
        barcode.changed for barcode in attendee.barcodes if barcode.created is None or barcode.changed > barcode.created
    ]
    return max(scanned_at).isoformat() if scanned_at else ""


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    latest = parts["attendee"].data if "attendee" in parts else {}
    if not latest:  # cancelled, or never checked in
        return []
    who, ticket_class = latest["who"], latest["ticket_class"]
    entries = {latest["at"]} | {part.data["at"] for name, part in parts.items() if name.startswith(_IN)}
    exits = {part.data["at"] for name, part in parts.items() if name.startswith(_OUT)}
    first_entry = min(map(datetime.fromisoformat, entries))
    return [
        *(attendance(f"{_IN}{at}", at, who, ticket_class, connection) for at in sorted(entries)),
        *(
            departure(f"{_OUT}{at}", at, who, ticket_class, connection)
            for at in sorted(exits)
            if datetime.fromisoformat(at) > first_entry  # an earlier change is not a departure
        ),
    ]
