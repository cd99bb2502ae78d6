"""Placements as matching publishes them: they return into the profile, are exported, and are erased with their person."""

from typing import Any

import httpx
import pytest

from support.kafka import Kafka, cloud_event
from support.keys import documents
from support.patience import until

CONFERENCE = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14"}
AGREES = {"matching": True, "mail": True, "sharing": True}
ADA, ADA_AT_WORK = "ada@example.org", "ada@work.example"
CHANGED = "matching.placement.changed.v1"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def attendee(api: httpx.AsyncClient, kafka: Kafka, email: str) -> str:
    """The id of a new attendee."""
    await kafka.attend("checked_in", {"conference_id": "c1", "attendee": {"email": email, "consent": AGREES}})
    await kafka.no_lag("attendance.inbound", "registration")
    id: str = (await api.get("/attendees", params={"email": email})).json()["id"]
    return id


async def place(kafka: Kafka, attendee_id: str, version: int = 1, **fields: Any) -> None:
    """Have matching publish a version of a placement."""
    data = {
        "placement_id": "p1",
        "version": version,
        "attendee_id": attendee_id,
        "listing_id": "l1",
        "state": "completed",
        "mentor_person_ids": [],
        "title": "Maps of stars",
        "organization_id": "o1",
        "organization": "Observatory",
        "starts": "2026-01-12",
        "ends": "2026-03-27",
        "skills": [{"term": "Go", "level": 4, "confirmed": True}, {"term": "Rust", "level": 2, "confirmed": False}],
        "remark": "A joy to work with.",
    }
    await kafka.send("matching.placements", data | fields, cloud_event(CHANGED, source="matching"), key="p1")


async def test_a_placement_returns_into_the_profile_is_exported_and_erased(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    ada, at_work = await attendee(api, kafka, ADA), await attendee(api, kafka, ADA_AT_WORK)
    await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})
    await place(kafka, at_work)
    await place(kafka, at_work)  # delivered twice
    await kafka.no_lag("matching.placements", "registration.placements")
    profiles = [one for one in await kafka.events("registration.profiles", 4) if one["attendee_id"] == ada]
    assert [(one["term"], one["placements"]) for one in profiles[-1]["interests"]] == [
        ("Go", [{"placement_id": "p1", "level": 4}])
    ]
    [placement] = (await api.get(f"/attendees/{ada}/export")).json()["placements"]
    assert (placement["organization"], placement["remark"]) == ("Observatory", "A joy to work with.")
    assert placement["skills"][1] == {"term": "Rust", "level": 2, "confirmed": False}
    assert (await api.delete(f"/attendees/{ada}")).status_code == 204
    await place(kafka, at_work, 2)  # matching has not yet heard of it
    await kafka.send("matching.placements", None, key="p1")
    await kafka.no_lag("matching.placements", "registration.placements")

    async def nothing_is_left() -> bool:
        stored = await documents(environment)
        return not stored.get("placements") and not stored.get("attendees") and "Observatory" not in repr(stored)

    await until(nothing_is_left)
