"""What a person sees, corrects, declares and takes along, and that they are forgotten whole."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.kafka import Kafka
from support.keys import make_key
from support.patience import PATIENCE
from support.persons import ADA, ADA_AT_WORK, AGREES, BOB, CONFERENCE, attends, id_of, last, meets, titles


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def test_a_person_with_a_key_of_their_own_sees_corrects_and_takes_along_their_data(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await attends(kafka, ADA, "s1", id="scan-1", source="badges")
    await meets(kafka, BOB, ADA)
    ada, bob = await id_of(api, ADA), await id_of(api, BOB)
    given = (await api.post(f"/attendees/{ada}/keys", json={"days": 7})).json()
    assert datetime.now(UTC) + timedelta(days=6.9) < datetime.fromisoformat(given["expires_at"])
    async with httpx.AsyncClient(base_url=api.base_url, headers={"authorization": f"Bearer {given['key']}"}) as own:
        assert (await own.get("/me")).json()["email"] == ADA
        withdrawn = (await own.put("/me/consent", json={"sharing": False})).json()["consents"]["sharing"]
        assert (withdrawn["agreed"], withdrawn["given"][0]["how"]) == (False, "the person, at /me")
        export = (await own.get("/me/export")).json()
        known = export["known_by"][0]
        assert (known["attendee_id"], known["email"]) == (ada, ADA)
        assert [(one["kind"], one["session_id"], one["event_source"], one["event_id"]) for one in known["attendance"]] == [
            ("session_attended", "s1", "badges", "scan-1")
        ]
        assert known["details"]["sharing"]["value"] is False
        assert titles(export["published"]["profile"]) == {"Arrays"}
        assert export["published"]["contact"] == {
            "email": ADA,
            "name": None,
            "locale": None,
            "mail": True,
            "time_zone": None,
            "mail_at": None,
            "merged_into": None,
        }
        # It opens nothing else.
        assert (await own.get(f"/attendees/{bob}")).status_code == 403
        assert (await own.put("/me/consent", json={})).status_code == 422
        assert (await own.put("/me/consent", json={"mail": {"$gt": ""}})).status_code == 422


async def test_name_language_and_time_zone_are_told_and_corrected_by_the_person(api: httpx.AsyncClient, kafka: Kafka) -> None:
    person = {"email": ADA, "name": "A.", "time_zone": "Europe/Prague", "consent": AGREES}
    await kafka.attend("checked_in", {"conference_id": "c1", "attendee": person})
    await kafka.no_lag("attendance.inbound", "registration")
    ada = await id_of(api, ADA)
    headers = {"authorization": f"Bearer {await make_key(['me'], attendee_id=ada)}"}
    words = {"name": "Ada", "locale": "sv", "time_zone": "Europe/Stockholm"}
    assert (await api.put("/me/contact", json=words, headers=headers)).json().items() >= words.items()
    taken_back = await api.put(f"/attendees/{ada}/contact", json={"time_zone": None})
    assert taken_back.json().items() >= (words | {"time_zone": None}).items()
    contacts = await kafka.events("registration.contacts", 3)
    assert [(one["version"], one["name"], one["locale"], one["time_zone"]) for one in contacts] == [
        (1, "A.", None, "Europe/Prague"),
        (2, "Ada", "sv", "Europe/Stockholm"),
        (3, "Ada", "sv", None),
    ]
    for body, hint in (
        ({"time_zone": "Mars/Olympus"}, "such as Europe/Prague"),
        ({"locale": "\r\nBcc: x"}, "such as de or pt-BR"),
        ({"name": "a\r\nb"}, "control characters"),
        ({}, "name at least one of: name, locale, time_zone"),
        ({"zone": "UTC"}, "is not a known field"),
    ):
        answer = await api.put("/me/contact", json=body, headers=headers)
        assert (answer.status_code, hint in answer.text) == (422, True), answer.text
    assert len(await kafka.events("registration.contacts", 3)) == 3


async def test_the_erased_are_gone_and_what_was_before_does_not_come_back(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await attends(kafka, ADA, id="scan-1")
    await attends(kafka, ADA_AT_WORK, "s2")
    await meets(kafka, BOB, ADA, id="met")
    ada, at_work, bob = [await id_of(api, email) for email in (ADA, ADA_AT_WORK, BOB)]
    await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})
    own = {"authorization": f"Bearer {await make_key(['me'], attendee_id=ada)}"}

    assert (await api.delete("/me", headers=own)).status_code == 204
    assert (await api.delete("/me", headers=own)).status_code == 401
    for id in (ada, at_work):
        assert (await api.get(f"/attendees/{id}")).status_code == 404
    for topic in ("registration.contacts", "registration.profiles"):
        records = await kafka.read(topic, until=lambda seen: {r.key.decode() for r in seen if r.value is None} == {ada, at_work})
        assert last(records, ada) is None
    profiles = await kafka.read("registration.profiles", until=lambda seen: (last(seen, bob) or {}).get("version") == 3)
    assert (last(profiles, bob) or {})["met"] == []

    # Told again of the time before, it stays so, by a clock that is ahead, too; who comes to another conference later is welcome.
    await attends(kafka, ADA, id="scan-1")
    await meets(kafka, BOB, ADA, id="met")
    for ahead in (5, 200, 299):
        await attends(kafka, ADA, "s2", time=(datetime.now(UTC) + timedelta(seconds=ahead)).isoformat())
    later = datetime.now(UTC).isoformat()
    await attends(kafka, ADA, "s2", time=later)
    assert await id_of(api, ADA) == ada
    profiles = await kafka.read("registration.profiles", until=lambda seen: titles(last(seen, ada)) == {"Tests"})
    assert (last(profiles, bob) or {})["met"] == []
    assert (await api.get(f"/attendees/{ada}")).json()["merged"] == []


DECLARED = {
    "skills": [{"term": "Python", "level": 4}, {"term": "NumPy", "level": None}],
    "excluded_skills": ["Fortran"],
    "research_interests": ["photometry"],
    "equipment": ["Spectrograph"],
    "discipline": "physical-sciences",
    "availability": {
        "starts": "2026-10-01",
        "ends": None,
        "hours_per_week": 20,
        "countries": ["SE"],
        "remote": True,
        "work_permission": None,
    },
}


async def test_what_a_person_declares_is_published_exported_merged_and_erased(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await attends(kafka, ADA, "s1")
    await attends(kafka, ADA_AT_WORK, "s2")
    ada, at_work = await id_of(api, ADA), await id_of(api, ADA_AT_WORK)
    terms: dict[str, Any] = {"skills": [], "excluded_skills": [], "research_interests": [], "equipment": []}
    empty = terms | {"discipline": None, "availability": None}
    assert (await api.get(f"/attendees/{ada}/profile")).json() == empty
    own = {"authorization": f"Bearer {await make_key(['me'], attendee_id=ada)}"}
    declared = await api.put("/me/profile", json=DECLARED, headers=own)
    assert (declared.status_code, declared.json()) == (200, DECLARED), declared.text
    profiles = await kafka.read("registration.profiles", until=lambda seen: (last(seen, ada) or {"version": 0})["version"] == 2)
    told = last(profiles, ada) or {}
    assert [(one["kind"], one["term"], one["declared"], one["level"]) for one in told["interests"]] == [
        ("skill", "NumPy", True, None),
        ("skill", "Python", True, 4),
        ("topic", "photometry", True, None),
        ("topic", "Spectrograph", True, None),
    ]
    assert told["sessions"] == [{"conference_id": "c1", "session_id": "s1"}]
    assert (told["discipline"], told["availability"]) == (DECLARED["discipline"], DECLARED["availability"])

    # Again, it changes nothing; what is not named stays; the operator's word counts as the person's.
    assert (await api.put("/me/profile", json=DECLARED, headers=own)).json() == DECLARED
    put = await api.put(f"/attendees/{ada}/profile", json={"skills": [{"term": "Rust"}], "discipline": None})
    changed = DECLARED | {"skills": [{"term": "Rust", "level": None}], "discipline": None}
    assert put.json() == (await api.get("/me/profile", headers=own)).json() == changed
    assert (await api.get(f"/attendees/{ada}")).json()["profile_version"] == 3
    exported = (await api.get("/me/export", headers=own)).json()
    assert [one["key_id"] for one in exported["keys"]] == [own["authorization"].split("_")[1]]
    said = exported["known_by"][0]["details"]
    assert said["availability"]["value"] == DECLARED["availability"]
    assert (said["equipment"]["how"], said["skills"]["how"]) == ("the person, at /me", "key test")

    # What the person said stands against every event, of a later time too.
    later = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    person = {"email": ADA, "skills": ["Fortran"]}
    await kafka.attend("session_attended", {"conference_id": "c1", "session_id": "s2", "attendee": person}, time=later)
    await kafka.read("registration.profiles", until=lambda seen: (last(seen, ada) or {"version": 0})["version"] == 4)
    assert (await api.get("/me/profile", headers=own)).json() == changed

    await api.put(f"/attendees/{ada}/merged-into", json={"attendee_id": at_work})
    assert (await api.get(f"/attendees/{at_work}/profile")).json()["equipment"] == ["Spectrograph"]
    await api.delete(f"/attendees/{ada}/merged-into")
    assert (await api.get(f"/attendees/{at_work}/profile")).json() == empty
    assert (await api.delete("/me", headers=own)).status_code == 204
    assert (await api.get(f"/attendees/{ada}/profile")).status_code == 404


async def test_a_profile_that_makes_no_sense_is_refused_with_the_field(api: httpx.AsyncClient) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "body", "name at least one of: skills, excluded_skills, research_interests"),
        ({"skills": [{"term": "Go"}, {"term": "go"}]}, "skills", "'go' occurs more than once"),
        ({"skills": [{"term": "Go", "level": 6}]}, "skills.0.level", "5"),
        ({"skills": [{"term": "Go", "level": True}]}, "skills.0.level", "whole number"),
        ({"skills": [{"term": "x" * 10_000}]}, "skills.0.term", "100"),
        ({"skills": ["Go"]}, "skills.0", "object"),
        ({"equipment": [str(n) for n in range(26)]}, "equipment", "25"),
        ({"discipline": "astrology"}, "discipline", "'ict'"),
        ({"availability": {"starts": "2026-02-01", "ends": "2026-01-31"}}, "availability.ends", "is before starts"),
        ({"availability": {"starts": 7}}, "availability.starts", "must be a date"),
        ({"availability": {"countries": ["Sweden"]}}, "availability.countries.0", "two letters"),
        ({"availability": {"hours_per_week": 0}}, "availability.hours_per_week", "1"),
        ({"availability": {"hours": 20}}, "availability.hours", ""),
    ]
    for declared, field, detail in cases:
        refused = await api.put("/attendees/nobody/profile", json=declared)
        assert refused.status_code == 422, refused.text
        (fault,) = refused.json()["errors"]
        assert fault["field"] == field
        assert detail in fault["detail"]


async def test_a_profile_is_for_the_person_and_those_who_look_after_people(api: httpx.AsyncClient) -> None:
    for headers, path, status in (
        ({"authorization": f"Bearer {await make_key(['attendance'])}"}, "/attendees/nobody/profile", 403),
        ({"authorization": f"Bearer {await make_key(['attendance'])}"}, "/me/profile", 403),
        ({}, "/attendees/nobody/profile", 404),
        ({}, "/me/profile", 403),
    ):
        for method in ("GET", "PUT"):
            answer = await api.request(method, path, headers=headers, json={"discipline": "ict"} if method == "PUT" else None)
            assert answer.status_code == status, (method, path)


async def test_thousands_of_facts_are_exported_and_erased_by_pages(api: httpx.AsyncClient, kafka: Kafka) -> None:
    consent = {"mail": True}
    sent = [
        kafka.attend(
            "person_met",
            {"conference_id": "c1", "attendee": {"email": ADA, "consent": consent}, "met": {"account": f"badge {number}"}},
            id=str(number),
        )
        for number in range(2500)
    ]
    for first in range(0, len(sent), 500):
        await asyncio.gather(*sent[first : first + 500])
    ada = await id_of(api, ADA)
    async with asyncio.timeout(PATIENCE):
        while (await api.get("/statistics")).json()["facts"] < 2500:
            await asyncio.sleep(0.2)
    exported = (await api.get(f"/attendees/{ada}/export")).json()
    assert len({one["event_id"] for one in exported["known_by"][0]["attendance"]}) == 2500
    assert len(exported["published"]["profile"]["met"]) == 1000
    assert (await api.delete(f"/attendees/{ada}")).status_code == 204
    assert (await api.get(f"/attendees/{ada}")).status_code == 404
    async with asyncio.timeout(PATIENCE):
        while (await api.get("/statistics")).json()["facts"]:
            await asyncio.sleep(0.2)
    assert (await api.get("/statistics")).json()["attendees"] == 0
