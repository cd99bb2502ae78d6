"""Bad records on a real broker: each ends in the dead-letter topic with a reason, unchanged; the good ones go through."""

import json
import re
from base64 import b64encode
from typing import Any

import httpx
import pytest

from shared.messaging import dead_letters
from shared.settings import ServiceSettings
from support.kafka import Headers, Kafka, cloud_event
from support.letters import read as letters_of

ATTENDED = "attendance.session_attended.v1"
ADA: dict[str, Any] = {"email": "ada@example.org", "consent": {"matching": True}}
GOOD: dict[str, Any] = {"conference_id": "c1", "session_id": "s1", "attendee": ADA}
STRUCTURED: Headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def without(name: str) -> Headers:
    return [header for header in cloud_event(ATTENDED) if header[0] != name]


def structured(**changes: Any) -> bytes:
    event = {"specversion": "1.0", "id": "x", "source": "test", "type": ATTENDED, "time": "2024-07-08T10:00:00Z", "data": GOOD}
    return json.dumps(event | changes).encode()


NESTED_300 = json.loads("[" * 300 + "]" * 300)

BAD: list[tuple[str, bytes | dict[str, Any] | None, Headers, str]] = [
    ("no event at all", b"junk", [], r"not a CloudEvent: send the attributes as headers ce_specversion, ce_id"),
    ("broken JSON", b'{"conference_id": ', cloud_event(ATTENDED), r"data: is not JSON: EOF"),
    ("not UTF-8", b"\xff\xfe\x00", cloud_event(ATTENDED), r"data: is not JSON"),
    ("an array", b"[]", cloud_event(ATTENDED), r"data: must be an object"),
    ("a null header", GOOD, [*cloud_event(ATTENDED), ("ce_x", None)], r"header 'ce_x' is null"),
    ("an undecodable header", GOOD, [*cloud_event(ATTENDED), ("ce_x", b"\xff")], r"header 'ce_x' is not UTF-8"),
    ("a null value", None, cloud_event(ATTENDED), r"has no value"),
    ("a null value and no headers", None, [], r"has no value"),
    ("an unknown type", GOOD, cloud_event("attendance.danced.v1"), r'attribute .type. must be one of attendance.checked_in.v1, .*, not "attendance.danced.v1"$'),
    ("no id", GOOD, without("ce_id"), r"attribute 'id' is missing"),
    ("no source", GOOD, without("ce_source"), r"attribute 'source' is missing"),
    ("another version of CloudEvents", GOOD, [("ce_specversion", b"0.3"), *without("ce_specversion")], r'attribute .specversion. must be "1.0", not "0.3"$'),
    ("an endless id", GOOD, cloud_event(ATTENDED, id="x" * 300), r"attribute 'id' must have at most 256 characters, not 300"),
    ("the year 9999", GOOD, cloud_event(ATTENDED, time="9999-12-31T23:59:59Z"), r"'time' must lie between 2000 and 2100, not in 9999"),
    ("the last moment there is", GOOD, cloud_event(ATTENDED, time="9999-12-31T23:59:59-14:00"), r"'time' must lie between 2000 and 2100"),
    ("a time without an offset", GOOD, cloud_event(ATTENDED, time="2024-07-08T10:00:00"), r"'time' must be a time with its offset"),
    ("a missing field", {"conference_id": "c1", "attendee": {"email": "ada@example.org"}}, cloud_event(ATTENDED), r"session_id: is missing"),
    ("no address", GOOD | {"attendee": {"email": "ada at example"}}, cloud_event(ATTENDED), r'attendee.email: is not an e-mail address .*; it is "ada at example"'),
    ("an operator for an id", GOOD | {"session_id": {"$ne": ""}}, cloud_event(ATTENDED), r'session_id: must be text, not \{"\$ne": ""\}'),
    ("a line break in a name", GOOD | {"attendee": {"email": "a@b.org", "name": "A\nBcc: b@c.org"}}, cloud_event(ATTENDED), r"attendee.name: must not contain control"),
    ("what takes itself back", {"reverts": "self"}, cloud_event("attendance.reverted.v1", id="self"), r"reverts: must not be the event's own id"),
    ("a body of 5 MB", b'{"x": "' + b"x" * 5_000_000 + b'"}', cloud_event(ATTENDED), r"has 5,000,009 bytes; an event may have at most 1,048,576"),
    ("structured, broken", b"{", STRUCTURED, r"the value is not JSON"),
    ("structured, a number", b"7", STRUCTURED, r"must be a JSON object with a CloudEvent's attributes, not a number"),
    ("structured, without data", structured(data=None), STRUCTURED, r"attribute 'data' is missing"),
    ("structured, a number for an id", structured(id=7), STRUCTURED, r"attribute 'id' must be text, not a number"),
    ("nested deeply", GOOD | {"x": NESTED_300}, cloud_event(ATTENDED), r"nested deeper than 32 levels"),
    ("nested so deeply that nobody reads it", b'{"x": ' + b"[" * 100_000, cloud_event(ATTENDED), r"data: is not JSON: recursion limit exceeded"),
    ("structured, nested deeply", structured(data=NESTED_300), STRUCTURED, r"nested deeper than 32 levels"),
    ("structured, an array for a correlation id", structured(correlationid=[[]]), STRUCTURED, r"attribute 'correlationid' must be text, not an array"),
    ("structured, nested deeply in Base64", structured(data=None, data_base64=b64encode(b"[" * 40 + b"]" * 40).decode()), STRUCTURED, r"nested deeper than 32 levels"),
    ("structured, Base64 that is none", structured(data=None, data_base64="%"), STRUCTURED, r"'data_base64' is not Base64"),
    ("a line break in an id", GOOD, cloud_event(ATTENDED, id="1\nBcc: b@c.org"), r"attribute 'id' must not contain control characters"),
    ("structured, data as a text", structured(data="x"), STRUCTURED, r"data: must be an object"),
]  # fmt: skip


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": [{"id": "s1", "title": "Testing"}]}}


async def test_every_bad_record_is_kept_unchanged_with_its_reason_and_stops_nobody(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for _, value, headers, _ in BAD:
        await kafka.send("attendance.inbound", value, headers, key=None if value else "k", partition=0)
    await kafka.send("attendance.inbound", GOOD, cloud_event(ATTENDED), partition=0)
    await kafka.read("registration.profiles")  # the good one behind them went through
    buried = await kafka.read("registration.dead-letters", len(BAD))
    assert len(buried) == len(BAD)
    by_offset = {int(dict(record.headers)["dl_offset"]): record for record in buried}
    for offset, (name, value, headers, reason) in enumerate(BAD):
        record = by_offset[offset]
        told = dict(record.headers)
        assert re.search(reason, told["dl_reason"].decode()), (name, told["dl_reason"])
        assert (told["dl_topic"], told["dl_partition"]) == (b"attendance.inbound", b"0")
        if name == "a body of 5 MB":  # larger than any event: its content is not kept
            assert (record.value, "ce_id" in told, int(told["dl_omitted_bytes"]) > 5_000_000) == (b"", False, True)
            continue
        kept = None if "dl_null" in told else record.value  # a letter without a value would be a tombstone
        assert kept == (json.dumps(value).encode() if isinstance(value, dict) else value), name
        assert [header for header in record.headers if not header[0].startswith("dl_")] == headers, name
    await kafka.no_lag("attendance.inbound", "registration")  # the offset is committed once all are dead-lettered
    assert (await api.get("/health/ready")).json() == {"ok": True, "faults": []}
    assert (await api.get("/statistics")).json()["facts"] == 1


async def test_a_structured_event_is_as_good_as_a_binary_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.send("attendance.inbound", structured(somethingelse="is ignored"), STRUCTURED)
    assert len((await kafka.events("registration.profiles"))[0]["conference_ids"]) == 1


async def test_a_dead_letter_is_replayed_once_its_cause_is_mended(api: httpx.AsyncClient, kafka: Kafka) -> None:
    settings = ServiceSettings()
    await kafka.attend("session_attended", GOOD, id="1")
    await kafka.read("registration.profiles")
    bob = GOOD["attendee"] | {"email": "bob@example.org"}
    await kafka.attend("session_attended", GOOD | {"attendee": bob}, id="1")  # which was another's
    await kafka.attend("reverted", {"reverts": "self"}, id="self")
    await kafka.read("registration.dead-letters", 2)
    letters = await letters_of(settings)
    assert len(letters) == 2

    ada = (await api.get("/attendees", params={"email": GOOD["attendee"]["email"]})).json()["id"]
    assert (await api.delete(f"/attendees/{ada}")).is_success
    mended = next(letter for letter in letters if "was used for another" in letter.reason)
    await dead_letters.replay([mended], settings)
    await dead_letters.replay([mended], settings)  # safe: the event is recognised
    await kafka.read("registration.profiles", until=lambda seen: len({record.key for record in seen}) == 2)
    assert await letters_of(settings) == [letter for letter in letters if letter != mended]
    assert (await api.get("/statistics")).json()["facts"] == 1
