"""What publishers are told, on real servers: of each event at the door, and later of what became of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from support.kafka import Kafka, cloud_event
from support.keys import bearer, make_key
from support.patience import PATIENCE
from support.serving import serving

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
CONFERENCE = {
    "name": "C",
    "starts": "2024-07-08",
    "ends": "2024-07-08",
    "sessions": [{"id": "s1", "title": "Testing"}, {"id": "s2", "title": "Arrays"}],
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


def data(session: str = "s1", email: str = "ada@example.org", **more: Any) -> dict[str, Any]:
    return {"conference_id": "c1", "session_id": session, "attendee": {"email": email}} | more


def event(id: str = "1", type: str = "session_attended", **changes: Any) -> dict[str, Any]:
    attributes = {"specversion": "1.0", "id": id, "source": "test", "time": "2024-07-08T10:00:00Z"}
    return attributes | {"type": f"attendance.{type}.v1", "data": data()} | changes


def reverted(id: str, reverts: str) -> dict[str, Any]:
    return event(id, "reverted", data={"reverts": reverts})


async def post(api: httpx.AsyncClient, content: Any, **headers: str) -> httpx.Response:
    kind = BATCHED if isinstance(content, list) else STRUCTURED
    return await api.post("/attendance", content=json.dumps(content).encode(), headers={"content-type": kind} | headers)


async def asked(api: httpx.AsyncClient, id: str, source: str = "test", status: str = "", **headers: str) -> dict[str, Any]:
    """What became of the event, once something did, or once it has this status."""
    answer = None
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await api.get(f"/attendance/{quote(source, safe='')}/{quote(id, safe='')}", headers=headers)
                told: dict[str, Any] = answer.json()
                if answer.status_code == 200 and status in ("", told["status"]):
                    return told
                assert answer.status_code in (200, 404), answer.text
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"the last answer is {answer.text if answer else 'none'}") from None


async def recorded(api: httpx.AsyncClient, *events: dict[str, Any]) -> None:
    """Hand these in, and wait until they are recorded."""
    answer = await post(api, list(events))
    assert answer.json()["accepted"] == len(events), answer.text
    for one in events:
        await asked(api, one["id"], status="recorded")


async def test_each_event_of_a_batch_gets_its_own_answer(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await recorded(api, event("known"), event("taken"))
    batch = [
        event("new"),
        event("known"),
        event("taken", data=data("s2")),
        event("later", data=data("s9")),
        event("elsewhere", data=data(conference_id="c9")),
        event("bad", data=data(email="nobody")),
        event("self", "reverted", data={"reverts": "self"}),
        event("met", "person_met", data={"conference_id": "c1", "attendee": {"email": "a@x.org"}, "met": {"email": "A@x.org"}}),
        event("new"),
        event("new", data=data("s2")),
        event("later", data=data("s8")),
    ]
    told = (await post(api, batch)).json()
    results = told.pop("results")
    assert [(one["id"], one["status"]) for one in results] == [
        ("new", "accepted"), ("known", "repeated"), ("taken", "conflict"), ("later", "pending"), ("elsewhere", "pending"),
        ("bad", "rejected"), ("self", "rejected"), ("met", "rejected"), ("new", "repeated"), ("new", "conflict"),
        ("later", "conflict"),
    ]  # fmt: skip
    assert told == {"accepted": 1, "repeated": 2, "conflict": 3, "pending": 2, "rejected": 3}
    assert "give each event its own id" in results[2]["reason"]
    assert results[3]["reason"].startswith("session unknown: conference 'c1' has no session 's9'")
    assert results[4]["reason"].startswith("conference unknown: there is no conference 'c9'")
    assert [fault["field"] for fault in results[6]["errors"]] == ["reverts"]
    assert all("warnings" not in one for one in results)
    await asked(api, "elsewhere")
    ids = [dict(record.headers)["ce_id"] for record in await kafka.read("attendance.inbound", 5)]
    assert sorted(ids) == [b"elsewhere", b"known", b"later", b"new", b"taken"]
    assert await kafka.lag("registration.dead-letters", "none") == 0


async def test_an_id_with_other_content_is_a_conflict_and_the_first_stands(
    api: httpx.AsyncClient, kafka: Kafka, subtests: pytest.Subtests
) -> None:
    cases: list[dict[str, Any]] = [
        {"data": data(email="bob@example.org")},
        {"data": data("s2")},
        {"time": "2024-07-08T10:00:01Z"},
        {"data": data() | {"attendee": {"email": "ada@example.org", "consent": {"mail": True}}}},
        {"type": "left"},
        {"type": "reverted", "data": {"reverts": "other"}},
        {"data": data("s9")},
    ]
    for number, changes in enumerate(cases, 1):
        id = str(number)
        with subtests.test(repr(changes)):
            await recorded(api, event(id))
            answer = await post(api, event(id, **changes))
            assert (answer.status_code, answer.json()["status"]) == (202, "conflict")
            assert (await asked(api, id))["session_id"] == "s1"
            # Over Kafka nobody answers: it is a dead letter, and its publisher can ask.
            headers = [("content-type", STRUCTURED.encode())]
            await kafka.send("attendance.inbound", json.dumps(event(id, **changes)).encode(), list(headers), key="x")
            letters = await kafka.read("registration.dead-letters", number)
            assert len(letters) == number
            assert b"id: was used for another event of this source" in dict(letters[-1].headers)["dl_reason"]
            told = await asked(api, id)
            assert (told["status"], told["session_id"]) == ("recorded", "s1")
            assert "was used for another event" in told["conflict"]


async def test_how_the_content_is_written_makes_no_other_event_of_it(api: httpx.AsyncClient) -> None:
    await recorded(api, event())
    for same in (
        event(time="2024-07-08T12:00:00+02:00"),
        event(
            data={"attendee": {"EXTRA": 1, "email": " ADA@example.org"}, "unknown": [], "session_id": "s1", "conference_id": "c1"}
        ),
        event(subject="x", correlationid="other"),
    ):
        assert (await post(api, same)).json()["status"] == "repeated"


async def test_two_of_one_id_in_a_batch_that_differ_are_not_both_taken(api: httpx.AsyncClient) -> None:
    answer = await post(api, [event(), event(data=data("s2")), event(source="other", data=data("s2")), event()])
    assert [one["status"] for one in answer.json()["results"]] == ["accepted", "conflict", "accepted", "repeated"]


async def test_a_lone_event_is_answered_like_one_of_a_batch(api: httpx.AsyncClient) -> None:
    assert (await post(api, event())).json() == {"status": "accepted", "source": "test", "id": "1"}
    pending = await post(api, event("2", data=data("s9")))
    assert (pending.status_code, pending.json()["status"]) == (202, "pending")
    nonsense = await post(api, event("self", "reverted", data={"reverts": "self"}))
    assert (nonsense.status_code, nonsense.json()["errors"][0]["field"]) == (422, "reverts")


async def test_a_request_repeated_under_its_key_is_answered_as_it_was_whatever_is_known_since(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await recorded(api, event("known"))
    batch = [event("new"), event("known"), event("known", data=data("s2")), event("s", data=data("s9")), event("bad", data={})]
    batch.append(event("c", data=data(conference_id="c9")))
    first = await post(api, batch, **{"idempotency-key": "k"})
    await asked(api, "new")
    await api.put("/conferences/c9", json=CONFERENCE)
    await asked(api, "c", status="recorded")
    again = await post(api, batch, **{"idempotency-key": "k"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert [one["status"][0] for one in again.json()["results"]] == ["a", "r", "c", "p", "r", "p"]
    await recorded(api, event("last"))
    assert len(await kafka.read("attendance.inbound", 5)) == 5


async def test_a_slip_in_a_fields_name_is_warned_of_and_other_unknown_fields_are_not(api: httpx.AsyncClient) -> None:
    attendee = {"email": "ada@example.org", "consent": {"mails": True}, "timeZone": "Europe/Prague", "company": "x"}
    answer = await post(api, event(correlationID="x", data=data(attendee=attendee, hall="A")))
    warnings = {one["field"]: one["detail"] for one in answer.json()["warnings"]}
    assert answer.json()["status"] == "accepted"
    assert warnings == {
        "correlationID": "is not a known field; did you mean `correlationid`?",
        "attendee.consent.mails": "is not a known field; did you mean `mail`?",
        "attendee.timeZone": "is not a known field; did you mean `time_zone`?",
    }
    headers = {f"ce-{name}": value for name, value in event("2").items() if name != "data"} | {"ce-correlation-id": "x"}
    binary = await api.post("/attendance", json=data(SessionId="s1"), headers=headers)
    assert [one["field"] for one in binary.json()["warnings"]] == ["correlation-id", "SessionId"]
    batch = (await post(api, [event("3"), event("4", data=data(Session_ID="s1"))])).json()["results"]
    assert ("warnings" in batch[0], [one["field"] for one in batch[1]["warnings"]]) == (False, ["Session_ID"])


async def test_a_time_that_lies_ahead_is_warned_of(api: httpx.AsyncClient) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    (warning,) = (await post(api, event(time=ahead))).json()["warnings"]
    assert warning["field"] == "time"
    told = await asked(api, "1")
    assert datetime.fromisoformat(told["at"]) < datetime.now(UTC)
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert "warnings" not in (await post(api, event("2", time=soon))).json()


async def test_errors_about_headers_name_them_as_http_has_them(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name in ["id", "source", "type", "time", "specversion"]:
        with subtests.test(name):
            headers = {f"ce-{key}": value for key, value in event().items() if key not in ("data", name)}
            answer = await api.post("/attendance", json=data(), headers=headers)
            assert (answer.status_code, answer.json()["errors"]) == (
                422,
                [{"field": f"header.ce-{name}", "detail": "is missing"}],
            )
            assert answer.json()["detail"] == f"header 'ce-{name}' is missing"
            none = await api.post("/attendance", json=data())
            assert "ce-id" in none.json()["detail"]
            assert "Content-Type: application/cloudevents+json" in none.json()["detail"]
            assert "ce_" not in none.text
            bytes_ = await api.post("/attendance", json=data(), headers=headers | {f"ce-{name}": "%ff"})
            assert bytes_.json()["detail"] == f"header 'ce-{name}' is not UTF-8 text"


async def test_it_is_told_what_became_of_an_event(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await recorded(api, event("scan"), event("in", "checked_in", data={"conference_id": "c1", "attendee": {"account": "7"}}))
    told = await asked(api, "scan")
    assert told == {
        "source": "test",
        "id": "scan",
        "status": "recorded",
        "kind": "session_attended",
        "at": "2024-07-08T10:00:00Z",
        "conference_id": "c1",
        "session_id": "s1",
    }
    await recorded(api, reverted("undo", "scan"))
    assert (await asked(api, "scan"))["taken_back_by"] == "undo"
    assert (await asked(api, "undo"))["takes_back"] == "scan"
    await post(api, event("later", data=data("s9") | {"attendee": {"email": "a@x.org", "consents": {}}}))
    pending = await asked(api, "later")
    assert (pending["status"], pending["session_id"]) == ("pending", "s9")
    assert pending["reason"].startswith("session unknown")
    assert pending["warnings"][0]["field"] == "attendee.consents"
    await kafka.attend("reverted", {"reverts": "self"}, id="self")
    rejected = await asked(api, "self")
    assert (rejected["status"], rejected["reason"]) == ("rejected", "reverts: must not be the event's own id")


async def test_what_is_not_known_yet_is_404_and_says_what_that_means(api: httpx.AsyncClient) -> None:
    answer = await api.get("/attendance/test/never")
    assert (answer.status_code, "within seconds of being accepted" in answer.json()["detail"]) == (404, True)


async def test_any_source_and_id_can_be_asked_for(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for source, id in [
        ("https://badges.example.org/pyconf?x=1#y", "scan/1"),
        ("a/b", "c"),
        ("a", "b/c"),
        (" ", "100% ü €\u2028"),
        ("%2F", "+&=;"),
        ("/", "//"),
        ("\\", '"'),
        ("..", "."),
    ]:
        with subtests.test(source):
            answer = await post(api, event(id, source=source))
            assert answer.json()["status"] == "accepted", answer.text
            async with asyncio.timeout(PATIENCE):
                while (told := await api.get("/attendance", params={"source": source, "id": id})).status_code == 404:
                    await asyncio.sleep(0.05)
            assert (told.json()["source"], told.json()["id"]) == (source, id)
            if source != "..":  # which clients take for the way up
                assert await asked(api, id, source) == told.json()
            wrong = await api.get(f"/attendance/{quote(source + '/' + id, safe='')}")
            assert wrong.status_code == 404


async def test_a_bound_key_is_told_of_its_own_events_only(api: httpx.AsyncClient) -> None:
    await api.put("/conferences/c2", json=CONFERENCE)
    await recorded(api, event("mine"), event("foreign", data=data(conference_id="c2")))
    await post(api, event("other", source="other"))
    await asked(api, "other", "other")
    await post(api, event("waits", data=data("s9", conference_id="c2")))
    await asked(api, "waits")
    bound = bearer(await make_key(["attendance"], conference_id="c1", source="test"))
    assert (await asked(api, "mine", **bound))["status"] == "recorded"
    never = (await api.get("/attendance/test/never", headers=bound)).json()
    for source, id in (("test", "foreign"), ("other", "other"), ("test", "waits")):
        answer = await api.get(f"/attendance/{source}/{id}", headers=bound)
        assert (answer.status_code, answer.json()) == (404, never)
    assert (await api.get("/attendance/test/mine", headers=bearer(await make_key(["people"])))).status_code == 403


async def test_an_attendance_key_reads_the_sessions_of_its_conference(api: httpx.AsyncClient) -> None:
    await api.put("/conferences/c2", json=CONFERENCE)
    bound = bearer(await make_key(["attendance"], conference_id="c1", source="test"))
    answer = await api.get("/conferences/c1", headers=bound)
    assert [session["id"] for session in answer.json()["sessions"]] == ["s1", "s2"]
    assert (await api.get("/conferences/c2", headers=bound)).status_code == 403
    assert (await api.put("/conferences/c1", json=CONFERENCE, headers=bound)).status_code == 403
    assert (await api.get("/conferences/c1", headers=bearer(await make_key(["attendance"])))).status_code == 200
    assert (await api.get("/conferences/c1", headers=bearer(await make_key(["people"])))).status_code == 403


async def test_a_known_event_whose_session_is_gone_since_is_a_repeat(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await recorded(api, event())
    await api.put("/conferences/c1", json=CONFERENCE | {"sessions": [{"id": "s2", "title": "Arrays"}]})
    assert (await post(api, event())).json()["status"] == "repeated"
    await kafka.send("attendance.inbound", data(), cloud_event("attendance.session_attended.v1", id="1"), key="x")
    await kafka.no_lag("attendance.inbound", "registration")
    assert (await asked(api, "1"))["status"] == "recorded"


async def test_another_instance_knows_at_once_what_was_announced_here_and_in_the_end_what_was_withdrawn(
    api: httpx.AsyncClient,
) -> None:
    async with serving(create_app(Settings())) as other:
        other.headers["authorization"] = api.headers["authorization"]
        assert (await post(other, event("1", data=data("s3")))).json()["status"] == "pending"
        announced = CONFERENCE | {"sessions": [{"id": id, "title": id} for id in ("s1", "s2", "s3")]}
        assert (await api.put("/conferences/c1", json=announced)).status_code == 200
        assert (await post(other, event("2", data=data("s3")))).json()["status"] == "accepted"
        for id in ("1", "2"):
            await asked(other, id, status="recorded")
        await api.put("/conferences/c1", json=CONFERENCE)
        # For a second the other one may not know it. Whatever it answers, the event waits, and says so when it is asked for.
        assert (await post(other, event("3", data=data("s3")))).json()["status"] in ("accepted", "pending")
        assert (await asked(api, "3"))["status"] == "pending"


async def test_of_an_id_that_waits_the_first_event_stands_whichever_instance_the_next_comes_to(api: httpx.AsyncClient) -> None:
    async with serving(create_app(Settings())) as other:
        other.headers["authorization"] = api.headers["authorization"]
        await recorded(other, event("0"))
        assert (await post(api, event("1", data=data("s9")))).json()["status"] == "pending"
        await asked(api, "1", status="pending")
        # For a second an instance may not know what the other one has taken.
        for instance in (other, api):
            assert (await post(instance, event("1"))).json()["status"] in ("accepted", "conflict")
        await recorded(api, event("2"))
        told = await asked(other, "1")
        assert (told["status"], told["session_id"]) == ("pending", "s9")
