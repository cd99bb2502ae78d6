"""Attendance from CSV files over HTTP: what is stated, refused and reported."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from registration.uploads.domain.upload import CHUNK_BYTES, MAX_REPORTED
from shared.database.mongo import Database
from support.kafka import Kafka
from support.keys import make_key
from support.patience import PATIENCE
from support.uploads import HEADER, ROWS, kept, row

CONFERENCE = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [{"id": "s1", "title": "Property testing"}, {"id": "s2", "title": "Arrays"}],
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def upload(api: httpx.AsyncClient, content: str | bytes | AsyncIterator[bytes], **parameters: Any) -> dict[str, Any]:
    """Send a file and wait until it has been dealt with."""
    received = await api.post("/conferences/c1/attendance.csv", content=content, params=parameters)
    assert received.status_code == 202, received.text
    return await ended(api, received.headers["location"])


async def ended(api: httpx.AsyncClient, location: str, seconds: float = PATIENCE) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while (view := (await api.get(location)).json())["state"] in ("receiving", "running"):
            await asyncio.sleep(0.1)
    return dict(view)


async def facts(api: httpx.AsyncClient) -> int:
    return int((await api.get("/statistics")).json()["facts"])


async def test_a_file_is_stated_and_the_same_rows_again_change_nothing(
    api: httpx.AsyncClient, kafka: Kafka, database: Database
) -> None:
    content = (
        "\ufeffkind;time;email;session_id;name;mail;shoe size\r\n"
        "session_attended;2024-07-08 10:00;Ada@example.org;s1;Ada;yes;38\r\n"
        'session_attended;2024-07-08 11:00;ada@example.org;s2;"Ada;\r\nCountess";;\r\n'
        "checked_in;2024-07-08 08:00;grace@example.org;;Grace;no\r\n"
        "session_attended;2024-07-08 11:00;ada@example.org;s3;Ada;;\r\n"
        "checked_in;2024-07-08 08:00;nobody;;;;\r\n"
    )
    view = await upload(api, content, timezone="Europe/Berlin")
    counts = {name: view[name] for name in ("state", "rows", "accepted", "refused", "ignored_columns", "dry_run")}
    assert counts == {
        "state": "done",
        "rows": 5,
        "accepted": 2,
        "refused": 3,
        "ignored_columns": ["shoe size"],
        "dry_run": False,
    }
    assert view["bytes"] == view["bytes_done"] == len(content.encode())
    report = await api.get(f"/uploads/{view['id']}/refused")
    assert [(fault["line"], fault["field"]) for fault in report.json()["faults"]] == [
        (3, "name"),
        (6, "session_id"),
        (7, "email"),
    ]
    assert (report.json()["refused"], report.json()["complete"]) == (3, True)
    assert "nobody" not in report.text.replace("nobody is", "")

    records = await kafka.read("attendance.inbound", 2)
    assert {dict(record.headers)["ce_time"] for record in records} == {b"2024-07-08T08:00:00Z", b"2024-07-08T06:00:00Z"}
    assert {dict(record.headers)["ce_source"] for record in records} == {b"csv:c1"}
    again = await upload(api, content.replace("Ada@example.org", "ada@example.org"), timezone="Europe/Berlin")
    assert again["accepted"] == 2
    records = await kafka.read("attendance.inbound", 4)
    assert len({dict(record.headers)["ce_id"] for record in records}) == 2
    await kafka.no_lag("attendance.inbound", "registration")
    assert await facts(api) == 2
    assert await kept(database) == 0
    listed = (await api.get("/conferences/c1/uploads")).json()
    assert [one["id"] for one in listed] == [again["id"], view["id"]]


async def test_a_dry_run_reports_the_same_and_states_nothing(api: httpx.AsyncClient, kafka: Kafka, database: Database) -> None:
    content = HEADER + row(1) + row(2, "s9")
    dry = await upload(api, content, dry_run="true")
    assert {name: dry[name] for name in ("state", "rows", "accepted", "refused", "dry_run")} == {
        "state": "done",
        "rows": 2,
        "accepted": 1,
        "refused": 1,
        "dry_run": True,
    }
    assert await kept(database) == 0
    wet = await upload(api, HEADER + row(3))
    assert wet["accepted"] == 1
    assert [json.loads(record.value)["attendee"]["name"] for record in await kafka.read("attendance.inbound", 1)] == [
        "Attendee 3"
    ]


async def begin(api: httpx.AsyncClient, content: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin to send a large file, by hand: httpx looks for an answer only once it has sent all."""
    url = httpx.URL(str(api.base_url))
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /conferences/c1/attendance.csv HTTP/1.1\r\nhost: x\r\nauthorization: {api.headers['authorization']}\r\n"
    writer.write(f"{head}content-length: 99999999\r\n\r\n{content}".encode())
    await writer.drain()
    return reader, writer


async def test_a_file_without_the_columns_is_refused_before_it_is_read(api: httpx.AsyncClient, database: Database) -> None:
    reader, writer = await begin(api, "name,when,email\nAda,today")
    async with asyncio.timeout(PATIENCE):
        answer = (await reader.readuntil(b"}")).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 422")
    assert "missing: kind, time" in answer


async def test_a_request_that_cannot_be_is_refused_and_leaves_nothing(api: httpx.AsyncClient, database: Database) -> None:
    for path, content, parameters, status, field in (
        ("/conferences/c9/attendance.csv", HEADER, {}, 404, None),
        ("/conferences/c1/attendance.csv", "kind,email\n", {}, 422, "header"),
        ("/conferences/c1/attendance.csv", "", {}, 422, "header"),
        ("/conferences/c1/attendance.csv", HEADER, {"timezone": "../../etc/passwd"}, 422, "query.timezone"),
        ("/conferences/c1/attendance.csv", HEADER, {"charset": "klingon"}, 422, "query.charset"),
        ("/conferences/c1/attendance.csv", HEADER, {"dates": "year-first"}, 422, "query.dates"),
        ("/conferences/c1/attendance.csv", HEADER, {"time": "When"}, 422, "header"),
    ):
        refused = await api.post(path, content=content, params=parameters)
        assert (refused.status_code, [fault["field"] for fault in refused.json()["errors"]]) == (status, [field] if field else [])
    format = await api.post("/conferences/c1/attendance.csv", files={"file": HEADER.encode()})
    assert format.status_code == 415
    assert (await api.get("/conferences/c1/uploads")).json() == []
    assert (await api.get("/uploads/none")).status_code == 404
    assert await kept(database) == 0


async def test_a_file_that_breaks_off_states_nothing_and_nothing_of_it_stays(
    api: httpx.AsyncClient, kafka: Kafka, database: Database
) -> None:
    _, writer = await begin(api, HEADER + "".join(row(number) for number in range(ROWS)))
    async with asyncio.timeout(PATIENCE):
        while not await kept(database):
            await asyncio.sleep(0.05)
    (view,) = (await api.get("/conferences/c1/uploads")).json()
    assert (view["state"], view["bytes"]) == ("receiving", CHUNK_BYTES)
    writer.close()
    view = await ended(api, f"/uploads/{view['id']}")
    assert (view["state"], view["rows"], view["reason"]) == (
        "interrupted",
        0,
        "the sender did not send the whole file; send it again",
    )
    assert await kept(database) == 0
    assert await facts(api) == 0


async def test_the_report_is_bounded_and_the_count_is_not(api: httpx.AsyncClient) -> None:
    view = await upload(api, HEADER + "left,,,,\n" * (MAX_REPORTED + 600))
    assert (view["rows"], view["accepted"], view["refused"]) == (MAX_REPORTED + 600, 0, MAX_REPORTED + 600)
    report = (await api.get(f"/uploads/{view['id']}/refused")).json()
    assert (report["refused"], report["complete"], len(report["faults"])) == (MAX_REPORTED + 600, False, MAX_REPORTED)
    assert [fault["line"] for fault in report["faults"]] == list(range(2, MAX_REPORTED + 2))


async def test_a_file_needs_the_right_key_and_so_does_its_report(api: httpx.AsyncClient) -> None:
    view = await upload(api, HEADER + row(1))
    theirs = await make_key(["attendance"], conference_id="other", source="theirs")
    for key, status in (
        (await make_key(["conferences"]), 403),
        (theirs, 403),
        (await make_key(["attendance"], conference_id="c1", source="ours"), 202),
        ("none", 401),
    ):
        api.headers["authorization"] = f"Bearer {key}"
        assert (await api.post("/conferences/c1/attendance.csv", content=HEADER)).status_code == status
        seen = 200 if status == 202 else status
        assert (await api.get("/conferences/c1/uploads")).status_code == seen
        for path in ("/uploads/{}", "/uploads/{}/refused"):
            answer, missing = await api.get(path.format(view["id"])), await api.get(path.format("none"))
            if key == theirs:  # whether another conference has such an upload is nobody else's business
                assert (answer.status_code, answer.text) == (404, missing.text.replace("none", view["id"]))
            else:
                assert answer.status_code == seen


PRETIX = (
    "Order code,Attendee name,Product,Price,Checked in,Checked out,Automatically checked in,E-mail,Company\n"
    "ABC12,Zoë L,Ticket,10.00,2024-07-08 10:00,,No,zoe@uni.example,\n"
    "ABC13,Eve,Ticket,10.00,,,No,eve@uni.example,\n"
    "ABC14,Max,Ticket,10.00,07/08/2024 10:00,,No,max@uni.example,\n"
)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "windows-1252"])
async def test_an_export_of_another_system_is_stated(api: httpx.AsyncClient, kafka: Kafka, charset: str) -> None:
    parameters = {"timezone": "Europe/Berlin", "charset": charset if charset == "windows-1252" else "utf-8"}
    dry = await api.post(
        "/conferences/c1/attendance.csv", content=PRETIX.encode(charset), params=parameters | {"dry_run": "true"}
    )
    assert dry.status_code == 202, dry.text
    assert dry.json()["mapping"] == {
        "format": "pretix",
        "columns": {
            "name": "Attendee name",
            "time": "Checked in",
            "left": "Checked out",
            "automatic": "Automatically checked in",
            "email": "E-mail",
        },
        "fixed": {"kind": "checked_in"},
        "assumed": [],
        "delimiter": ",",
        "charset": charset if charset != "windows-1252" else "cp1252",
        "timezone": "Europe/Berlin",
        "dates": None,
    }
    view = await upload(api, PRETIX.encode(charset), **parameters)
    assert {name: view[name] for name in ("rows", "accepted", "skipped", "refused")} == {
        "rows": 3,
        "accepted": 1,
        "skipped": 1,
        "refused": 1,
    }
    (fault,) = (await api.get(f"/uploads/{view['id']}/refused")).json()["faults"]
    assert (fault["line"], fault["field"], "?dates=day-first" in fault["reason"]) == (4, "time", True)
    told = await upload(api, PRETIX.encode(charset), dates="month-first", **parameters)
    assert (told["accepted"], told["refused"]) == (2, 0)
    records = await kafka.read("attendance.inbound", 3)
    assert {json.loads(record.value)["attendee"]["name"] for record in records} == {"Zoë L", "Max"}
    assert len({dict(record.headers)["ce_id"] for record in records}) == 2  # the same row is the same statement


async def test_a_report_of_a_meeting_tells_who_came_and_left(api: httpx.AsyncClient, kafka: Kafka) -> None:
    rows = "".join(f"P {n}\t7/18/24, 10:00:00 AM\t7/18/24, 11:30:00 AM\t90m\tp{n}@uni.example\n" for n in range(600))
    details = "P 0\t7/18/24, 10:00:00 AM\t7/18/24, 10:20:00 AM\t20m\tp0@uni.example\n"
    report = (
        f"1. Summary\nMeeting title\tPyConf\n\n2. Participants\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\n{rows}\n"
        f"3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\n{details * 600}"
    )
    view = await upload(api, report.encode("utf-16"), timezone="Europe/Berlin")
    assert {name: view[name] for name in ("state", "accepted", "refused", "skipped")} == {
        "state": "done",
        "accepted": 600,
        "refused": 0,
        "skipped": 1,
    }
    assert (view["bytes_done"], view["mapping"]["format"]) == (view["bytes"], "Microsoft Teams")
    kinds = [dict(record.headers)["ce_type"] for record in await kafka.read("attendance.inbound", 1200)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {b"attendance.checked_in.v1": 600, b"attendance.left.v1": 600}


async def test_columns_are_named_in_the_request(api: httpx.AsyncClient, kafka: Kafka) -> None:
    content = "sep=;\r\nWann;Wer;Adresse\r\n08.07.2024 10:00;Ada;ada@uni.example\r\n"
    refused = await api.post("/conferences/c1/attendance.csv", content=content)
    assert refused.status_code == 422
    assert "?kind=checked_in&time=" in refused.json()["detail"]
    assert "Columns of the file: Wann, Wer, Adresse" in refused.json()["detail"]
    columns = {"kind": "session_attended", "session_id": "s1", "time": "Wann", "email": "Adresse", "name": "Wer"}
    view = await upload(api, content, timezone="Europe/Berlin", **columns)
    assert (view["accepted"], view["refused"], view["skipped"]) == (1, 0, 0)
    (record,) = await kafka.read("attendance.inbound")
    assert json.loads(record.value)["session_id"] == "s1"
