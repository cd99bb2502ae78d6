"""Matching on real servers: profiles and listings in, recommendations out."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from matching.main import create_app
from matching.settings import Settings
from support.kafka import Kafka, cloud_event
from support.serving import serving

Record = Any


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(Settings())) as client:
        yield client


async def profiled(kafka: Kafka, attendee: str, version: int, *skills: str, met: tuple[str, ...] = ()) -> None:
    evidence = [{"conference_id": "c1", "session_id": "s1", "title": "A session"}]
    data = {
        "attendee_id": attendee,
        "version": version,
        "conference_ids": ["c1"],
        "interests": [{"kind": "skill", "term": skill, "evidence": evidence} for skill in skills],
        "met": [{"person_id": person, "conference_id": "c1"} for person in met],
    }
    await kafka.send("registration.profiles", data, cloud_event("registration.attendee.profiled.v1"), key=attendee)


async def published(kafka: Kafka, listing: str, version: int, *skills: str, mentors: tuple[str, ...] = ()) -> None:
    data = {
        "listing_id": listing,
        "version": version,
        "organization_id": "o1",
        "organization": "Org",
        "title": f"Listing {listing}",
        "skills": skills,
        "topics": [],
        "mentor_person_ids": mentors,
        "conference_ids": [],
        "seats": 1,
        "deadline": None,
        "url": None,
    }
    await kafka.send("listings.listings", data, cloud_event("listings.listing.published.v1"), key=listing)


async def withdrawn(kafka: Kafka, listing: str, version: int) -> None:
    data = {"listing_id": listing, "version": version, "reason": "closed"}
    await kafka.send("listings.listings", data, cloud_event("listings.listing.withdrawn.v1"), key=listing)


async def lists(kafka: Kafka, count: int) -> list[tuple[str, int, list[str]]]:
    events = await kafka.events("matching.recommendations", count)
    return [(event["attendee_id"], event["version"], [match["listing_id"] for match in event["matches"]]) for event in events]


async def test_a_new_opening_reaches_whom_it_suits_and_a_closed_one_disappears(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for number in range(12):
        await profiled(kafka, f"a{number}", 1, "Python" if number % 2 else "Rust")
    await _settled(kafka)
    await published(kafka, "l1", 1, "Python")
    got = await lists(kafka, 6)
    assert sorted(got) == sorted((f"a{number}", 1, ["l1"]) for number in range(1, 12, 2))
    await withdrawn(kafka, "l1", 2)
    got = await lists(kafka, 12)
    assert sorted(got[6:]) == sorted((f"a{number}", 2, []) for number in range(1, 12, 2))
    assert (await api.get("/statistics")).json() == {"candidates": 12, "openings": 0, "recommendations": 0, "matches": 0}


async def test_a_new_profile_is_matched_with_what_is_open_and_says_why(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await published(kafka, "l1", 1, "Python")
    await published(kafka, "l2", 1, "Haskell", mentors=("m1",))
    await published(kafka, "l3", 1, "COBOL")
    await _settled(kafka)
    await profiled(kafka, "a1", 1, "python", met=("m1",))
    assert await lists(kafka, 1) == [("a1", 1, ["l1", "l2"])]
    answer = (await api.get("/attendees/a1/recommendations")).json()
    assert answer["matches"][0]["reasons"][0] | {"contribution": 0} == {
        "kind": "skill", "term": "Python", "contribution": 0, "session_id": "s1", "session_title": "A session", "declared": False,
    }  # fmt: skip
    assert [reason["kind"] for reason in answer["matches"][1]["reasons"]] == ["met"]
    assert (await api.get("/attendees/nobody/recommendations")).status_code == 404
    assert len((await api.get("/recommendations", params={"limit": 3})).json()) == 1


async def test_stale_repeated_and_unchanging_events_publish_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await published(kafka, "l1", 2, "Python")
    await _settled(kafka)
    await profiled(kafka, "a1", 2, "Python")
    await lists(kafka, 1)
    await profiled(kafka, "a1", 1, "Rust")  # stale
    await profiled(kafka, "a1", 2, "Python")  # repeated
    await profiled(kafka, "a1", 3, "Python", "Go")  # new, but of no consequence
    await withdrawn(kafka, "l1", 1)  # stale
    await published(kafka, "l2", 1, "COBOL")  # suits nobody
    await _settled(kafka)
    await profiled(kafka, "a1", 4, "Perl")
    assert await lists(kafka, 2) == [("a1", 1, ["l1"]), ("a1", 2, [])]


async def test_an_erased_attendee_is_forgotten_and_may_return(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await published(kafka, "l1", 1, "Python")
    await _settled(kafka)
    await profiled(kafka, "a1", 1, "Python")
    await lists(kafka, 1)
    await kafka.send("registration.profiles", None, key="a1")
    records = await kafka.read("matching.recommendations", 2)
    assert (records[1].key, records[1].value) == (b"a1", None)
    await _settled(kafka)
    assert (await api.get("/statistics")).json()["candidates"] == 0
    assert (await api.get("/attendees/a1/recommendations")).status_code == 404
    await kafka.send("registration.profiles", None, key="a1")
    await profiled(kafka, "a1", 1, "Python")
    last = (await kafka.read("matching.recommendations", 4))[-1]
    assert (last.key, json.loads(last.value)["version"]) == (b"a1", 1)


async def _settled(kafka: Kafka) -> None:
    """Until matching has read all there is."""
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.openings")
    await kafka.no_lag("matching.openings", "matching.candidates")
