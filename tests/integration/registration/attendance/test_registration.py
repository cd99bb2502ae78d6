"""Registration on real servers: attendance in, contacts and profiles out."""

import json
from typing import Any

import httpx
import pytest

from support.kafka import Kafka, cloud_event

CONFERENCE = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [
        {"id": "s1", "title": "Property testing", "topics": ["testing"], "skills": ["Python", "Hypothesis"]},
        {"id": "s2", "title": "Arrays", "topics": ["performance"], "skills": ["python", "NumPy"]},
    ],
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


def attended(session: str = "s1", email: str = "ada@example.org", **attendee: Any) -> dict[str, Any]:
    return {"conference_id": "c1", "session_id": session, "attendee": {"email": email, "consent": {"matching": True}, **attendee}}


async def test_attendance_becomes_a_profile_with_its_sessions_as_evidence(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended("s1", skills=["Rust"]))
    await kafka.attend("session_attended", attended("s2"))
    await kafka.attend(
        "person_met", {"conference_id": "c1", "attendee": {"email": "ada@example.org"}, "met": {"email": "m@x.org"}}
    )

    profiles = await kafka.events(
        "registration.profiles", until=lambda seen: bool(seen) and b"NumPy" in seen[-1].value and b"person_id" in seen[-1].value
    )
    interests = {interest["term"]: interest for interest in profiles[-1]["interests"]}
    assert set(interests) == {"Rust", "Python", "Hypothesis", "NumPy", "testing", "performance"}
    assert [evidence["title"] for evidence in interests["Python"]["evidence"]] == ["Property testing", "Arrays"]
    assert interests["Rust"]["declared"]
    assert len(profiles[-1]["met"]) == 1
    assert [profile["version"] for profile in profiles] == list(range(1, len(profiles) + 1))
    assert b"example.org" not in json.dumps(profiles).encode()


async def test_a_repeated_event_changes_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for _ in range(3):
        await kafka.attend("session_attended", attended(), id="same")
    await kafka.attend("session_attended", attended("s2"), id="last")
    await kafka.events("registration.profiles", until=lambda seen: bool(seen) and b"Arrays" in seen[-1].value)
    assert (await api.get("/statistics")).json()["facts"] == 2


@pytest.mark.parametrize("reverted_first", [False, True])
async def test_a_reverted_attendance_is_no_evidence_whichever_arrives_first(
    api: httpx.AsyncClient, kafka: Kafka, reverted_first: bool
) -> None:
    await kafka.attend("checked_in", {"conference_id": "c1", "attendee": {"email": "ada@example.org"}}, id="in")
    if reverted_first:
        await kafka.attend("reverted", {"reverts": "scan", "attendee": {"email": "ada@example.org"}})
    await kafka.attend("session_attended", attended(), id="scan")
    if not reverted_first:
        await kafka.attend("reverted", {"reverts": "scan", "attendee": {"email": "ada@example.org"}})
    await kafka.attend("session_attended", attended("s2"), id="other")
    profiles = await kafka.events("registration.profiles", until=lambda seen: bool(seen) and b"Arrays" in seen[-1].value)
    assert "Property testing" not in json.dumps(profiles[-1])
    assert (await api.get("/statistics")).json() == {"conferences": 1, "attendees": 1, "facts": 3, "reverted": 1}


async def test_a_reverted_event_takes_its_words_with_it_too(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended("s1", name="Ada"), time="2024-07-08T10:00:00Z")
    wrong = {
        "conference_id": "c1",
        "attendee": {"email": "ada@example.org", "name": "Eve", "skills": ["COBOL"], "consent": {"mail": True}},
    }
    await kafka.attend("checked_in", wrong, id="wrong", time="2024-07-08T11:00:00Z")
    await kafka.events("registration.contacts", until=lambda seen: bool(seen) and json.loads(seen[-1].value)["mail_consent"])
    await kafka.attend("reverted", {"reverts": "wrong", "attendee": {"email": "ada@example.org"}})
    await kafka.events("registration.profiles", until=lambda seen: len(seen) > 1 and b"COBOL" not in seen[-1].value)
    contacts = await kafka.events("registration.contacts", until=lambda seen: len(seen) > 1 and b'"Ada"' in seen[-1].value)
    assert (contacts[-1]["name"], contacts[-1]["mail_consent"]) == ("Ada", False)
    profiles = await kafka.events("registration.profiles", until=lambda seen: len(seen) > 1 and b"COBOL" not in seen[-1].value)
    assert b"COBOL" not in json.dumps(profiles[-1]).encode()


async def test_a_revert_of_another_source_takes_nothing_back(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended(), id="scan", source="badges")
    await kafka.attend("reverted", {"reverts": "scan", "attendee": {"email": "ada@example.org"}}, source="somebody-else")
    await kafka.attend("session_attended", attended("s2"), id="other")
    profiles = await kafka.events("registration.profiles", until=lambda seen: bool(seen) and b"Arrays" in seen[-1].value)
    assert "Property testing" in json.dumps(profiles[-1])


async def test_one_person_however_the_address_is_written_and_no_mail_without_consent(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await kafka.attend("session_attended", attended(email=" Ada@EXAMPLE.org", name="Ada"))
    contacts = await kafka.events("registration.contacts")
    assert contacts[0]["email"] == "ada@example.org"
    assert contacts[0]["mail_consent"] is False
    await kafka.attend("session_attended", attended("s2", consent={"mail": True}), time="2024-07-08T11:00:00Z")
    contacts = await kafka.events("registration.contacts", 2)
    assert [(contact["version"], contact["mail_consent"], contact["name"]) for contact in contacts] == [
        (1, False, "Ada"),
        (2, True, "Ada"),
    ]

    found = (await api.get("/attendees", params={"email": "ADA@example.org"})).json()
    assert found["id"] == contacts[0]["attendee_id"]
    withdrawn = await api.put(f"/attendees/{found['id']}/consent", json={"mail": False})
    assert withdrawn.json()["consents"]["mail"]["agreed"] is False
    assert (await kafka.events("registration.contacts", 3))[-1]["mail_consent"] is False


async def test_a_late_event_does_not_overwrite_what_a_newer_one_told(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.attend("session_attended", attended(name="New", consent={"mail": False}), time="2024-07-09T00:00:00Z")
    await kafka.attend(
        "session_attended", attended("s2", name="Old", locale="de", consent={"mail": True}), time="2024-07-08T00:00:00Z"
    )
    contacts = await kafka.events(
        "registration.contacts", until=lambda seen: bool(seen) and json.loads(seen[-1].value)["locale"] == "de"
    )
    assert (contacts[-1]["name"], contacts[-1]["mail_consent"]) == ("New", False)


async def test_the_correlation_id_runs_from_the_event_to_what_it_causes(api: httpx.AsyncClient, kafka: Kafka) -> None:
    headers = [*cloud_event("attendance.session_attended.v1"), ("ce_correlationid", b"trace-me")]
    await kafka.send("attendance.inbound", attended(), headers, key="ada@example.org")
    record = (await kafka.read("registration.profiles"))[0]
    assert dict(record.headers)["ce_correlationid"] == b"trace-me"


async def test_the_same_conference_again_publishes_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    assert (await api.put("/conferences/c1", json=CONFERENCE)).json()["version"] == 1
    changed = await api.put("/conferences/c1", json=CONFERENCE | {"name": "PyConf 2"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert [event["name"] for event in await kafka.events("registration.conferences", 2)] == ["PyConf", "PyConf 2"]


async def test_http_errors_name_the_field(api: httpx.AsyncClient) -> None:
    bad = await api.put("/conferences/c2", json=CONFERENCE | {"ends": "2024-01-01", "sessions": [{"id": "a b", "title": ""}]})
    assert bad.status_code == 422
    assert bad.headers["content-type"] == "application/problem+json"
    assert {fault["field"] for fault in bad.json()["errors"]} == {"sessions.0.id", "sessions.0.title"}
    assert "before starts" in (await api.put("/conferences/c2", json=CONFERENCE | {"ends": "2024-01-01"})).json()["detail"]
    assert (await api.put("/conferences/c2", content=b"{" * 100, headers={"content-type": "application/json"})).status_code == 422
    assert (await api.put("/conferences/c2", content=b" " * (5 * 1024 * 1024 + 1))).status_code == 413
    unknown = await api.get("/attendees", params={"email": "not an address"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "query.email")
    assert (await api.get("/conferences/%24where")).status_code == 422
    assert (await api.get("/nowhere")).json()["title"] == "Not Found"


async def test_an_event_posted_over_http_is_recorded_like_one_from_kafka(api: httpx.AsyncClient, kafka: Kafka) -> None:
    attributes = {
        "specversion": "1.0",
        "source": "curl",
        "type": "attendance.session_attended.v1",
        "time": "2024-07-08T10:00:00Z",
    }
    binary = {f"ce-{name}": value for name, value in attributes.items()} | {"ce-id": "b%20%C3%A9"}
    answer = await api.post("/attendance", json=attended("s1"), headers=binary)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "source": "curl", "id": "b é"})
    structured = attributes | {"id": "s", "data": attended("s2")}
    for _ in range(2):  # the same again is harmless
        answer = await api.post("/attendance", json=structured, headers={"content-type": "application/cloudevents+json"})
        assert answer.status_code == 202
    profiles = await kafka.events("registration.profiles", until=lambda seen: bool(seen) and b"Arrays" in seen[-1].value)
    assert "Property testing" in json.dumps(profiles[-1])
    assert (await api.get("/statistics")).json()["facts"] == 2


async def test_a_posted_event_that_is_none_is_refused_with_the_reason(api: httpx.AsyncClient) -> None:
    answer = await api.post("/attendance", json=attended("s1"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "not a CloudEvent" in answer.json()["detail"]
