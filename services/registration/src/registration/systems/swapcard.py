"""Swapcard: full webhooks, signed.

Badges are scanned in (``CHECKED_IN``) and out (``CHECKED_OUT``) of the event and of sessions: somebody scanned out was there, and
left. We read ``UNCHECKED_IN`` as taking back the check-in before it; no documentation was found that says what it means.

Sources: developer.swapcard.com, "Webhooks": header ``X-Signature-256``, ``sha256=`` and the hexadecimal HMAC of the body;
help.swapcard.com, "Onsite session tracking" for scanning in and out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registration.systems.adapter import WebhookContent, WebhookRequest
from registration.systems.attendance import attendance, departure, person
from registration.systems.connection import Connection
from registration.systems.json_body import Body, ExternalId, Time, parse, shown
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from registration.systems.options import wrong_id
from registration.systems.signatures import check_signature, fingerprint

_KINDS: Final = {"CHECKED_IN": "checkin", "CHECKED_OUT": "checkout", "UNCHECKED_IN": "undone"}
"""The prefix of a part's name for each action; the session and the time follow it."""


class _Action(Body):
    action: str


class _Reference(Body):
    id: ExternalId


class _Context(Body):
    event: _Reference | None = None
    session: _Reference | None = None


class _SwapcardProfile(Body):
    id: ExternalId
    email: str | None = None
    firstName: str | None = None  # noqa: N815
    lastName: str | None = None  # noqa: N815


class _SwapcardWebhook(_Action):
    context: _Context
    event_profile: _SwapcardProfile
    datetime: Time


def verify(request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
    signature = request.headers.get("x-signature-256", "")
    check_signature(signature.removeprefix("sha256="), request.body, secrets)


def key(request: WebhookRequest, now: datetime) -> str:
    # A delivery has no id, but its body says when it happened.
    return fingerprint(request.body)


def read(request: WebhookRequest, connection: Connection) -> WebhookContent:
    action = parse(_Action, request.body).action
    kind = _KINDS.get(action.upper())
    if kind is None:
        return WebhookContent(ignored=f"{shown(action)} is not about attendance")
    webhook = parse(_SwapcardWebhook, request.body)
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
    # In the order of Swapcard's own times; at the same time, an entry comes first.
    ordered = sorted(((part.rank, name, part.data) for name, part in parts.items() if part.data), key=lambda scan: scan[:2])
    person = next((data["who"] for _, _, data in reversed(ordered) if "who" in data), None)  # an address may have been corrected
    standing: dict[str, ObservedAttendance] = {}
    entered: dict[str | None, list[str]] = {}  # by session: the check-ins that were not taken back, the latest last
    for _, part_name, data in ordered:
        kind, session = part_name.partition("/")[0], data["session"]
        name = f"{kind}/{session or ''}/{data['at']}"
        if kind == "undone":
            if entered.get(session):
                del standing[entered[session].pop()]
        elif person and name not in standing:
            build = attendance if kind == "checkin" else departure
            standing[name] = build(name, data["at"], person, session, connection)
            if kind == "checkin":
                entered.setdefault(session, []).append(name)
    return [*standing.values()]
