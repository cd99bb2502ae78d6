"""The organizers of a conference on real servers: who says who they are, what they may do, and what stays closed to them."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from registration.settings import Settings
from shared.contract.events.registration import MOST_ORGANIZERS
from shared.database.mongo import Database
from shared.persons import person_id
from shared.web.access.sessions import COOKIE, signed
from support.kafka import Kafka
from support.keys import bearer, documents, make_key
from support.sessions import SIGNING_KEY, another_key, cookie, end, past, session_of, sign_in

CONFERENCE: dict[str, Any] = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14", "sessions": []}
ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"
ORGANIZERS = "/conferences/c.1/organizers"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c.1": CONFERENCE, "c2": CONFERENCE}


@pytest.fixture
def key(environment: dict[str, str]) -> SecretStr:
    return Settings().person_key


def said(*emails: str) -> dict[str, Any]:
    return {"organizers": [{"email": email} for email in emails]}


async def organize(api: httpx.AsyncClient, *emails: str, path: str = ORGANIZERS) -> None:
    answer = await api.put(path, json=said(*emails))
    assert answer.status_code == 200, answer.text


async def organizers_told(kafka: Kafka, conference_id: str, version: int) -> list[str]:
    """The organizers in this version of the conference's event."""
    records = await kafka.read(
        "registration.conferences", until=lambda seen: bool(_of_version(seen, conference_id, version)), seconds=20
    )
    (event,) = _of_version(records, conference_id, version)
    organizers: list[str] = event["organizers"]
    return organizers


def _of_version(records: list[Any], conference_id: str, version: int) -> list[dict[str, Any]]:
    events = [json.loads(record.value) for record in records if record.value and record.key == conference_id.encode()]
    return [event for event in events if event["version"] == version]


async def test_organizers_are_told_by_their_ids_and_can_be_written_to_as_attendees_without_consent(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str], key: SecretStr
) -> None:
    wanted = {"organizers": [{"email": "Bob@Example.ORG"}, {"email": ADA, "name": "Ada"}]}
    answer = await api.put(ORGANIZERS, json=wanted)
    ada, bob = person_id(ADA, key), person_id(BOB, key)
    expected = [{"person_id": ada, "email": ADA, "name": "Ada"}, {"person_id": bob, "email": BOB, "name": None}]
    assert (answer.status_code, answer.json()) == (200, {"organizers": expected})
    assert (await api.get(ORGANIZERS)).json() == answer.json()
    assert (await api.put(ORGANIZERS, json=wanted)).json() == answer.json()
    assert (await api.get("/conferences/c.1")).json()["version"] == 2
    assert await organizers_told(kafka, "c.1", 2) == sorted([ada, bob])
    contacts = {one["attendee_id"]: one for one in await kafka.events("registration.contacts", 2)}
    assert {id: (one["email"], one["name"], one["mail_consent"]) for id, one in contacts.items()} == {
        ada: (ADA, "Ada", False),
        bob: (BOB, None, False),
    }
    # A change of the schedule keeps them.
    assert (await api.put("/conferences/c.1", json=CONFERENCE | {"name": "PyConf EU"})).json()["version"] == 3
    assert await organizers_told(kafka, "c.1", 3) == sorted([ada, bob])
    attendee = (await api.get(f"/attendees/{ada}")).json()
    assert (attendee["name"], attendee["organizes"], attendee["profile_version"]) == ("Ada", ["c.1"], 0)
    kept = await documents(environment)
    assert "@" not in repr(kept["conferences"])


async def test_a_list_that_makes_no_sense_changes_nothing(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    await organize(api, BOB)
    for hint, body in (
        ("organizers", {}),
        ("organizers", {"organizers": None}),
        ("organizers.0.email", {"organizers": [{"email": "nobody"}]}),
        ("organizers.0.email", {"organizers": [{"email": {"$ne": ""}}]}),
        ("organizers.0.name", {"organizers": [{"email": ADA, "name": "a\r\nBcc: x"}]}),
        ("organizers.0.role", {"organizers": [{"email": ADA, "role": "operator"}]}),
        ("ada@example.org occurs more than once", said(ADA, "ADA@Example.org")),
        ("at most 50", said(*(f"o{number}@example.org" for number in range(MOST_ORGANIZERS + 1)))),
    ):
        with subtests.test(hint):
            answer = await api.put(ORGANIZERS, json=body)
            assert answer.status_code == 422
            assert hint in answer.text
            assert [one["email"] for one in (await api.get(ORGANIZERS)).json()["organizers"]] == [BOB]


async def test_a_key_says_who_organizes_the_conference_that_it_is_for(api: httpx.AsyncClient) -> None:
    bound = bearer(await make_key(["conferences"], conference_id="c.1", source="desk"))
    assert (await api.put(ORGANIZERS, json=said(ADA), headers=bound)).status_code == 200
    assert (await api.get(ORGANIZERS, headers=bound)).status_code == 200
    for headers in (bound, bearer(await make_key(["attendance", "people", "connections"]))):
        for method in ("GET", "PUT"):
            answer = await api.request(method, "/conferences/c2/organizers", json=said(ADA), headers=headers)
            assert answer.status_code == 403
    assert (await api.put("/conferences/unknown/organizers", json=said(ADA))).status_code == 404
    assert (await api.get("/conferences/unknown/organizers")).status_code == 404


async def test_an_organizer_who_is_signed_in_changes_their_own_conference_and_no_other(
    api: httpx.AsyncClient, key: SecretStr
) -> None:
    await organize(api, ADA)
    await organize(api, BOB, path="/conferences/c2/organizers")
    ada = await sign_in("registration", person_id(ADA, key))
    changed = await api.put("/conferences/c.1", json=CONFERENCE | {"name": "Mine"}, headers=ada)
    assert (changed.status_code, changed.json()["name"]) == (200, "Mine")
    assert (await api.get("/conferences/c.1", headers=ada)).json()["name"] == "Mine"
    schedule = {"schedule": {"conference": {"title": "T", "days": []}}}
    file = await api.put("/conferences/c.1/schedule", json=schedule, headers=ada)
    assert file.status_code == 422  # it gets in; the file has no session
    assert (await api.put(ORGANIZERS, json=said(ADA, ADA_AT_WORK), headers=ada)).status_code == 200
    for method, path in (
        ("GET", "/conferences/c2"),
        ("PUT", "/conferences/c2"),
        ("PUT", "/conferences/c2/schedule"),
        ("GET", "/conferences/c2/organizers"),
        ("PUT", "/conferences/c2/organizers"),
        ("PUT", "/conferences/new"),
        ("GET", "/conferences/unknown/organizers"),
    ):
        body = said(ADA) if path.endswith("organizers") else CONFERENCE
        answer = await api.request(method, path, json=body, headers=ada)
        assert answer.status_code == 403, (method, path, answer.text)
    assert [one["email"] for one in (await api.get("/conferences/c2/organizers")).json()["organizers"]] == [BOB]
    assert (await api.get("/conferences/new")).status_code == 404
    # Where people do not get in, a session is as good as nothing.
    assert (await api.get("/keys", headers=ada)).status_code == 401


async def test_whoever_is_taken_off_the_list_is_out_with_the_next_request(api: httpx.AsyncClient, key: SecretStr) -> None:
    await organize(api, ADA, BOB)
    ada, bob = await sign_in("registration", person_id(ADA, key)), await sign_in("registration", person_id(BOB, key))
    assert (await api.get(ORGANIZERS, headers=ada)).status_code == 200
    assert (await api.put(ORGANIZERS, json=said(BOB), headers=bob)).status_code == 200
    answer = await api.get(ORGANIZERS, headers=ada)
    assert (answer.status_code, "'organizer'" in answer.json()["detail"]) == (403, True)
    assert (await api.put(ORGANIZERS, json=said(ADA), headers=ada)).status_code == 403
    assert (await api.get(ORGANIZERS, headers=bob)).status_code == 200


async def test_nobody_else_gets_at_the_organizers(api: httpx.AsyncClient, key: SecretStr) -> None:
    await organize(api, ADA)
    ada = person_id(ADA, key)
    await sign_in("registration", ada)
    ended = session_of(ada)
    await end("registration", ended)
    token = signed(session_of(ada), SIGNING_KEY)
    claims, _, signature = token.rpartition(".")
    changed = f"{claims}.{signature[:40]}{'A' if signature[40] != 'A' else 'B'}{signature[41:]}"
    strangers = {
        "nobody": {"authorization": ""},
        "an ended session": cookie(ended),
        "a session of the past": cookie(past(session_of(ada))),
        "a session by an unknown key": cookie(session_of(ada), another_key()),
        "a session by another key of the same id": cookie(session_of(ada), another_key(SIGNING_KEY.public.id)),
        "a token that was changed": {"authorization": "", "cookie": f"{COOKIE}={changed}"},
        "a token as a key": bearer(token),
        "a cookie of another name": {"authorization": "", "cookie": f"session={token}"},
    }
    for who, headers in strangers.items():
        for method, path in (("GET", ORGANIZERS), ("PUT", ORGANIZERS), ("PUT", "/conferences/c.1"), ("GET", "/me")):
            answer = await api.request(method, path, json=said(BOB), headers=headers)
            assert answer.status_code == 401, (who, method, path, answer.text)
    for id in (person_id(BOB, key), "c.1", "operator"):
        answer = await api.put(ORGANIZERS, json=said(BOB), headers=cookie(session_of(id)))
        assert answer.status_code == 403, id
    forged = cookie(session_of(ada)) | {"origin": "https://evil.example"}
    assert (await api.put(ORGANIZERS, json=said(BOB), headers=forged)).status_code == 403
    # A key that is not enough is not helped by a session.
    weak = cookie(session_of(ada)) | bearer(await make_key(["attendance"]))
    assert (await api.put(ORGANIZERS, json=said(BOB), headers=weak)).status_code == 403
    assert [one["email"] for one in (await api.get(ORGANIZERS)).json()["organizers"]] == [ADA]
    assert (await api.get(ORGANIZERS, headers=cookie(session_of("nobody", operator=True)))).status_code == 200


async def test_a_merged_organizer_is_one_by_each_of_their_ids_and_told_by_the_one_that_is_kept(
    api: httpx.AsyncClient, kafka: Kafka, key: SecretStr
) -> None:
    ada, at_work = person_id(ADA, key), person_id(ADA_AT_WORK, key)
    await organize(api, ADA_AT_WORK)
    await organize(api, ADA, path="/conferences/c2/organizers")
    assert (await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})).json()["organizes"] == ["c.1", "c2"]
    assert await organizers_told(kafka, "c.1", 3) == [ada]
    both = await sign_in("registration", ada, at_work)
    for path in (ORGANIZERS, "/conferences/c2/organizers"):
        answer = await api.get(path, headers=both)
        assert [one["person_id"] for one in answer.json()["organizers"]] == [ada]
    await api.delete(f"/attendees/{at_work}/merged-into")
    assert await organizers_told(kafka, "c.1", 4) == [at_work]


async def test_an_erased_organizer_is_none_any_more_here_and_in_what_is_told(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str], key: SecretStr
) -> None:
    ada, at_work, bob = (person_id(email, key) for email in (ADA, ADA_AT_WORK, BOB))
    await organize(api, ADA, ADA_AT_WORK, BOB)
    await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})
    session = await sign_in("registration", ada, at_work)
    export = (await api.get("/me/export", headers=session)).json()
    assert [one["organizes"] for one in export["known_by"]] == [[{"conference_id": "c.1", "name": None}]] * 2
    assert (await api.delete("/me", headers=session)).status_code == 204
    assert await organizers_told(kafka, "c.1", 4) == [bob]
    assert (await api.get(ORGANIZERS, headers=session)).status_code == 403
    assert [one["email"] for one in (await api.get(ORGANIZERS)).json()["organizers"]] == [BOB]
    kept = await documents(environment)
    assert "ada@" not in repr({name: some for name, some in kept.items() if name != "outbox"})
    assert ada not in repr(kept["conferences"])
    contacts = await kafka.read(
        "registration.contacts", until=lambda seen: {r.key.decode() for r in seen if r.value is None} == {ada, at_work}
    )
    assert contacts
    # Named again, they start afresh.
    await organize(api, ADA, BOB)
    assert (await api.get("/me", headers=session)).json()["organizes"] == ["c.1"]


async def test_organizers_who_change_the_list_at_the_same_time_leave_one_of_the_lists(
    api: httpx.AsyncClient, kafka: Kafka, key: SecretStr
) -> None:
    lists = [said(ADA), said(BOB), said(ADA, BOB), said(ADA_AT_WORK)]
    schedules = [CONFERENCE | {"name": f"Name {number}"} for number in range(3)]
    answers = await asyncio.gather(
        *(api.put(ORGANIZERS, json=one) for one in lists), *(api.put("/conferences/c.1", json=one) for one in schedules)
    )
    assert {answer.status_code for answer in answers} == {200}
    listed = (await api.get(ORGANIZERS)).json()["organizers"]
    assert said(*(one["email"] for one in listed)) in lists
    version = (await api.get("/conferences/c.1")).json()["version"]
    assert await organizers_told(kafka, "c.1", version) == sorted(one["person_id"] for one in listed)
    for email in (ADA, ADA_AT_WORK, BOB):
        organizes = (await api.get(f"/attendees/{person_id(email, key)}")).json()["organizes"]
        assert (organizes == ["c.1"]) == (email in {one["email"] for one in listed})


async def test_conferences_and_attendees_of_before_there_were_organizers_are_read(
    api: httpx.AsyncClient, kafka: Kafka, database: Database, key: SecretStr
) -> None:
    await kafka.attend("checked_in", {"conference_id": "c.1", "attendee": {"email": ADA}})
    await kafka.no_lag("attendance.inbound", "registration")
    for collection in ("conferences", "attendees"):
        await database.db[collection].update_many({}, {"$unset": {"organizers": 1, "organizes": 1}})
    assert (await api.get(ORGANIZERS)).json() == {"organizers": []}
    await organize(api, ADA)
    assert await organizers_told(kafka, "c.1", 2) == [person_id(ADA, key)]
