"""Swapcard: full webhooks, signed.

Source: developer.swapcard.com, "Webhooks": header ``X-Signature-256``, ``sha256=`` and the hexadecimal HMAC of the body.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registration.domain.connections import Connection
from registration.domain.objects import Fact, Part, Sighting, moment
from registration.systems.base import (
    Body,
    ExternalId,
    Reading,
    Request,
    Time,
    attendance,
    check_signature,
    fingerprint,
    other,
    parse,
    person,
)

_IN: Final = ("CHECKED_IN",)
_OUT: Final = ("CHECKED_OUT", "UNCHECKED_IN")


class _Action(Body):
    action: str


class _Thing(Body):
    id: ExternalId


class _Context(Body):
    event: _Thing | None = None
    session: _Thing | None = None


class _Profile(Body):
    id: ExternalId
    email: str | None = None
    firstName: str | None = None  # noqa: N815
    lastName: str | None = None  # noqa: N815


class _Webhook(_Action):
    context: _Context
    event_profile: _Profile
    datetime: Time


def verify(request: Request, secrets: Sequence[str], now: datetime) -> None:
    signature = request.headers.get("x-signature-256", "")
    check_signature(signature.removeprefix("sha256="), request.body, secrets)


def key(request: Request, now: datetime) -> str:
    # A delivery has no id; its body says when it happened.
    return fingerprint(request.body)


def read(request: Request, connection: Connection) -> Reading:
    action = parse(_Action, request.body).action
    if action.upper() not in _IN + _OUT:
        return Reading(ignored=f"{action!r} says nothing of attendance")
    webhook = parse(_Webhook, request.body)
    if elsewhere := other(connection, event=webhook.context.event.id if webhook.context.event else None):
        return Reading(ignored=elsewhere)
    session = webhook.context.session.id if webhook.context.session else None
    data: dict[str, Any] = {}
    if action.upper() in _IN:
        profile = webhook.event_profile
        name = f"{profile.firstName or ''} {profile.lastName or ''}"
        who = person(f"profile/{profile.id}", profile.email, name)
        data = {"at": webhook.datetime.isoformat(), "who": who, "session": session}
    # The last one stands, by Swapcard's own time.
    part = Part(f"checkin/{session or ''}", moment(webhook.datetime), data)
    return Reading(sightings=(Sighting(f"profile/{webhook.event_profile.id}", (part,)),))


def facts(object_id: str, parts: Mapping[str, Part], connection: Connection) -> list[Fact]:
    return [
        attendance(f"{name}/{part.data['at']}", part.data["at"], part.data["who"], part.data["session"], connection)
        for name, part in parts.items()
        if part.data
    ]
