"""Webhooks and API answers of other systems, by their documentation and source, and their signatures.

They contain only a few of the fields that registration ignores.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from registration.systems.connection import Connection, System

ORIGINALS = Path(__file__).parents[3] / "shared" / "payloads"
"""The original payloads. They are not part of this repository."""

OPTIONS: dict[str, dict[str, str]] = {
    "pretix": {"organizer": "acmecorp", "event": "democon"},
    "indico": {"event": "1", "form": "3"},
}
API_URLS = {
    "pretix": "https://pretix.example.org",
    "eventbrite": "https://www.eventbriteapi.com/v3",
    "indico": "https://indico.example.org",
}


def connection(system: System, **changes: Any) -> Connection:
    values: dict[str, Any] = {
        "id": "c1",
        "version": 1,
        "system": system,
        "conference_id": "conf",
        "api_url": API_URLS.get(system),
        "api_token": b"",
        "secrets": (),
        "options": OPTIONS.get(system, {}),
        "sessions": {},
        "own_addresses": False,
        "events_per_minute": 1000,
        "disabled": False,
        "poll_minutes": None,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Connection(**values | changes)


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def basic(password: str) -> str:
    """The header ``Authorization`` of HTTP basic authentication."""
    return "Basic " + b64encode(f"hook:{password}".encode()).decode()


def signature(secret: str, body: bytes) -> str:
    """The signature of a webhook of Hi.Events or Swapcard."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def standard_headers(secret: str, body: bytes, id: str = "m1", at: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks, made by their own library."""
    at = at or datetime.now(UTC)
    signed = Webhook(secret).sign(id, at, body.decode())
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


def pretix_webhook(action: str = "pretix.event.checkin", number: int = 1, **changes: Any) -> dict[str, Any]:
    webhook = {"notification_id": number, "organizer": "acmecorp", "event": "democon", "code": "ABC23", "action": action}
    if action.startswith("pretix.event.checkin"):
        webhook |= {"orderposition_id": 23442, "checkin_list": 44, "type": "entry", "first_checkin": True}
    return webhook | changes


def scan(id: int | None, at: str = "2026-05-01T08:00:00Z", list: int = 44, type: str = "entry", **more: Any) -> dict[str, Any]:
    return {"list": list, "datetime": at, "type": type, **({"id": id} if id else {}), **more}


def pretix_position(*checkins: dict[str, Any], id: int = 23442, **changes: Any) -> dict[str, Any]:
    position = {"id": id, "order": "ABC23", "positionid": 1, "canceled": False, "attendee_name": "Peter", "company": "Sample"}
    return position | {"attendee_email": None, "addon_to": None, "checkins": [*checkins]} | changes


def pretix_order(*positions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"code": "ABC23", "status": "p", "testmode": False, "email": "buyer@example.org", "positions": [*positions]} | changes


def pretix_scans(numbers: Iterable[int], next: str | None = None, annulled: tuple[int, ...] = ()) -> dict[str, Any]:
    """A page of check-ins, one minute apart, each of a different position."""
    results = [
        {
            "id": n,
            "position": n * 10,
            "successful": n not in annulled,
            "error_reason": "annulled" if n in annulled else None,
            "created": f"2026-05-01T08:{n % 60:02}:00Z",
            "list": 1,
        }
        for n in numbers
    ]
    return {"count": len(results), "next": next, "results": results}


def eventbrite_webhook(
    action: str = "barcode.checked_in", path: str = "/v3/events/1/attendees/2/", **changes: Any
) -> dict[str, Any]:
    config = {"action": action, "user_id": "154764716258", "webhook_id": 5630182, "endpoint_url": "https://example.org/hook"}
    return {"api_url": f"https://www.eventbriteapi.com{path}", "config": config} | changes


def eventbrite_attendee(**changes: Any) -> dict[str, Any]:
    attendee: dict[str, Any] = {
        "id": "2",
        "event_id": "1",
        "order_id": "9",
        "ticket_class_id": "3",
        "changed": "2026-05-01T09:00:00Z",
    }
    attendee |= {"profile": {"name": "Ada L", "email": "ada@example.org"}, "team": None}
    barcode = {"barcode": "9001", "status": "used", "changed": "2026-05-01T08:00:00Z"}
    return attendee | {"checked_in": True, "cancelled": False, "refunded": False, "barcodes": [barcode]} | changes


def hievents_attendee(**changes: Any) -> dict[str, Any]:
    attendee = {"id": 2, "order_id": 6, "event_id": 5, "email": "a@example.org", "status": "ACTIVE", "notes": None}
    return attendee | {"first_name": "Ada", "last_name": "L", "locale": "en", "updated_at": "2026-04-01T10:00:00+00:00"} | changes


def hievents_webhook(event_type: str, payload: dict[str, Any], sent_at: str = "2026-04-08T10:00:00+00:00") -> dict[str, Any]:
    return {"event_type": event_type, "event_sent_at": sent_at, "payload": payload}


def hievents_checkin(
    event_type: str = "checkin.created", id: int = 1, sent_at: str = "2026-04-08T10:00:00+00:00", **changes: Any
) -> dict[str, Any]:
    checkin = {
        "id": id,
        "attendee_id": 2,
        "check_in_list_id": 3,
        "product_id": 4,
        "event_id": 5,
        "created_at": "2026-04-08T10:00:00+00:00",
    }
    return hievents_webhook(event_type, checkin | {"attendee": hievents_attendee()} | changes, sent_at)


def swapcard_webhook(action: str = "CHECKED_IN", at: str = "2026-05-01T08:00:00Z", **changes: Any) -> dict[str, Any]:
    profile = {"id": "RXZlbnRQZXJzb25fMQ==", "email": "a@example.org", "firstName": "Ada", "lastName": "L"}
    context = {"event": {"id": "RXZlbnRfMQ==", "name": "DemoCon"}}
    return {"context": context, "event_profile": profile, "action": action, "datetime": at} | changes


def indico_registration(id: int = 7, **changes: Any) -> dict[str, Any]:
    registration = {"id": id, "regform_id": 3, "event_id": 1, "full_name": "Guinea Pig", "email": "1337@example.test"}
    registration |= {"state": "complete", "checked_in": True, "checked_in_dt": "2026-05-01T08:00:00+00:00", "price": 0}
    return registration | {"registration_date": "2026-04-01T00:00:00+00:00", "tags": []} | changes


def standard_data(**changes: Any) -> dict[str, Any]:
    return {"conference_id": "conf", "attendee": {"email": "ada@example.org", "name": "Ada"}} | changes


def standard_webhook(type: str = "attendance.checked_in.v1", **changes: Any) -> dict[str, Any]:
    """A webhook in the form that Standard Webhooks recommends."""
    return {"type": type, "timestamp": "2026-05-01T08:00:00Z", "data": standard_data()} | changes


def standard_event(type: str = "attendance.checked_in.v1", **changes: Any) -> dict[str, Any]:
    """A CloudEvent in structured mode."""
    event = {"specversion": "1.0", "id": "e1", "source": "badges", "type": type, "time": "2026-05-01T08:00:00Z"}
    return event | {"data": standard_data()} | changes
