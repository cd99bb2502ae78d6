"""pretix: thin webhooks that name an order, fetched through the API; check-ins are polled too.

The object is the order, which alone knows its positions and whether it is cancelled. A check-in's webhook leads to its position
only, which has the check-ins.

An exit is a scan like an entry and takes nothing back. A check-in that is *reverted* is deleted, and one that is *annulled* (the
turnstile did not turn) counts as not successful: its position lists neither any more. Webhooks report reverted check-ins, but
not annulled ones. pretix allows annulling for 15 minutes, so polls look back that far.

Sources: docs.pretix.eu, "Webhooks", "Orders" and "Check-in"; pretix' own ``pretix/api/webhooks.py`` for the actions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from registration.systems.adapter import Fetch, PolledPage, WebhookContent, WebhookRequest
from registration.systems.attendance import attendance, departure, person
from registration.systems.connection import Connection
from registration.systems.json_body import Body, BoundedList, ExternalId, Time, parse, shown
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from registration.systems.options import api_path, path_option, wrong_id
from registration.systems.signatures import basic_password, check_password
from shared.contract.envelope import Rejected

_CHECKIN_ACTIONS: Final = ("pretix.event.checkin", "pretix.event.checkin.reverted", "pretix.event.checkin.annulled")
_ORDER: Final = "pretix.event.order."
_ORDER_ACTIONS: Final = ("canceled", "reactivated", "modified", "denied", "deleted", "changed")
"""The changes of an order that can change who attended. Placing or paying it cannot."""

_OVERLAP: Final = timedelta(minutes=15)
"""How far a poll looks back behind the newest check-in of the last poll: pretix lets a check-in be annulled for that long, and
one may become visible after a newer one."""
_MAX_REMEMBERED: Final = 20_000
"""How many check-ins of that time the cursor remembers. The positions of others are fetched again."""

_ANNULLED: Final = "annulled"
_STATUS: Final = "status/"
_GONE: Final = ("c", "deleted", "test")


class _PretixWebhook(Body):
    notification_id: ExternalId
    action: str
    organizer: ExternalId
    event: ExternalId | None = None
    code: ExternalId | None = None
    orderposition_id: ExternalId | None = None


class _PretixCheckIn(Body):
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
    checkins: BoundedList[_PretixCheckIn] = []


class _PretixOrder(Body):
    code: ExternalId
    status: str
    testmode: bool = False
    positions: BoundedList[_Position]


class _Scan(Body):
    id: ExternalId
    position: ExternalId | None = None
    successful: bool = True
    error_reason: str | None = None
    created: Time


class _Scans(Body):
    next: str | None = None
    results: BoundedList[_Scan]


def verify(request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
    """pretix signs nothing. The secret is the password in the webhook's URL, which it sends as HTTP basic authentication."""
    check_password(basic_password(request.headers), secrets)


def key(request: WebhookRequest, now: datetime) -> str:
    return parse(_PretixWebhook, request.body).notification_id


def read(request: WebhookRequest, connection: Connection) -> WebhookContent:
    webhook = parse(_PretixWebhook, request.body)
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
        return WebhookContent(fetches=(replace(fetch, may_be_deleted=webhook.action == f"{_ORDER}deleted"),))
    return WebhookContent(ignored=f"{shown(webhook.action)} is not about attendance")


def _position_fetch(organizer: str, event: str, position_id: str, connection: Connection) -> Fetch:
    path = api_path(connection, "api/v1", f"organizers/{organizer}/events/{event}/orderpositions/{position_id}/")
    return Fetch(path, {"include_canceled_positions": "true"}, f"position/{position_id}")


def _order_fetch(organizer: str, event: str, code: str, connection: Connection) -> Fetch:
    path = api_path(connection, "api/v1", f"organizers/{organizer}/events/{event}/orders/{code}/")
    return Fetch(path, {"include_canceled_positions": "true"}, f"order/{code}")


def observations(fetch: Fetch, body: bytes | None, at: datetime, connection: Connection) -> list[Observation]:
    if fetch.name.startswith("position/"):
        if body is None:
            return []  # deleted since the poll saw it; the order's webhook will say so
        position = parse(_Position, body)
        if position.order is None:
            raise Rejected("order: is missing", [("order", "is missing")])
        return [Observation(f"order/{position.order}", (_part(position, at),))]
    if body is None and fetch.name.startswith(_STATUS):
        return []
    if body is None:
        return [deleted(fetch.name, at)]
    order = parse(_PretixOrder, body)
    state = {"status": "test" if order.testmode else order.status, "positions": [position.id for position in order.positions]}
    return [
        Observation(
            f"order/{order.code}",
            (ObservedPart("order", moment(at), state), *(_part(position, at) for position in order.positions)),
        )
    ]


def _part(position: _Position, at: datetime) -> ObservedPart:
    scans = [] if position.canceled else [checkin for checkin in position.checkins if not checkin.auto_checked_in]
    data: dict[str, Any] = {"checkins": [_scan(checkin, position) for checkin in scans if checkin.type == "entry"]}
    if exits := [_scan(checkin, position) for checkin in scans if checkin.type == "exit"]:
        data["exits"] = exits
    if scans:  # nothing is stored about people who did not come
        # A position without an address is known by its account: the order's address is the buyer's, who may be somebody
        # else. An add-on, such as a workshop, belongs to the holder of its ticket.
        account = f"position/{position.addon_to or position.id}"
        data["who"] = person(account, position.attendee_email, position.attendee_name)
    return ObservedPart(f"position/{position.id}", moment(at), data)


def _scan(checkin: _PretixCheckIn, position: _Position) -> dict[str, Any]:
    """A scan by a person, as a part holds it."""
    at = checkin.datetime.isoformat()
    name = f"checkin/{checkin.id}" if checkin.id else f"position/{position.id}/{checkin.list}/{at}"
    return {"name": name if checkin.id or checkin.type == "entry" else f"{name}/exit", "list": checkin.list, "at": at}


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    order = parts.get("order")
    if order and order.data["status"] in _GONE:
        return []
    positions = set(order.data["positions"]) if order else set()
    return [
        build(scan["name"], scan["at"], part.data["who"], scan["list"], connection)
        for name, part in parts.items()
        if name != "order"
        # A position that its order no longer lists was moved to another order.
        and (order is None or part.rank > order.rank or name.removeprefix("position/") in positions)
        for scans, build in (("checkins", attendance), ("exits", departure))
        for scan in part.data.get(scans, ())
    ]


def page_fetch(cursor: Mapping[str, Any], connection: Connection) -> Fetch:
    organizer, event = path_option(connection, "organizer"), path_option(connection, "event")
    path = api_path(connection, "api/v1", f"organizers/{organizer}/events/{event}/checkins/")
    since = {"created_since": cursor["since"]} if cursor.get("since") else {}
    return Fetch(path, {"ordering": "created", "page": str(cursor.get("page", 1)), **since})


def read_page(cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
    scans = parse(_Scans, body)
    known: dict[str, list[Any]] = dict(cursor.get("scans", {}))  # by id: when it was created, and whether it counts
    organizer, event = path_option(connection, "organizer"), path_option(connection, "event")
    changed = dict.fromkeys(scan.position for scan in scans.results if scan.position and _is_news(scan, known.get(scan.id)))
    fetches = tuple(replace(_position_fetch(organizer, event, id, connection), may_be_deleted=True) for id in changed)
    created = [scan.created for scan in scans.results]
    newest = max([*created, *(datetime.fromisoformat(cursor[name]) for name in ("newest",) if cursor.get(name))], default=None)
    if newest:
        since = moment(newest - _OVERLAP)
        known |= {scan.id: [moment(scan.created), scan.successful] for scan in scans.results}
        recent = sorted((item for item in known.items() if item[1][0] >= since), key=lambda item: str(item[1][0]))
        known = dict(recent[-_MAX_REMEMBERED:])
    following = {"scans": known, "newest": newest.isoformat() if newest else None}
    # Only whether there is a `next` page counts, never its URL.
    if scans.next:
        return PolledPage(following | {"since": cursor.get("since"), "page": cursor.get("page", 1) + 1}, False, fetches)
    return PolledPage(following | {"since": (newest - _OVERLAP).isoformat() if newest else None, "page": 1}, True, fetches)


def _is_news(scan: _Scan, known: Sequence[Any] | None) -> bool:
    """Whether a check-in is new, or counts now and did not before, or the other way round."""
    if known is None:  # a webhook may have reported it before it was annulled
        return scan.successful or scan.error_reason == _ANNULLED
    return bool(scan.successful != known[1])


def follow_up(observations: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
    """The orders of the positions that were fetched: only an order says whether it is cancelled."""
    organizer, event = path_option(connection, "organizer"), path_option(connection, "event")
    codes = dict.fromkeys(observation.object_id.removeprefix("order/") for observation in observations)
    fetches = (_order_fetch(organizer, event, code, connection) for code in codes)
    # If an order is deleted while it is polled, its webhook says so.
    return tuple(replace(fetch, name=f"{_STATUS}{code}", may_be_deleted=True) for fetch, code in zip(fetches, codes, strict=True))


def deleted(object_id: str, at: datetime) -> Observation:
    return Observation(object_id, (ObservedPart("order", moment(at), {"status": "deleted", "positions": []}),))
