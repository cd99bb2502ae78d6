"""Placements as matching publishes them to registration."""

from typing import Any, Final

import httpx

from support.kafka import Kafka, cloud_event

CONFERENCE: Final[dict[str, Any]] = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14"}
AGREES: Final = {"matching": True, "mail": True, "sharing": True}
PLACEMENT: Final[dict[str, Any]] = {
    "listing_id": "l1",
    "state": "completed",
    "mentor_person_ids": [],
    "title": "Maps of stars",
    "organization_id": "o1",
    "organization": "Observatory",
    "starts": "2026-01-12",
    "ends": "2026-03-27",
    "hours_per_week": 20,
    "skills": [{"term": "Python", "level": 4, "confirmed": True}, {"term": "Rust", "level": 2, "confirmed": False}],
    "remark": "A joy to work with.",
}


async def attendee(api: httpx.AsyncClient, kafka: Kafka, email: str) -> str:
    """The id of a new attendee of the conference `c1`."""
    await kafka.attend("checked_in", {"conference_id": "c1", "attendee": {"email": email, "consent": AGREES}})
    await kafka.no_lag("attendance.inbound", "registration")
    id: str = (await api.get("/attendees", params={"email": email})).json()["id"]
    return id


async def place(kafka: Kafka, attendee_id: str, version: int = 1, *, id: str = "p1", **fields: Any) -> None:
    """Publish a version of a placement, as matching, and wait until registration has recorded it."""
    data = PLACEMENT | {"placement_id": id, "version": version, "attendee_id": attendee_id} | fields
    await kafka.send("matching.placements", data, cloud_event("matching.placement.changed.v1", source="matching"), key=id)
    await kafka.no_lag("matching.placements", "registration.placements")
