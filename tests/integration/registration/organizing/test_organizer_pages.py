"""Pages for organizers: where attendance comes from, what was not recorded and is sent again, one event, the schedule."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from registration.attendance.domain.rejections import Rejection
from registration.repositories import Repositories
from registration.settings import Settings
from shared import clock
from shared.database.mongo import Database
from shared.persons import person_id
from support.kafka import Kafka, cloud_event
from support.keys import bearer, make_key
from support.patience import PATIENCE
from support.sessions import sign_in

ADA, BOB = "ada@example.org", "bob@example.org"
HOSTILE = "<script>alert(1)</script>"
CONFERENCE: dict[str, Any] = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [{"id": "s1", "title": "Arrays", "skills": ["NumPy"], "topics": ["data"]}],
}
PAGES = [
    ("GET", "/organize"),
    ("GET", "/organize/{conference}"),
    ("POST", "/organize/{conference}/letters"),
    ("POST", "/organize/{conference}/connections/{connection}/retry"),
    ("GET", "/organize/{conference}/events"),
    ("GET", "/organize/{conference}/brand"),
    ("POST", "/organize/{conference}/brand"),
    ("GET", "/organize/{conference}/schedule"),
    ("POST", "/organize/{conference}/schedule"),
]
"""All pages and forms for organizers that registration serves."""
HTML = {"accept": "text/html"}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE, "c2": CONFERENCE | {"name": "Not Ada's"}}


@pytest.fixture
def key(environment: dict[str, str]) -> SecretStr:
    return Settings().person_key


@pytest.fixture
async def ada(api: httpx.AsyncClient, key: SecretStr) -> dict[str, str]:
    """The headers of Ada's browser, who organizes c1."""
    (await api.put("/conferences/c1/organizers", json={"organizers": [{"email": ADA}]})).raise_for_status()
    return await sign_in("registration", person_id(ADA, key)) | HTML


def scan(email: str = "cyd@example.org", session: str = "s1") -> dict[str, Any]:
    return {"conference_id": "c1", "session_id": session, "attendee": {"email": email, "consent": {"matching": True}}}


async def send(kafka: Kafka, id: str, data: dict[str, Any], source: str = "tickets") -> None:
    await kafka.send("attendance.inbound", data, cloud_event("attendance.session_attended.v1", id=id, source=source))


async def bury(kafka: Kafka, value: bytes, headers: dict[str, bytes], reason: str) -> None:
    """Make this a dead letter, as if it were the first record of the topic's partition 2."""
    origin = {"dl_topic": b"attendance.inbound", "dl_partition": b"2", "dl_offset": b"0", "dl_reason": reason.encode()}
    marks = origin | {"dl_source": headers["ce_source"], "dl_id": headers["ce_id"], "dl_persons": b""}
    await kafka.send("registration.dead-letters", value, [*(headers | marks).items()], key="attendance.inbound/2/0")


async def until_shown(api: httpx.AsyncClient, path: str, reader: dict[str, str], *texts: str) -> str:
    """The page, once it has these texts."""
    async with asyncio.timeout(PATIENCE):
        while True:
            page = (await api.get(path, headers=reader)).text
            if all(text in page for text in texts):
                return page
            await asyncio.sleep(0.1)


def upload(content: str, **fields: str) -> dict[str, Any]:
    return {"files": {"file": ("schedule.json", content, "application/json")}, "data": fields}


async def test_organizers_find_their_conferences_and_operators_all(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await api.get("/organize", headers=ada)
    assert page.status_code == 200
    assert "PyConf" in page.text
    assert "Not Ada" not in page.text
    operator = await sign_in("registration", "0" * 32, operator=True)
    assert "Not Ada" in (await api.get("/organize", headers=operator | HTML)).text
    nobody = await api.get("/organize", headers=HTML | {"authorization": ""})
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/sign-in?next=%2Forganize")


async def test_others_conferences_do_not_exist(
    api: httpx.AsyncClient, ada: dict[str, str], key: SecretStr, subtests: pytest.Subtests
) -> None:
    attendee = await sign_in("registration", person_id(BOB, key)) | HTML
    for method, path in PAGES[1:]:
        for conference in ("c2", "none", "%24where"):
            with subtests.test(f"{method} {path} {conference}"):
                at = path.format(conference=conference, connection="tickets")
                answer = await api.request(method, at, headers=ada)
                assert answer.status_code == 404
                assert "Not Ada" not in answer.text
                assert (await api.request(method, at, headers=attendee)).status_code == 403


async def test_what_was_not_recorded_says_what_to_mend_and_is_sent_again(
    api: httpx.AsyncClient, ada: dict[str, str], kafka: Kafka
) -> None:
    await send(kafka, "good", scan())
    await send(kafka, "wrong", scan() | {"at": "never"})
    await send(kafka, "good", scan("dan@example.org"))
    page = await until_shown(api, "/organize/c1", ada, "Ask its publisher to give each event its own id")
    assert "Send it again" not in page, "neither is recorded by that"
    refused = await api.post("/organize/c1/letters", headers=ada, data={"source": "tickets", "id": "good"})
    assert refused.status_code == 409
    assert "has to correct it first" in refused.text
    other = await api.post("/organize/c1/letters", headers=ada, data={"source": "tickets", "id": HOSTILE})
    assert other.status_code == 404
    assert HOSTILE not in other.text
    assert "&lt;script&gt;" in other.text


async def test_an_event_whose_session_was_missing_is_sent_again_once_the_schedule_has_it(
    api: httpx.AsyncClient, ada: dict[str, str], kafka: Kafka, database: Database, key: SecretStr
) -> None:
    await send(kafka, "late", scan(session="s9"))
    page = await until_shown(api, "/organize/c1", ada, "Events are waiting for the schedule")
    assert "<bdi>s9</bdi>: 1" in page
    assert (
        "Waiting for the schedule"
        in (await api.get("/organize/c1/events", params={"id": "late", "source": "tickets"}, headers=ada)).text
    )
    # Days pass, and the worker gives it up: as it does, the letter first.
    rejections, reason = Repositories(database.db, key).rejections, "session unknown: conference 'c1' has no session 's9'"
    (waiting,) = [one async for one in database.db["pending"].find({})]
    rejected = Rejection(waiting["_id"], bytes(waiting["digest"]), "c1", tuple(waiting["persons"]), reason, clock.now())
    await bury(kafka, waiting["value"], dict(waiting["headers"]), reason)
    await database.transact(lambda tx: rejections.save([rejected], tx))
    await database.db["pending"].delete_one({})
    page = (await api.get("/organize/c1", headers=ada)).text
    assert "Add the session to the schedule, then send the event again." in page

    (await api.put("/conferences/c1", json=CONFERENCE | {"sessions": [{"id": "s9", "title": "New"}]})).raise_for_status()
    sent = await api.post("/organize/c1/letters", headers=ada, data={"source": "tickets", "id": "late"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/organize/c1?done=sent")
    await until_shown(api, "/organize/c1/events?id=late&source=tickets", ada, "Recorded", "New")
    assert "There are none: every event was recorded" in (await api.get("/organize/c1", headers=ada)).text
    again = await api.post("/organize/c1/letters", headers=ada, data={"source": "tickets", "id": "late"})
    assert again.status_code == 409
    assert "was already sent again" in again.text


async def test_one_event_is_found_by_its_id_and_others_conferences_events_are_not(
    api: httpx.AsyncClient, ada: dict[str, str], kafka: Kafka
) -> None:
    await make_key(["attendance"], conference_id="c1", source="tickets")
    await send(kafka, "scan-1", scan())
    await send(kafka, "scan-2", scan() | {"conference_id": "c2"})
    page = await until_shown(api, "/organize/c1/events?id=scan-1", ada, "Recorded", "Arrays")
    assert "somebody attended a session" in page
    await kafka.no_lag("attendance.inbound", "registration")
    for query in ({"id": "scan-2", "source": "tickets"}, {"id": HOSTILE}, {"id": "x" * 5000}):
        answer = await api.get("/organize/c1/events", params=query, headers=ada)
        assert answer.status_code == 200
        assert "There is no such event" in answer.text
        assert HOSTILE not in answer.text


async def test_sources_say_whether_they_still_tell_something(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    assert "No source of attendance yet" in (await api.get("/organize/c1", headers=ada)).text
    connection = {"system": "standard", "conference_id": "c1"}
    (await api.put("/connections/hall", json=connection)).raise_for_status()
    key = await make_key(["attendance"], conference_id="c1", source="doors")
    page = (await api.get("/organize/c1", headers=ada)).text
    assert "Standard Webhooks" in page
    assert page.count("Nothing received yet") == 2
    event = {"specversion": "1.0", "id": "1", "source": "doors", "type": "attendance.session_attended.v1", "data": scan()}
    body = json.dumps(event | {"time": "2024-07-08T09:00:00Z"})
    headers = bearer(key) | {"content-type": "application/cloudevents+json"}
    (await api.post("/attendance", content=body, headers=headers)).raise_for_status()
    await until_shown(api, "/organize/c1", ada, "Works")
    retried = await api.post("/organize/c1/connections/hall/retry", headers=ada)
    assert (retried.status_code, retried.headers["location"]) == (303, "/organize/c1?done=retried")
    (await api.put("/connections/other", json=connection | {"conference_id": "c2"})).raise_for_status()
    assert (await api.post("/organize/c1/connections/other/retry", headers=ada)).status_code == 404
    (await api.delete("/connections/hall")).raise_for_status()
    assert "Switched off" in (await api.get("/organize/c1", headers=ada)).text


async def test_a_schedule_is_replaced_by_a_file_and_what_was_left_out_is_said(
    api: httpx.AsyncClient, ada: dict[str, str]
) -> None:
    sessions = [{"id": "s2", "title": f"Maps {HOSTILE}"}, {"id": "s3"}]
    sent = await api.post("/organize/c1/schedule", headers=ada, **upload(json.dumps(sessions)))
    assert (sent.status_code, sent.headers["location"]) == (303, "/organize/c1/schedule?done=imported"), sent.text
    answer = await api.get(sent.headers["location"], headers=ada)
    assert "The schedule was replaced: it has 1 session." in answer.text
    assert "What was left out or changed" in answer.text
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text
    conference = (await api.get("/conferences/c1")).json()
    assert ([one["id"] for one in conference["sessions"]], conference["name"]) == (["s2"], "PyConf")
    again = await api.post("/organize/c1/schedule", headers=ada, **upload(json.dumps(sessions)))
    again = await api.get(again.headers["location"], headers=ada | {"accept-language": "de"})
    assert "Nichts wurde geändert." in again.text
    assert "Was ausgelassen oder geändert wurde" in again.text
    assert "hat keinen Titel; ausgelassen" in again.text
    later = await api.get("/organize/c1/schedule", headers=ada)
    assert "What was left out or changed" not in later.text


async def test_a_file_that_is_refused_changes_nothing_and_keeps_what_was_typed(
    api: httpx.AsyncClient, ada: dict[str, str], subtests: pytest.Subtests
) -> None:
    before = (await api.get("/conferences/c1")).json()
    faulty = {
        "no schedule": upload("{}", name="Better name"),
        "no file": upload("", name="Better name"),
        "days in the wrong order": upload('[{"title": "T"}]', name="Better name", starts="2025-01-02", ends="2025-01-01"),
        "no day": upload('[{"title": "T"}]', name="Better name", starts="soon"),
    }
    for name, sent in faulty.items():
        with subtests.test(name):
            answer = await api.post("/organize/c1/schedule", headers=ada, **sent)
            assert answer.status_code == 422
            assert "Nothing has been sent yet" in answer.text
            assert 'value="Better name"' in answer.text
    for content in (
        b"--x\r\n\r\n",
        b"--x" * 5000 + b"--x--",
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--x--',
    ):
        with subtests.test(str(content[:30])):
            headers = ada | {"content-type": "multipart/form-data; boundary=x"}
            assert (await api.post("/organize/c1/schedule", headers=headers, content=content)).status_code == 422
    assert (await api.post("/organize/c1/schedule", headers=ada, data={"file": "x"})).status_code == 422
    assert (await api.get("/conferences/c1")).json() == before
