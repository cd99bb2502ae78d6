"""A conference's schedule, taken over from a file by registration on real servers."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.contract.envelope import MAX_EVENT_BYTES
from support.kafka import Kafka
from support.keys import make_key
from support.loop import watching_the_loop

EXAMPLES = Path(__file__).parents[3] / "examples" / "schedules"


async def put(api: httpx.AsyncClient, file: str, media_type: str = "", **parameters: Any) -> httpx.Response:
    body = (EXAMPLES / file).read_bytes()
    return await api.put("/conferences/c1/schedule", content=body, params=parameters, headers={"content-type": media_type})


@pytest.mark.parametrize(
    ("name", "media_type", "sessions", "noted"),
    [
        ("pretalx_c3voc.json", "application/json", ["ABCDEF"], 0),
        ("frab.xml", "text/xml; charset=utf-8", ["ABCDEF", "6c0f1b5e-7a44-5b7e-8a0c-1f0a4c1d0004"], 2),
        ("calendar.ics", "text/calendar", ["talk-1-demo.example.org-7cdc3274", "talk-2", "talk-4"], 2),
        ("calendar.ics", "application/x-www-form-urlencoded", ["talk-1-demo.example.org-7cdc3274", "talk-2", "talk-4"], 2),
    ],
)
async def test_a_file_makes_the_conference(
    api: httpx.AsyncClient, kafka: Kafka, name: str, media_type: str, sessions: list[str], noted: int
) -> None:
    made = await put(api, name, media_type)
    assert made.status_code == 201, made.text
    body = made.json()
    assert ([one["id"] for one in body["conference"]["sessions"]], body["sessions"], body["noted"]) == (
        sessions,
        len(sessions),
        noted,
    )
    (event,) = await kafka.events("registration.conferences")
    assert [one["id"] for one in event["sessions"]] == sessions
    again = await put(api, name, media_type)
    assert (again.status_code, again.json()["conference"]["version"]) == (200, 1)


async def test_what_a_file_does_not_say_is_given_or_stays(api: httpx.AsyncClient) -> None:
    nameless = await put(api, "pretalx_api.json", "application/json")
    assert (nameless.status_code, [fault["field"] for fault in nameless.json()["errors"]]) == (422, ["query.name"])
    named = await put(api, "pretalx_api.json", "application/json", name="Demo", ends="2026-05-09")
    assert named.status_code == 201
    assert {name: named.json()["conference"][name] for name in ("name", "starts", "ends")} == {
        "name": "Demo",
        "starts": "2026-05-01",
        "ends": "2026-05-09",
    }
    skilled = [{"id": "AAAAAA", "title": "Welcome", "skills": ["Public speaking"]}]
    conference = {"name": "Demo", "starts": "2026-05-01", "ends": "2026-05-02", "sessions": skilled}
    assert (await api.put("/conferences/c1", json=conference)).status_code == 200
    again = (await put(api, "pretalx_api.json", "application/json")).json()["conference"]
    assert (again["name"], [one["skills"] for one in again["sessions"]]) == ("Demo", [["Public speaking"], []])
    wrong = await put(api, "pretalx_api.json", "application/json", ends="2020-01-01")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "query.ends")


async def test_a_file_that_is_none_is_refused_with_the_place_and_changes_nothing(api: httpx.AsyncClient) -> None:
    assert (await put(api, "frab.xml")).status_code == 201
    for body, media_type, field in (
        (b"<schedule>\n<day></schedule>", "application/xml", "line 2, column 8"),
        (b"{", "application/json", "line 1, column 2"),
        (b"[]", "application/json", "body"),  # would remove every session
        (b"", "", "body"),
    ):
        refused = await api.put("/conferences/c1/schedule", content=body, headers={"content-type": media_type})
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]
    assert (await api.get("/conferences/c1")).json()["version"] == 1
    too_large = await api.put("/conferences/c1/schedule", content=b" " * (20 * 1024 * 1024 + 1))
    assert too_large.status_code == 413


async def test_a_hostile_file_is_refused(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for body, media_type, said in [
        (b"[" * 100_000, "application/json", "is nested too deeply"),
        (b'[{"code": "A", "title": "T", "track": ' + b"[" * 980 + b"]" * 980 + b"}]", "application/json", "query.name"),
        (b'[{"code": ' + b"9" * 100_000 + b"}]", "application/json", "is not JSON"),
        (b'[{"code": "\\ud800", "title": NaN}]', "application/json", "is not JSON"),
        (b"<schedule>" + b"<a>" * 100_000, "text/xml", "is nested deeper than"),
        (b"<schedule><event id='1'><title>&#" + b"9" * 5000 + b";</title></event></schedule>", "text/xml", "is not XML"),
        (b"BEGIN:VCALENDAR\n" * 100_000, "text/calendar", "is nested deeper than"),
        (b"BEGIN:VCALENDAR", "text/calendar; charset=klingon", "names an unknown charset"),
    ]:
        with subtests.test(media_type):
            refused = await api.put("/conferences/c1/schedule", content=body, headers={"content-type": media_type})
            assert (refused.status_code, said in refused.text) == (422, True), refused.text
            assert len(refused.text) < 2000


async def test_sessions_that_share_an_id_are_all_kept_and_the_same_again_changes_nothing(api: httpx.AsyncClient) -> None:
    events = [f"BEGIN:VEVENT\r\nUID:46939\r\nSUMMARY:Talk {n}\r\nDTSTART:20260708T090000Z\r\nEND:VEVENT\r\n" for n in range(88)]
    for written, status, version in ((events, 201, 1), (events[::-1], 200, 1)):
        content = "BEGIN:VCALENDAR\r\nNAME:Camp\r\n" + "".join(written) + "END:VCALENDAR\r\n"
        answer = await api.put("/conferences/c1/schedule", content=content, headers={"content-type": "text/calendar"})
        assert (answer.status_code, answer.json()["sessions"], answer.json()["conference"]["version"]) == (status, 88, version)


LARGE = {
    "xml": b"<schedule a='" + b"x" * 19_000_000 + b"'/>",
    "xml elements": b"<schedule><day>" + b"<event id='1'><title>T</title></event>" * 400_000 + b"</day></schedule>",
    "json": b"[" + b"{}," * 6_000_000 + b"{}]",
    "calendar": b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nUID:a\nSUMMARY:A\nEND:VEVENT\n" * 18_000 + b"END:VCALENDAR\n",
}


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE.keys())
async def test_a_large_file_does_not_hold_up_the_service(api: httpx.AsyncClient, body: bytes) -> None:
    """What is measured is the processor time of the loop's thread between two moments in which it is free."""
    patient = httpx.AsyncClient(base_url=api.base_url, headers=api.headers, timeout=150)
    async with watching_the_loop() as held, patient:
        answer = await patient.put("/conferences/c1/schedule", content=body)
    assert answer.status_code == 422, answer.text
    assert held.longest < 0.5


async def test_a_large_schedule_in_json_is_taken(api: httpx.AsyncClient) -> None:
    talks = [
        {"id": n, "guid": f"g{n}", "title": f"T{n}", "date": "2026-07-08T10:00:00+02:00", "start": "10:00", "duration": "00:30"}
        for n in range(3000)
    ]
    days = [{"date": "2026-07-08", "rooms": {"Hall": talks}}]
    conference = {"title": "C", "start": "2026-07-08", "end": "2026-07-12", "days": days}
    answer = await api.put("/conferences/c1/schedule", json={"schedule": {"conference": conference}})
    assert (answer.status_code, answer.json().get("sessions")) == (201, 3000), answer.text[:300]


async def test_a_schedule_needs_the_right_key(api: httpx.AsyncClient) -> None:
    for key, status in (
        (await make_key(["attendance"]), 403),
        (await make_key(["conferences"], conference_id="other", source="theirs"), 403),
        (await make_key(["conferences"], conference_id="c1", source="ours"), 201),
        ("none", 401),
    ):
        api.headers["authorization"] = f"Bearer {key}"
        assert (await put(api, "frab.xml")).status_code == status


async def test_abstracts_are_kept_published_and_cut_where_all_would_be_too_large(api: httpx.AsyncClient, kafka: Kafka) -> None:
    conference: dict[str, Any] = {"name": "Demo", "starts": "2026-05-01", "ends": "2026-05-02"}
    sessions = [{"id": f"s{n}", "title": "Arrays", "abstract": "Views, not copies. " * 20} for n in range(3000)]
    made = await api.put("/conferences/c1", json=conference | {"sessions": sessions})
    assert made.status_code == 201, made.text
    abstracts = {session["abstract"] for session in made.json()["sessions"]}
    assert len(abstracts) == 1
    (event,) = await kafka.events("registration.conferences")
    assert {session["abstract"] for session in event["sessions"]} == abstracts
    (record,) = await kafka.read("registration.conferences")
    assert 0.9 * MAX_EVENT_BYTES < len(record.value) <= MAX_EVENT_BYTES
    again = await api.put("/conferences/c1", json=conference | {"sessions": sessions})
    assert (again.status_code, again.json()["version"]) == (200, 1)

    # What cannot be told to readers is not taken.
    sessions = [{"id": f"s{n}", "title": "Arrays " * 40} for n in range(5000)]
    refused = await api.put("/conferences/c1", json=conference | {"sessions": sessions})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "sessions")
    assert "leave out sessions" in refused.json()["detail"]
    too_long = [{"id": "s1", "title": "Arrays", "abstract": "x" * 2001}]
    refused = await api.put("/conferences/c1", json=conference | {"sessions": too_long})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "sessions.0.abstract")
    assert (await api.get("/conferences/c1")).json()["version"] == 1


async def test_a_file_without_abstracts_leaves_those_that_there_are(api: httpx.AsyncClient) -> None:
    sessions = [{"id": "ABCDEF", "title": "Vectors", "abstract": "All about vectors."}]
    conference = {"name": "Demo", "starts": "2026-05-01", "ends": "2026-05-02", "sessions": sessions}
    assert (await api.put("/conferences/c1", json=conference)).status_code == 201
    (session,) = (await put(api, "pretalx_c3voc.json")).json()["conference"]["sessions"]
    assert (session["title"], session["abstract"]) == ("Vector search in practice", "All about vectors.")
