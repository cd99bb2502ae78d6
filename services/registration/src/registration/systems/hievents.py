"""Hi.Events: full webhooks, signed.

Source: Hi.Events' own ``WebhookDispatchService.php``, ``DomainEventType.php`` and resources; it signs with the package
spatie/laravel-webhook-server: header ``Signature``, the hexadecimal HMAC-SHA256 of the body.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registration.systems.base import (
    Body,
    ExternalId,
    Request,
    Some,
    Time,
    WebhookContent,
    attendance,
    check_signature,
    fingerprint,
    parse,
    person,
    shown,
    wrong_id,
)
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment

_CREATED, _DELETED = "checkin.created", "checkin.deleted"
_ATTENDEE: Final = "attendee."
_ORDER: Final = "order."
_CANCELLED: Final = "CANCELLED"


class _Type(Body):
    event_type: str


class _Attendee(Body):
    id: ExternalId
    event_id: ExternalId
    email: str | None = None
    status: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    updated_at: Time | None = None


class _CheckIn(Body):
    id: ExternalId
    attendee_id: ExternalId
    check_in_list_id: ExternalId | None = None
    event_id: ExternalId
    created_at: Time
    attendee: _Attendee | None = None


class _Order(Body):
    attendees: Some[_Attendee] | None = None


class _CheckInWebhook(_Type):
    event_sent_at: Time
    payload: _CheckIn


class _AttendeeWebhook(_Type):
    event_sent_at: Time
    payload: _Attendee


class _OrderWebhook(_Type):
    event_sent_at: Time
    payload: _Order


def verify(request: Request, secrets: Sequence[str], now: datetime) -> None:
    check_signature(request.headers.get("signature"), request.body, secrets)


def key(request: Request, now: datetime) -> str:
    # A delivery has no id; its body, which says when it was sent, is the same each time that it is tried.
    return fingerprint(request.body)


def read(request: Request, connection: Connection) -> WebhookContent:
    event_type = parse(_Type, request.body).event_type
    if event_type in (_CREATED, _DELETED):
        webhook = parse(_CheckInWebhook, request.body)
        one = webhook.payload
        if elsewhere := wrong_id(connection, event=one.event_id):
            return WebhookContent(ignored=elsewhere)
        parts = [_checkin_part(one, deleted=event_type == _DELETED)]
        if one.attendee and one.attendee.id == one.attendee_id:
            parts.append(_attendee_part(one.attendee, webhook.event_sent_at))
        return WebhookContent(observations=(Observation(f"attendee/{one.attendee_id}", tuple(parts)),))
    if event_type.startswith(_ATTENDEE):
        about_attendee = parse(_AttendeeWebhook, request.body)
        attendees, sent_at = [about_attendee.payload], about_attendee.event_sent_at
    elif event_type.startswith(_ORDER):
        order = parse(_OrderWebhook, request.body)
        attendees, sent_at = order.payload.attendees or [], order.event_sent_at
    else:
        attendees = []
    if not attendees:
        return WebhookContent(ignored=f"{shown(event_type)} says nothing of attendance")
    if elsewhere := wrong_id(connection, event=attendees[0].event_id):
        return WebhookContent(ignored=elsewhere)
    cancelled = event_type == "attendee.cancelled"
    return WebhookContent(
        observations=tuple(
            Observation(f"attendee/{one.id}", (_attendee_part(one, sent_at, cancelled=cancelled),)) for one in attendees
        )
    )


def _checkin_part(one: _CheckIn, *, deleted: bool) -> ObservedPart:
    # A check-in is made once and deleted once: whichever comes first, that it was deleted is the newer.
    data = {} if deleted else {"list": one.check_in_list_id, "at": one.created_at.isoformat()}
    return ObservedPart(f"checkin/{one.id}", "1" if deleted else "0", data)


def _attendee_part(one: _Attendee, sent_at: datetime, *, cancelled: bool = False) -> ObservedPart:
    data: dict[str, Any] = {"cancelled": True}
    if not cancelled and (one.status or "").upper() != _CANCELLED:
        name = f"{one.first_name or ''} {one.last_name or ''}"
        data = {"cancelled": False, "who": person(f"attendee/{one.id}", one.email, name, one.locale)}
    return ObservedPart("attendee", f"{moment(one.updated_at or sent_at)} {moment(sent_at)}", data)


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    attendee: dict[str, Any] = (
        parts["attendee"].data if "attendee" in parts else {"cancelled": False, "who": {"account": object_id}}
    )
    if attendee["cancelled"]:
        return []
    return [
        attendance(name, part.data["at"], attendee["who"], part.data["list"], connection)
        for name, part in parts.items()
        if name != "attendee" and part.data
    ]
