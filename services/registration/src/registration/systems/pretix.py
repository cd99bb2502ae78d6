"""pretix: thin webhooks that name an order, fetched through the API; check-ins are polled too.

The object is the order: it alone says which positions there are and whether it is cancelled. A check-in's webhook fetches its
position only, which has the check-ins.

An exit is a scan like an entry and takes nothing back. A check-in that is *reverted* is deleted, and one that is *annulled* (the
turnstile did not turn) counts as not successful: its position has neither any more. pretix tells by a webhook of what was
reverted, but not of what was annulled, which it allows for 15 minutes: so polls look back so far.

Sources: docs.pretix.eu, "Webhooks", "Orders" and "Check-in"; pretix' own ``pretix/api/webhooks.py`` for the actions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import quote

from registration.systems.base import (
    Body,
    ExternalId,
    Fetch,
    PolledPage,
    Request,
    Some,
    Time,
    WebhookContent,
    attendance,
    basic_password,
    check_password,
    departure,
    option,
    parse,
    path_of,
    person,
    shown,
    wrong_id,
)
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from shared.contract.envelope import Rejected

_CHECKIN_ACTIONS: Final = ("pretix.event.checkin", "pretix.event.checkin.reverted", "pretix.event.checkin.annulled")
_ORDER: Final = "pretix.event.order."
_ORDER_ACTIONS: Final = ("canceled", "reactivated", "modified", "denied", "deleted", "changed")
"""The changes of an order that can change who attended; that it was placed or paid does not."""

_OVERLAP: Final = timedelta(minutes=15)
"""How far a poll looks back behind the newest check-in that the last one saw: so long pretix lets one be annulled, and one may
become visible after a newer one."""
_MOST_SEEN: Final = 20_000
"""Of so many check-ins of that time it is known that they were seen; of any others, what they say is fetched again."""

_ANNULLED: Final = "annulled"
_STATUS: Final = "status/"
_GONE: Final = ("c", "deleted", "test")


class _Webhook(Body):
    notification_id: ExternalId
    action: str
    organizer: ExternalId
    event: ExternalId | None = None
    code: ExternalId | None = None
    orderposition_id: ExternalId | None = None


class _CheckIn(Body):
    id: ExternalId | None = None  # older versions of pretix do not give it
    list: ExternalId
    type: Literal["entry", "exit"] = "entry"
    datetime: Time
    auto_checked_in: bool = False


class _Position(Body):
    id: ExternalId
    order: ExternalId | None = None
    canceled: bool = False
    attendee_name: str | None = None
    attendee_email: str | None = None
    addon_to: ExternalId | None = None
    checkins: Some[_CheckIn] = []


class _Order(Body):
    code: ExternalId
    status: str
    testmode: bool = False
    positions: Some[_Position]


class _Scan(Body):
    id: ExternalId
    position: ExternalId | None = None
    successful: bool = True
    error_reason: str | None = None
    created: Time


class _Scans(Body):
    next: str | None = None
    results: Some[_Scan]


def verify(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """pretix signs nothing. The secret is the password in the webhook's URL, which it sends as HTTP basic authentication."""
    check_password(basic_password(request.headers), secrets)


def key(request: Request, now: datetime) -> str:
    return parse(_Webhook, request.body).notification_id


def read(request: Request, connection: Connection) -> WebhookContent:
    webhook = parse(_Webhook, request.body)
    if elsewhere := wrong_id(connection, organizer=webhook.organizer, event=webhook.event):
        return WebhookContent(ignored=elsewhere)
    if webhook.action in _CHECKIN_ACTIONS:
        if not (webhook.event and webhook.orderposition_id):
            raise Rejected("orderposition_id: is missing", [("orderposition_id", "is missing")])
        return WebhookContent(fetches=(_position_fetch(webhook.organizer, webhook.event, webhook.orderposition_id, connection),))
    if webhook.action.startswith(_ORDER) and webhook.action.removeprefix(_ORDER).split(".")[0] in _ORDER_ACTIONS:
        if not (webhook.event and webhook.code):
            raise Rejected("code: is missing", [("code", "is missing")])
        fetch = _order_fetch(webhook.organizer, webhook.event, webhook.code, connection)
        return WebhookContent(fetches=(replace(fetch, gone_is_news=webhook.action == f"{_ORDER}deleted"),))
    return WebhookContent(ignored=f"{shown(webhook.action)} says nothing of attendance")


def _position_fetch(organizer: str, event: str, position_id: str, connection: Connection) -> Fetch:
    path = path_of(connection, "api/v1", f"organizers/{organizer}/events/{event}/orderpositions/{position_id}/")
    return Fetch(path, {"include_canceled_positions": "true"}, f"position/{position_id}")


def _order_fetch(organizer: str, event: str, code: str, connection: Connection) -> Fetch:
    path = path_of(connection, "api/v1", f"organizers/{organizer}/events/{event}/orders/{code}/")
    return Fetch(path, {"include_canceled_positions": "true"}, f"order/{code}")


def observations(fetch: Fetch, body: bytes | None, at: datetime, connection: Connection) -> list[Observation]:
    if fetch.about.startswith("position/"):
        if body is None:
            return []  # deleted since it was polled; the order's webhook tells
        position = parse(_Position, body)
        if position.order is None:
            raise Rejected("order: is missing", [("order", "is missing")])
        return [Observation(f"order/{position.order}", (_part(position, at),))]
    if body is None and fetch.about.startswith(_STATUS):
        return []
    if body is None:
        return [Observation(fetch.about, (ObservedPart("order", moment(at), {"status": "deleted", "positions": []}),))]
    order = parse(_Order, body)
    state = {"status": "test" if order.testmode else order.status, "positions": [one.id for one in order.positions]}
    return [
        Observation(
            f"order/{order.code}", (ObservedPart("order", moment(at), state), *(_part(one, at) for one in order.positions))
        )
    ]


def _part(position: _Position, at: datetime) -> ObservedPart:
    scans = [] if position.canceled else [one for one in position.checkins if not one.auto_checked_in]
    data: dict[str, Any] = {"checkins": [_scan(one, position) for one in scans if one.type == "entry"]}
    if exits := [_scan(one, position) for one in scans if one.type == "exit"]:
        data["exits"] = exits
    if scans:  # of those who did not come, nothing is kept
        # Without an address of its own: the order has the buyer's, who may be somebody else. An add-on (a workshop) is its
        # ticket's holder's.
        account = f"position/{position.addon_to or position.id}"
        data["who"] = person(account, position.attendee_email, position.attendee_name)
    return ObservedPart(f"position/{position.id}", moment(at), data)


def _scan(one: _CheckIn, position: _Position) -> dict[str, Any]:
    """A scan by somebody. What pretix checked in or out by itself shows nobody's presence, and is left out before."""
    at = one.datetime.isoformat()
    name = f"checkin/{one.id}" if one.id else f"position/{position.id}/{one.list}/{at}"
    return {"name": name if one.id or one.type == "entry" else f"{name}/exit", "list": one.list, "at": at}


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    order = parts.get("order")
    if order and order.data["status"] in _GONE:
        return []
    positions = set(order.data["positions"]) if order else set()
    return [
        fact(one["name"], one["at"], part.data["who"], one["list"], connection)
        for name, part in parts.items()
        if name != "order"
        # A position that an order has no more was moved to another one.
        and (order is None or part.rank > order.rank or name.removeprefix("position/") in positions)
        for scans, fact in (("checkins", attendance), ("exits", departure))
        for one in part.data.get(scans, ())
    ]


def page_fetch(cursor: Mapping[str, Any], connection: Connection) -> Fetch:
    organizer, event = quote(option(connection, "organizer"), safe=""), quote(option(connection, "event"), safe="")
    path = path_of(connection, "api/v1", f"organizers/{organizer}/events/{event}/checkins/")
    since = {"created_since": cursor["since"]} if cursor.get("since") else {}
    return Fetch(path, {"ordering": "created", "page": str(cursor.get("page", 1)), **since})


def read_page(cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
    scans = parse(_Scans, body)
    seen: dict[str, list[Any]] = dict(cursor.get("scans", {}))  # by their ids: when they were created, and whether they count
    organizer, event = quote(option(connection, "organizer"), safe=""), quote(option(connection, "event"), safe="")
    changed = {one.position: None for one in scans.results if one.position and _is_news(one, seen.get(one.id))}
    fetches = tuple(replace(_position_fetch(organizer, event, one, connection), gone_is_news=True) for one in changed)
    created = [one.created for one in scans.results]
    newest = max([*created, *(datetime.fromisoformat(cursor[name]) for name in ("newest",) if cursor.get(name))], default=None)
    if newest:
        since = moment(newest - _OVERLAP)
        seen |= {one.id: [moment(one.created), one.successful] for one in scans.results}
        recent = sorted((item for item in seen.items() if item[1][0] >= since), key=lambda item: str(item[1][0]))
        seen = dict(recent[-_MOST_SEEN:])
    following = {"scans": seen, "newest": newest.isoformat() if newest else None}
    # Never the URL in `next`: only that there is one.
    if scans.next:
        return PolledPage(following | {"since": cursor.get("since"), "page": cursor.get("page", 1) + 1}, False, fetches)
    return PolledPage(following | {"since": (newest - _OVERLAP).isoformat() if newest else None, "page": 1}, True, fetches)


def _is_news(one: _Scan, seen: Sequence[Any] | None) -> bool:
    """Whether a check-in says something that was not known when it was ``seen``: that it counts, or that it counts no more."""
    if seen is None:  # a webhook may have told of one before it was annulled
        return one.successful or one.error_reason == _ANNULLED
    return bool(one.successful != seen[1])


def follow_up(seen: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
    """A check-in leads to its position, and that one to its order, which alone says whether it is cancelled."""
    organizer, event = quote(option(connection, "organizer"), safe=""), quote(option(connection, "event"), safe="")
    codes = dict.fromkeys(observation.object_id.removeprefix("order/") for observation in seen)
    fetches = (_order_fetch(organizer, event, code, connection) for code in codes)
    # Who deletes an order while it is polled has its webhook tell.
    return tuple(replace(fetch, about=f"{_STATUS}{code}", gone_is_news=True) for fetch, code in zip(fetches, codes, strict=True))


def gone(object_id: str, at: datetime) -> Observation:
    return Observation(object_id, (ObservedPart("order", moment(at), {"status": "deleted", "positions": []}),))
