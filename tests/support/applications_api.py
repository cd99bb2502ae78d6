"""Applications over HTTP: attendees and listings to begin with, and what somebody does with an application."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.published import publish_profile

LETTER: Final = {"name": "Ada Lovelace", "note": "I should like\nto map stars.", "links": ["https://ada.example/work"]}
SUMMER: Final = {"starts": "2099-06-01", "ends": "2099-08-31", "hours_per_week": 40, "place": "Prague", "country": "CZ"}
ATTENDEES: Final = ("ada", "ben", "cyd")
COMMANDS: Final = (
    ("attendee", "withdraw", None),
    ("attendee", "accept", None),
    ("attendee", "decline", None),
    ("attendee", "pick-slot", {"slot": 0}),
    ("attendee", "confirm-terms", None),
    ("host", "screen", None),
    ("host", "interview", {"slots": [{"starts": "2099-01-01T10:00:00Z", "ends": "2099-01-01T11:00:00Z", "place": "Room"}]}),
    ("host", "call-off", None),
    ("host", "offer", {"deadline": "2099-01-01T10:00:00Z"}),
    ("host", "reject", None),
    ("host", "rescind", None),
)

Application = dict[str, Any]


async def profiled(kafka: Kafka, id: str, version: int = 1) -> None:
    interests = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]
    await publish_profile(kafka, id, version, conference_ids=["c1"], interests=interests)


async def settled(kafka: Kafka) -> None:
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")


def path(attendee: str, listing: str) -> str:
    return f"/attendees/{attendee}/applications/{listing}"


def ahead(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


def slots(*days: float) -> dict[str, Any]:
    """Times for an interview, so many days ahead."""
    return {"slots": [{"starts": ahead(days=day), "ends": ahead(days=day, hours=1), "place": "Room 1"} for day in days]}


async def apply(api: httpx.AsyncClient, attendee: str = "ada", listing: str = "l1") -> Application:
    application: Application = await ok(api.put(path(attendee, listing), json=LETTER))
    return application


async def applications_of(api: httpx.AsyncClient, attendee: str) -> list[Application]:
    items: list[Application] = (await ok(api.get(f"/attendees/{attendee}/applications")))["items"]
    return items


def give(
    api: httpx.AsyncClient, application: Application, command: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Any:
    """Give the command on the application as it was seen."""
    seen = {"if-match": f'"{application["version"]}"'} | dict(headers or {})
    return api.post(f"/applications/{application['id']}/{command}", json=body, headers=seen)


async def offered(api: httpx.AsyncClient, attendee: str = "ada", listing: str = "l1") -> Application:
    application: Application = await ok(give(api, await apply(api, attendee, listing), "offer", {"deadline": ahead(days=7)}))
    return application
