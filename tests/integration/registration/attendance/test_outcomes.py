"""What became of events that were not recorded, on real servers: whoever is at fault, and whichever way they came."""

import json
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from shared.database.mongo import Database
from support.kafka import Kafka, cloud_event
from support.keys import operator
from support.outcomes import outcome_of
from support.serving import serving

CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": [{"id": "s1", "title": "Testing"}]}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


def attended(email: str = "ada@example.org", session: str = "s1", conference: str = "c1") -> dict[str, Any]:
    return {"conference_id": conference, "session_id": session, "attendee": {"email": email}}


async def test_an_event_that_we_failed_on_says_so_until_it_is_replayed(
    api: httpx.AsyncClient, kafka: Kafka, database: Database
) -> None:
    await kafka.attend("session_attended", attended(), id="before")
    await outcome_of(api, "before", "recorded")
    ada = (await api.get("/attendees", params={"email": "ada@example.org"})).json()["id"]
    kept = await database.db["attendees"].find_one_and_delete({"_id": ada})
    await database.db["attendees"].insert_one({"_id": ada})  # as a fault of ours might leave it: each event about Ada fails
    await kafka.attend("session_attended", attended(), id="failed")
    told = await outcome_of(api, "failed", "failed")
    assert (told["conference_id"], "operator can replay" in told["reason"]) == ("c1", True)
    assert "KeyError" not in json.dumps(told)
    (letter,) = await kafka.read("registration.dead-letters")
    assert "KeyError" in dict(letter.headers)["dl_reason"].decode()
    await database.db["attendees"].replace_one({"_id": ada}, kept)
    replayed = await api.post("/dead-letters/replay", params={"which": '["test", "failed"]'})
    assert replayed.json() == {"sent": 1, "superseded": 0}
    told = await outcome_of(api, "failed", "recorded")
    assert "conflict" not in told


async def test_an_event_over_kafka_that_cannot_be_read_says_what_to_mend(api: httpx.AsyncClient, kafka: Kafka) -> None:
    type = "attendance.session_attended.v1"
    await kafka.send("attendance.inbound", attended(email="nobody"), cloud_event(type, id="bad"), key="x")
    structured = {"specversion": "1.0", "id": "odd", "source": "test", "type": type, "time": "yesterday", "data": attended()}
    headers: list[tuple[str, bytes | None]] = [("content-type", b"application/cloudevents+json")]
    await kafka.send("attendance.inbound", json.dumps(structured).encode(), headers, key="x")
    assert (await outcome_of(api, "bad", "rejected"))["reason"].startswith("attendee.email: is not an e-mail address")
    assert (await outcome_of(api, "odd", "rejected"))["reason"].startswith("attribute 'time'")
    await kafka.send("attendance.inbound", attended(), cloud_event(type, id="bad"), key="x")
    assert "attendee.email" in (await outcome_of(api, "bad", "recorded"))["conflict"]


async def test_warnings_about_events_over_kafka_are_told_once_they_are_recorded(
    api: httpx.AsyncClient, kafka: Kafka, database: Database
) -> None:
    type, slip = "attendance.session_attended.v1", attended() | {"attendee": {"email": "a@x.org", "consent": {"mails": True}}}
    await kafka.send("attendance.inbound", slip, [*cloud_event(type, id="binary"), ("ce_correlation_id", b"x")], key="x")
    structured = {"specversion": "1.0", "id": "structured", "source": "test", "type": type, "time": "2090-01-01T00:00:00Z"}
    headers: list[tuple[str, bytes | None]] = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    await kafka.send("attendance.inbound", json.dumps(structured | {"data": slip}).encode(), headers, key="x")
    await kafka.attend("session_attended", attended() | {"hall": "A"}, id="well")
    fields = [one["field"] for one in (await outcome_of(api, "binary", "recorded"))["warnings"]]
    assert fields == ["correlation_id", "attendee.consent.mails"]
    fields = [one["field"] for one in (await outcome_of(api, "structured", "recorded"))["warnings"]]
    assert fields == ["attendee.consent.mails", "time"]
    assert "warnings" not in await outcome_of(api, "well", "recorded")
    assert await database.db["attendance"].count_documents({"_id": '["test","well"]', "warnings": {"$exists": False}}) == 1
    await kafka.attend("reverted", {"reverts": "binary"}, id="undo")
    await outcome_of(api, "undo", "recorded")
    assert len((await outcome_of(api, "binary", "recorded"))["warnings"]) == 2


async def test_warnings_about_what_waited_are_told_before_and_after(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended(session="s9") | {"sessionId": "s1"}, id="1")
    waited = (await outcome_of(api, "1", "pending"))["warnings"]
    sessions = [{"id": "s9", "title": "Late"}]
    assert (await api.put("/conferences/c1", json=CONFERENCE | {"sessions": sessions})).is_success
    assert (await outcome_of(api, "1", "recorded"))["warnings"] == waited != []


async def test_what_waits_is_bounded_altogether_and_what_is_refused_says_so(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, kafka: Kafka
) -> None:
    monkeypatch.setenv("PENDING_EVENTS", "4")
    async with serving(create_app(Settings())) as api:
        await operator(api)
        await kafka.attend("session_attended", attended(), id="1", source="tickets")
        await outcome_of(api, "1", "pending", "tickets")
        for n in range(5):
            await kafka.attend("session_attended", attended(f"a{n}@example.org"), id="1", source=f"invented {n}")
            # One after the other: they are in several partitions, of which any may be read first.
            told = await outcome_of(api, "1", "pending" if n < 2 else "rejected", f"invented {n}")
        assert told["reason"] == (
            "conference unknown: there is no conference 'c1' yet; "
            "too many events of all sources are already pending: announce it, then send the event again"
        )
        await kafka.attend("session_attended", attended(), id="2", source="tickets")
        await outcome_of(api, "2", "pending", "tickets")
        await api.put("/conferences/c1", json=CONFERENCE)
        for id in ("1", "2"):
            await outcome_of(api, id, "recorded", "tickets")
