"""Matching on real servers: profiles and listings in, recommendations out."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from matching.main import create_app
from matching.recommendations.use_cases.recommendations import MAX_REFRESHED
from matching.settings import Settings
from support.copied_keys import keyed
from support.kafka import Kafka, cloud_event
from support.patience import PATIENCE
from support.published import publish_listing, publish_profile, withdraw_listing
from support.rescoring import rescored
from support.serving import serving

Record = Any


async def profiled(
    kafka: Kafka, attendee: str, version: int, *skills: str, met: tuple[str, ...] = (), partition: int | None = None, **more: Any
) -> None:
    evidence = [{"conference_id": "c1", "session_id": "s1", "title": "A session"}]
    profile: dict[str, Any] = {
        "conference_ids": ["c1"],
        "interests": [{"kind": "skill", "term": skill, "evidence": evidence} for skill in skills],
        "met": [{"person_id": person, "conference_id": "c1"} for person in met],
    }
    await publish_profile(kafka, attendee, version, partition=partition, **profile | more)


async def scheduled(kafka: Kafka, conference: str, version: int, **abstracts: str) -> None:
    sessions = [{"id": id, "title": f"Session {id}", "abstract": abstract} for id, abstract in abstracts.items()]
    data = {"conference_id": conference, "version": version, "name": "Conf", "starts": "2026-07-08", "ends": "2026-07-10"}
    headers = cloud_event("registration.conference.scheduled.v1")
    await kafka.send("registration.conferences", data | {"sessions": sessions}, headers, key=conference)


async def lists(kafka: Kafka, count: int) -> list[tuple[str, int, list[str]]]:
    events = await kafka.events("matching.recommendations", count)
    return [(event["attendee_id"], event["version"], [match["listing_id"] for match in event["matches"]]) for event in events]


async def test_a_new_listing_reaches_whom_it_suits_and_a_closed_one_disappears(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for number in range(12):
        await profiled(kafka, f"a{number}", 1, "Python" if number % 2 else "Rust")
    await _settled(kafka)
    await publish_listing(kafka, "l1", 1, skills=["Python"])
    got = await lists(kafka, 6)
    assert sorted(got) == sorted((f"a{number}", 1, ["l1"]) for number in range(1, 12, 2))
    await withdraw_listing(kafka, "l1", 2)
    got = await lists(kafka, 12)
    assert sorted(got[6:]) == sorted((f"a{number}", 2, []) for number in range(1, 12, 2))
    assert (await api.get("/statistics")).json() == {"candidates": 12, "listings": 0, "recommendations": 0, "matches": 0}


async def test_a_new_profile_is_matched_with_what_is_open_and_says_why(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_listing(kafka, "l1", 1, skills=["Python"])
    await publish_listing(kafka, "l2", 1, skills=["Haskell"], mentor_person_ids=("m1",))
    await publish_listing(kafka, "l3", 1, skills=["COBOL"])
    await _settled(kafka)
    await profiled(kafka, "a1", 1, "python", met=("m1",))
    assert await lists(kafka, 1) == [("a1", 1, ["l1", "l2"])]
    answer = (await api.get("/attendees/a1/recommendations")).json()
    assert answer["matches"][0]["reasons"][0] | {"contribution": 0} == {
        "kind": "skill", "term": "Python", "contribution": 0, "conference_id": "c1", "session_id": "s1",
        "session_title": "A session", "person_id": None, "declared": False,
    }  # fmt: skip
    assert [(reason["kind"], reason["person_id"]) for reason in answer["matches"][1]["reasons"]] == [("met", "m1")]
    for match in answer["matches"]:
        assert sum(reason["contribution"] for reason in match["reasons"]) == pytest.approx(match["score"])
    assert (await api.get("/attendees/nobody/recommendations")).status_code == 404
    assert len((await api.get("/recommendations", params={"limit": 3})).json()) == 1


async def test_stale_repeated_and_unchanging_events_publish_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_listing(kafka, "l1", 2, skills=["Python"])
    await _settled(kafka)
    await profiled(kafka, "a1", 2, "Python")
    await lists(kafka, 1)
    await profiled(kafka, "a1", 1, "Rust")  # stale
    await profiled(kafka, "a1", 2, "Python")  # repeated
    await profiled(kafka, "a1", 3, "Python", "Go")  # new, but of no consequence
    await withdraw_listing(kafka, "l1", 1)  # stale
    await publish_listing(kafka, "l2", 1, skills=["COBOL"])  # suits nobody
    await _settled(kafka)
    await profiled(kafka, "a1", 4, "Perl")
    assert await lists(kafka, 2) == [("a1", 1, ["l1"]), ("a1", 2, [])]


async def test_an_erased_attendee_is_forgotten_and_may_return(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_listing(kafka, "l1", 1, skills=["Python"])
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


async def test_a_skill_written_in_another_way_is_the_same_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_listing(kafka, "l1", 1, skills=["Kubernetes"])
    await _settled(kafka)
    await profiled(kafka, "a1", 1, "k8s")
    assert await lists(kafka, 1) == [("a1", 1, ["l1"])]


async def test_a_session_teaches_what_its_abstract_names_and_a_changed_schedule_reaches_those_who_were_there(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await publish_listing(kafka, "l1", 1, skills=["Kubernetes"])
    await publish_listing(kafka, "l2", 1, skills=["PostgreSQL"])
    await scheduled(kafka, "c1", 1, s1="How we moved to Kubernetes in a year.")
    await _settled(kafka)
    await profiled(kafka, "a1", 1, sessions=[{"conference_id": "c1", "session_id": "s1"}])
    await profiled(kafka, "a2", 1, sessions=[{"conference_id": "c1", "session_id": "s2"}])
    assert await lists(kafka, 1) == [("a1", 1, ["l1"])]
    reason, *_ = (await api.get("/attendees/a1/recommendations")).json()["matches"][0]["reasons"]
    assert (reason["kind"], reason["session_title"]) == ("skill", "Session s1")
    await _settled(kafka)
    await scheduled(kafka, "c1", 2, s1="How we moved to PostgreSQL in a year.", s2="Kubernetes, for beginners.")
    got = await lists(kafka, 3)
    assert sorted(got[1:]) == [("a1", 2, ["l2"]), ("a2", 1, ["l1"])]


async def test_a_listing_that_suits_many_reaches_all_of_them_a_part_at_a_time(api: httpx.AsyncClient, kafka: Kafka) -> None:
    many = 2 * MAX_REFRESHED + 50
    for number in range(many):
        await profiled(kafka, f"a{number:03}", 1, "Python", partition=0)
    await _settled(kafka)
    await publish_listing(kafka, "l1", 1, skills=["Python"])
    await publish_listing(kafka, "l2", 1, skills=["Python"])
    got = await kafka.read("matching.recommendations", until=lambda records: len(_newest(records, ["l1", "l2"])) == many)
    assert len(_newest(got, ["l1", "l2"])) == many
    await _settled(kafka)
    work = await kafka.read("matching.rescoring", 12)
    assert len({dict(record.headers)["ce_id"] for record in work}) == len(work) > 12, "each part of the work has an id of its own"
    await withdraw_listing(kafka, "l1", 2)
    await kafka.read("matching.recommendations", until=lambda records: len(_newest(records, ["l2"])) == many)


async def test_a_restarted_instance_knows_whom_a_listing_suits(environment: dict[str, str], kafka: Kafka) -> None:
    async with serving(create_app(Settings())):
        await profiled(kafka, "a1", 1, "Python")
        await profiled(kafka, "a2", 1, "Rust")
        await _settled(kafka)
    async with serving(create_app(Settings())):
        await publish_listing(kafka, "l1", 1, skills=["Python"])
        assert await lists(kafka, 1) == [("a1", 1, ["l1"])]
        await withdraw_listing(kafka, "l1", 2)
        assert (await lists(kafka, 2))[1] == ("a1", 2, [])


async def test_what_rules_a_pair_out_keeps_it_from_the_list_and_is_told(api: httpx.AsyncClient, kafka: Kafka) -> None:
    conditions = {"country": "SE", "remote": False}
    await publish_listing(kafka, "l1", 1, skills=["Python"], conditions=conditions)
    await publish_listing(kafka, "l2", 1, skills=["Python"])
    await publish_listing(kafka, "l3", 1, skills=["Python"], approved=False)
    await _settled(kafka)
    await profiled(kafka, "a1", 1, "Python", availability={"countries": ["DE"]})
    assert await lists(kafka, 1) == [("a1", 1, ["l2"])]
    told = {id: (await api.get(f"/attendees/a1/listings/{id}")).json() for id in ("l1", "l2", "l3")}
    assert {id: (answer["obstacle"], answer["rank"]) for id, answer in told.items()} == {
        "l1": ("place", None),
        "l2": (None, 1),
        "l3": ("host not approved", None),
    }
    assert told["l1"]["match"]["score"] == pytest.approx(told["l2"]["match"]["score"])
    for path, what in (("/attendees/nobody/listings/l1", "attendee"), ("/attendees/a1/listings/l9", "listing 'l9' that is open")):
        answer = await api.get(path)
        assert answer.status_code == 404
        assert what in answer.json()["detail"]


async def test_counts_of_all_shards_make_scarce_skills_known(environment: dict[str, str], kafka: Kafka) -> None:
    async with serving(create_app(Settings(candidate_counts_seconds=0.2))) as api:
        await keyed(api, "matching")
        await publish_listing(kafka, "l1", 1, skills=["Python", "COBOL"])
        for number in range(8):
            await profiled(kafka, f"a{number}", 1, "Python")
        await profiled(kafka, "a9", 1, "COBOL")
        await _settled(kafka)
        scarce: set[str] = set()
        async with asyncio.timeout(PATIENCE):
            while scarce != {"COBOL"}:
                await asyncio.sleep(0.1)
                matches = [(await api.get(f"/attendees/{id}/listings/l1")).json()["match"] for id in ("a0", "a9")]
                scarce = {one["term"] for match in matches for one in match["reasons"] if one["kind"] == "demand"}


def _newest(records: list[Record], listings: list[str]) -> set[str]:
    """The attendees whose newest list has just these listings."""
    newest = {record.key: [match["listing_id"] for match in json.loads(record.value)["matches"]] for record in records}
    return {key for key, ids in newest.items() if ids == listings}


async def _settled(kafka: Kafka) -> None:
    """Until matching has read all there is."""
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")
    await kafka.no_lag("registration.conferences", "matching.catalogue")
    await rescored(kafka)
