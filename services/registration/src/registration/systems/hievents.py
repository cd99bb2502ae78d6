"""Hi.Events: full webhooks, signed.

Source: Hi.Events' own ``WebhookDispatchService.php``, ``DomainEventType.php`` and resources; it signs with the package
spatie/laravel-webhook-server: header ``Signature``, the hexadecimal HMAC-SHA256 of the body.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registration.systems.adapter import WebhookContent, WebhookRequest
from registration.systems.attendance import attendance, person
from registration.systems.connection import Connection
from registration.systems.json_body import Body, BoundedList, ExternalId, Time, parse, shown
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from registration.systems.options import wrong_id
from registration.systems.signatures import check_signature, fingerprint

_CREATED, _DELETED = "checkin.created", "checkin.deleted"
_ATTENDEE: Final = "attendee."
_ORDER: Final = "order."
_CANCELLED: Final = "CANCELLED"


class _Type(Body):
    event_type: str


class _HiEventsAttendee(Body):
    id: ExternalId
    event_id: ExternalId
    email: str | None = None
    status: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    updated_at: Time | None = None


class _HiEventsCheckIn(Body):
    id: ExternalId
    attendee_id: ExternalId
    check_in_list_id: ExternalId | None = None
    event_id: ExternalId
    created_at: Time
    attendee: _HiEventsAttendee | None = None


class _HiEventsOrder(Body):
    attendees: BoundedList[_HiEventsAttendee] | None = None


class _CheckInWebhook(_Type):
    event_sent_at: Time
    payload: _HiEventsCheckIn


class _AttendeeWebhook(_Type):
    event_sent_at: Time
    payload: _HiEventsAttendee


class _OrderWebhook(_Type):
    event_sent_at: Time
    payload: _HiEventsOrder


def verify(request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
    check_signature(request.headers.get("signature"), request.body, secrets)


def key(request: WebhookRequest, now: datetime) -> str:
    # A delivery has no id. Its body says when it was sent, and is the same in each attempt.
    return fingerprint(request.body)


def read(request: WebhookRequest, connection: Connection) -> WebhookContent:
    event_type = parse(_Type, request.body).event_type
    if event_type in (_CREATED, _DELETED):
        webhook = parse(_CheckInWebhook, request.body)
        checkin = webhook.payload
        if elsewhere := wrong_id(connection, event=checkin.event_id):
            return WebhookContent(ignored=elsewhere)
        parts = [_checkin_part(checkin, deleted=event_type == _DELETED)]
        if checkin.attendee and checkin.attendee.id == checkin.attendee_id:
            parts.append(_attendee_part(checkin.attendee, webhook.event_sent_at))
        return WebhookContent(observations=(Observation(f"attendee/{checkin.attendee_id}", tuple(parts)),))
    if event_type.startswith(_ATTENDEE):
        about_attendee = parse(_AttendeeWebhook, request.body)
        attendees, sent_at = [about_attendee.payload], about_attendee.event_sent_at
    elif event_type.startswith(_ORDER):
        order = parse(_OrderWebhook, request.body)
        attendees, sent_at = order.payload.attendees or [], order.event_sent_at
    else:
        attendees = []
    if not attendees:
        return WebhookContent(ignored=f"{shown(event_type)} is not about attendance")
    if elsewhere := wrong_id(connection, event=attendees[0].event_id):
        return WebhookContent(ignored=elsewhere)
    cancelled = event_type == "attendee.cancelled"
    return WebhookContent(
        observations=tuple(
            Observation(f"attendee/{attendee.id}", (_attendee_part(attendee, sent_at, cancelled=cancelled),))
            for attendee in attendees
        )
    )


def _checkin_part(checkin: _HiEventsCheckIn, *, deleted: bool) -> ObservedPart:
    # A check-in is created once and deleted once, so the deletion is newer, whichever arrives first.
    data = {} if deleted else {"list": checkin.check_in_list_id, "at": checkin.created_at.isoformat()}
    return ObservedPart(f"checkin/{checkin.id}", "1" if deleted else "0", data)


def _attendee_part(attendee: _HiEventsAttendee, sent_at: datetime, *, cancelled: bool = False) -> ObservedPart:
    data: dict[str, Any] = {"cancelled": True}
    if not cancelled and (attendee.status or "").upper() != _CANCELLED:
        name = f"{attendee.first_name or ''} {attendee.last_name or ''}"
        data = {"cancelled": False, "who": person(f"attendee/{attendee.id}", attendee.email, name, attendee.locale)}
    return ObservedPart("attendee", f"{moment(attendee.updated_at or sent_at)} {moment(sent_at)}", data)


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
