"""One person by several addresses on real servers: merged, split, and what they agree to."""

import asyncio
import json
from datetime import datetime
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from support.kafka import Kafka
from support.persons import ADA, ADA_AT_WORK, AGREES, BOB, CONFERENCE, attends, id_of, last, meets, titles


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def test_merged_and_split_attendance_and_encounters_move_and_both_profiles_are_published(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await attends(kafka, ADA, "s1")
    await attends(kafka, ADA_AT_WORK, "s2")
    await meets(kafka, BOB, ADA_AT_WORK)
    ada, at_work, bob = [await id_of(api, email) for email in (ADA, ADA_AT_WORK, BOB)]

    merged = await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})
    assert (merged.status_code, merged.json()["id"], merged.json()["merged"]) == (200, ada, [at_work])
    profiles = await kafka.read("registration.profiles", until=lambda seen: titles(last(seen, ada)) == {"Arrays", "Tests"})
    profiles = await kafka.read(
        "registration.profiles",
        until=lambda seen: len((last(seen, bob) or {"met": []})["met"]) == 2 and titles(last(seen, at_work)) == set(),
    )
    assert {one["person_id"] for one in (last(profiles, bob) or {})["met"]} == {ada, at_work}
    # Either id leads to the one person; what comes in about either is theirs.
    assert (await api.get(f"/attendees/{at_work}")).json()["id"] == ada
    assert (await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})).json() == merged.json()
    contacts = await kafka.read("registration.contacts", until=lambda seen: (last(seen, at_work) or {}).get("version") == 2)
    told = last(contacts, at_work) or {}
    assert (told["mail_consent"], told["merged_into"]) == (False, ada)

    split = await api.delete(f"/attendees/{at_work}/merged-into")
    assert (split.status_code, split.json()["id"], split.json()["merged"]) == (200, at_work, [])
    profiles = await kafka.read(
        "registration.profiles",
        until=lambda seen: (
            titles(last(seen, ada)) == {"Arrays"}
            and titles(last(seen, at_work)) == {"Tests"}
            and [one["person_id"] for one in (last(seen, bob) or {"met": []})["met"]] == [at_work]
        ),
    )
    assert (await api.delete(f"/attendees/{at_work}/merged-into")).status_code == 404


async def test_merged_a_person_agrees_to_what_both_agreed_to_and_may_say_otherwise(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await attends(kafka, ADA, source="tickets", id="1")
    await attends(kafka, ADA_AT_WORK, "s2", consent={"matching": True, "mail": False})
    ada, at_work = await id_of(api, ADA), await id_of(api, ADA_AT_WORK)
    consents = (await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})).json()["consents"]
    assert {purpose: one["agreed"] for purpose, one in consents.items()} == {"matching": True, "mail": False, "sharing": False}
    assert consents["mail"]["given"][0] == {
        "attendee_id": ada,
        "agreed": True,
        "at": "2024-07-08T10:00:00Z",
        "how": 'event ["tickets","1"]',
    }
    said = (await api.put(f"/attendees/{ada}/consent", json={"mail": True})).json()["consents"]
    assert (said["mail"]["agreed"], said["sharing"]["agreed"]) == (True, False)
    assert {one["how"] for one in said["mail"]["given"]} == {"key test"}
    contacts = await kafka.read("registration.contacts", until=lambda seen: bool((last(seen, ada) or {}).get("mail_consent_at")))
    said_at = {datetime.fromisoformat(one["at"]) for one in said["mail"]["given"]}
    assert {datetime.fromisoformat((last(contacts, ada) or {})["mail_consent_at"])} == said_at


async def test_merges_that_make_no_sense_are_refused(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for email in (ADA, ADA_AT_WORK, BOB):
        await attends(kafka, email)
    ada, at_work, bob = [await id_of(api, email) for email in (ADA, ADA_AT_WORK, BOB)]

    async def merge(id: str, into: str) -> tuple[int, str]:
        answer = await api.put(f"/attendees/{id}/merged-into", json={"attendee_id": into})
        return answer.status_code, answer.json().get("detail", "")

    assert await merge(ada, ada) == (409, f"{ada} and {ada} are already one person; {ada} is the one that is kept")
    assert await merge(ada, "unknown") == (404, "there is no attendee 'unknown'")
    assert await merge("unknown", ada) == (404, "there is no attendee 'unknown'")
    assert (await merge(at_work, ada))[0] == 200
    assert await merge(at_work, bob) == (409, f"{at_work} is already merged into {ada}; undo that first")
    assert await merge(ada, at_work) == (409, f"{ada} and {at_work} are already one person; {ada} is the one that is kept")


async def test_an_account_is_somebody_of_its_own_until_it_is_merged(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ticket = {"account": "ticket 7", "name": "A guest", "consent": AGREES}
    for source in ("tickets", "other tickets"):  # the same account elsewhere is somebody else
        await kafka.attend("checked_in", {"conference_id": "c1", "attendee": ticket}, source=source)
    profiles = await kafka.events("registration.profiles", 2)
    assert len({profile["attendee_id"] for profile in profiles}) == 2
    assert (await api.get("/statistics")).json()["attendees"] == 2
    guest = (await api.get(f"/attendees/{profiles[0]['attendee_id']}")).json()
    assert (guest["email"], guest["name"], guest["contact_version"]) == (None, "A guest", 0)


async def test_whoever_met_somebody_that_many_met_is_told_by_pages(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await attends(kafka, BOB)
    bob = await id_of(api, BOB)
    visitors = [f"visitor{number}@example.org" for number in range(450)]
    await asyncio.gather(*(meets(kafka, visitor, BOB) for visitor in visitors))
    profiles = await kafka.read("registration.profiles", until=lambda seen: len({one.key for one in seen}) == 451)
    assert {len((last(profiles, one.key.decode()) or {})["met"]) for one in profiles if one.key.decode() != bob} == {1}
    assert (await api.delete(f"/attendees/{bob}")).status_code == 204

    def nobody_met_bob(seen: list[ConsumerRecord]) -> bool:
        newest = {one.key: one.value for one in seen if one.key.decode() != bob}
        return len(newest) == 450 and all(json.loads(value)["met"] == [] for value in newest.values())

    await kafka.read("registration.profiles", until=nobody_met_bob)
