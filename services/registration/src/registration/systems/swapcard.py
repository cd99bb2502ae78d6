"""Swapcard: full webhooks, signed.

Badges are scanned in (``CHECKED_IN``) and out (``CHECKED_OUT``) of the event and of sessions: who is scanned out has been
there, and left. ``UNCHECKED_IN`` takes the check-in before it back: that is our reading, as no documentation was found that
says what it means.

Sources: developer.swapcard.com, "Webhooks": header ``X-Signature-256``, ``sha256=`` and the hexadecimal HMAC of the body;
help.swapcard.com, "Onsite session tracking" for scanning in and out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registration.systems.base import (
    Body,
    ExternalId,
    Request,
    Time,
    WebhookContent,
    attendance,
    check_signature,
    departure,
    fingerprint,
    parse,
    person,
    shown,
    wrong_id,
)
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment

_KINDS: Final = {"CHECKED_IN": "checkin", "CHECKED_OUT": "checkout", "UNCHECKED_IN": "undone"}
"""What each action is kept as: parts are called so, with the session and the time behind it."""


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


def read(request: Request, connection: Connection) -> WebhookContent:
    action = parse(_Action, request.body).action
    kind = _KINDS.get(action.upper())
    if kind is None:
        return WebhookContent(ignored=f"{shown(action)} says nothing of attendance")
    webhook = parse(_Webhook, request.body)
    if elsewhere := wrong_id(connection, event=webhook.context.event.id if webhook.context.event else None):
        return WebhookContent(ignored=elsewhere)
    session = webhook.context.session.id if webhook.context.session else None
    profile, at = webhook.event_profile, webhook.datetime.isoformat()
    data: dict[str, Any] = {"at": at, "session": session}
    if kind != "undone":
        name = f"{profile.firstName or ''} {profile.lastName or ''}"
        data["who"] = person(f"profile/{profile.id}", profile.email, name)
    part = ObservedPart(f"{kind}/{session or ''}/{at}", moment(webhook.datetime), data)
    return WebhookContent(observations=(Observation(f"profile/{profile.id}", (part,)),))


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    # By Swapcard's own time; of what happened at once, an entry comes first.
    ordered = sorted(((part.rank, name, part.data) for name, part in parts.items() if part.data), key=lambda one: one[:2])
    who = next((data["who"] for _, _, data in reversed(ordered) if "who" in data), None)  # an address may have been corrected
    standing: dict[str, ObservedAttendance] = {}
    entered: dict[str | None, list[str]] = {}  # the check-ins of each session that were not taken back, the latest last
    for _, part_name, data in ordered:
        kind, session = part_name.partition("/")[0], data["session"]
        name = f"{kind}/{session or ''}/{data['at']}"
        if kind == "undone":
            if entered.get(session):
                del standing[entered[session].pop()]
        elif who and name not in standing:
            fact = attendance if kind == "checkin" else departure
            standing[name] = fact(name, data["at"], who, session, connection)
            if kind == "checkin":
                entered.setdefault(session, []).append(name)
    return [*standing.values()]
