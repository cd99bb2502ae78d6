"""Attendance that waits for its conference or session, on real servers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from local_stack import start_service
from registration.main import create_app
from registration.settings import Settings
from shared.database.mongo import Database
from support.kafka import Kafka, cloud_event
from support.keys import documents, operator
from support.outcomes import outcome_of
from support.patience import PATIENCE
from support.serving import serving

CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08"}
SESSIONS = [{"id": "s1", "title": "Testing", "skills": ["pytest"]}]
CALENDAR = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//x//x\r
BEGIN:VEVENT\r
UID:s9\r
DTSTART:20240708T100000Z\r
SUMMARY:Arrays\r
END:VEVENT\r
END:VCALENDAR\r
"""
ATTENDED = "attendance.session_attended.v1"


def attended(session: str = "s1", email: str = "ada@example.org", conference: str = "c1") -> dict[str, Any]:
    return {"conference_id": conference, "session_id": session, "attendee": {"email": email, "consent": {"mail": True}}}


async def announce(api: httpx.AsyncClient, *sessions: dict[str, Any]) -> None:
    answer = await api.put("/conferences/c1", json=CONFERENCE | {"sessions": list(sessions)})
    assert answer.is_success, answer.text


async def test_it_is_applied_once_the_conference_is_announced(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended(), id="kafka")
    binary = cloud_event("attendance.checked_in.v1", id="http")
    headers = {name.replace("_", "-"): (value or b"").decode() for name, value in binary}
    checked_in = {"conference_id": "c1", "attendee": {"email": "bob@example.org", "consent": {"mail": True}}}
    assert (await api.post("/attendance", json=checked_in, headers=headers)).json()["status"] == "pending"
    for id in ("kafka", "http"):
        assert (await outcome_of(api, id, "pending"))["reason"].startswith("conference unknown: there is no conference 'c1'")
    await announce(api, *SESSIONS)
    for id in ("kafka", "http"):
        await outcome_of(api, id, "recorded")
    profiles = await kafka.events("registration.profiles", 2)
    assert "Testing" in json.dumps(profiles)
    assert await kafka.lag("registration.dead-letters", "none") == 0


async def test_it_is_applied_once_a_schedule_has_its_session_and_not_before(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended("s9"), id="1")
    await kafka.attend("session_attended", attended("s1"), id="2")
    await outcome_of(api, "2", "pending")
    await announce(api, *SESSIONS)
    await outcome_of(api, "2", "recorded")  # so the service has looked at all that waited for the conference
    assert (await outcome_of(api, "1", "pending"))["reason"].startswith("session unknown: conference 'c1' has no session 's9'")
    uploaded = await api.put("/conferences/c1/schedule", content=CALENDAR, headers={"content-type": "text/calendar"})
    assert uploaded.is_success, uploaded.text
    assert (await outcome_of(api, "1", "recorded"))["session_id"] == "s9"


async def test_a_repeat_while_it_waits_is_the_same_and_other_content_is_a_conflict(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for email in ("ada@example.org", "ada@example.org", "bob@example.org"):
        await kafka.send("attendance.inbound", attended(email=email), cloud_event(ATTENDED, id="1"), key="same")
    (letter,) = await kafka.read("registration.dead-letters")
    assert b"was used for another event" in dict(letter.headers)["dl_reason"]
    assert "was used for another event" in (await outcome_of(api, "1", "pending"))["conflict"]
    await announce(api, *SESSIONS)
    await outcome_of(api, "1", "recorded")
    assert (await api.get("/statistics")).json()["facts"] == 1
    assert (await api.get("/attendees", params={"email": "bob@example.org"})).status_code == 404


async def test_what_is_taken_back_while_it_waits_counts_for_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended(), id="scan")
    await outcome_of(api, "scan", "pending")
    await kafka.attend("reverted", {"reverts": "scan"}, id="undo")
    await outcome_of(api, "undo", "recorded")
    assert (await outcome_of(api, "scan", "pending"))["taken_back_by"] == "undo"
    await announce(api, *SESSIONS)
    assert (await outcome_of(api, "scan", "recorded"))["taken_back_by"] == "undo"
    assert (await api.get("/statistics")).json()["reverted"] == 1


async def test_many_wait_and_all_are_applied(api: httpx.AsyncClient) -> None:
    events = [
        {"specversion": "1.0", "id": f"e{n}", "source": "test", "type": ATTENDED, "time": "2024-07-08T10:00:00Z"}
        | {"data": attended("s1", f"a{n}@example.org")}
        for n in range(250)
    ]
    headers = {"content-type": "application/cloudevents-batch+json"}
    answer = await api.post("/attendance", content=json.dumps(events).encode(), headers=headers)
    assert answer.json()["pending"] == 250
    await outcome_of(api, "e249", "pending")
    await announce(api, *SESSIONS)
    async with asyncio.timeout(PATIENCE):
        while (await api.get("/statistics")).json()["facts"] < 250:
            await asyncio.sleep(0.2)


async def test_it_survives_that_the_service_is_killed(environment: dict[str, str], kafka: Kafka, tmp_path: Path) -> None:
    settings = environment | {"PORT": "0"}
    first = start_service("registration", tmp_path, settings)
    try:
        async with httpx.AsyncClient(base_url=first.url) as client:
            await operator(client)
            await kafka.attend("session_attended", attended(), id="1")
            await outcome_of(client, "1", "pending")
    finally:
        first.kill()
    async with serving(create_app(Settings())) as api:
        await operator(api)
        await outcome_of(api, "1", "pending")
        await announce(api, *SESSIONS)
        await outcome_of(api, "1", "recorded")


async def test_what_waits_too_long_becomes_a_dead_letter_that_says_so(
    environment: dict[str, str], kafka: Kafka, database: Database
) -> None:
    async with serving(create_app(Settings())) as api:
        await operator(api)
        await kafka.attend("session_attended", attended(), id="1")
        await outcome_of(api, "1", "pending")
    long_ago = datetime.now(UTC) - timedelta(days=31)
    await database.db["pending"].update_many({}, {"$set": {"received_at": long_ago}})
    async with serving(create_app(Settings())) as api:
        await operator(api)
        (letter,) = await kafka.read("registration.dead-letters")
        reason = dict(letter.headers)["dl_reason"].decode()
        assert reason == "conference unknown: there is no conference 'c1'; the event waited 30 days for it"
        assert json.loads(letter.value) == attended()
        told = await outcome_of(api, "1", "rejected")
        assert told["reason"] == reason
        assert (await documents(environment))["pending"] == []


async def test_of_an_erased_person_nothing_waits(api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]) -> None:
    await announce(api, *SESSIONS)
    await kafka.attend("session_attended", attended(), id="known")
    await outcome_of(api, "known", "recorded")
    await kafka.attend("session_attended", attended("s9"), id="waits")
    met = {"conference_id": "c9", "attendee": {"email": "bob@example.org"}, "met": {"email": "ada@example.org"}}
    await kafka.attend("person_met", met, id="met")
    for id in ("waits", "met"):
        await outcome_of(api, id, "pending")
    ada = (await api.get("/attendees", params={"email": "ada@example.org"})).json()["id"]
    exported = (await api.get(f"/attendees/{ada}/export")).json()["waiting"]
    assert sorted((one["event_id"], one["details"] is not None) for one in exported) == [("met", False), ("waits", True)]
    assert "bob@" not in json.dumps(exported)
    assert (await api.delete(f"/attendees/{ada}")).is_success
    assert (await documents(environment))["pending"] == []
    await kafka.attend("session_attended", attended("s9"), id="again")  # of before the erasure
    await kafka.no_lag("attendance.inbound", "registration")
    assert (await documents(environment))["pending"] == []
