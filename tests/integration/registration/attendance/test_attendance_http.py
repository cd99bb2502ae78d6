"""Attendance over HTTP, on real servers: one event or a batch, repeated or not, good or bad."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from support.answers import problem
from support.databases import name_of
from support.kafka import Kafka
from support.keys import make_key

ATTENDED = "attendance.session_attended.v1"
STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
SESSIONS = [{"id": "s1", "title": "Testing", "topics": ["x"]}, {"id": "s2", "title": "Arrays", "topics": ["x"]}]


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": SESSIONS}}


def data(session: str = "s1", email: str = "ada@example.org", **more: Any) -> dict[str, Any]:
    return {"conference_id": "c1", "session_id": session, "attendee": {"email": email, "consent": {"matching": True}}} | more


def event(id: str = "1", **changes: Any) -> dict[str, Any]:
    attributes = {"specversion": "1.0", "id": id, "source": "test", "type": ATTENDED, "time": "2024-07-08T10:00:00Z"}
    return attributes | {"data": data()} | changes


def binary(**changes: str) -> dict[str, str]:
    attributes = {name: value for name, value in event().items() if name != "data"} | changes
    return {f"ce-{name}": value for name, value in attributes.items()} | {"content-type": "application/json"}


async def post(
    api: httpx.AsyncClient, content: Any, kind: str | None = BATCHED, name: str | None = None, **headers: str
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers |= {"content-type": kind} if kind else {}
    return await api.post("/attendance", content=body, headers=headers | ({"idempotency-key": name} if name else {}))


async def published(kafka: Kafka, last: str = "last") -> list[str]:
    """The ids of all events that were passed on, once the one with the id ``last`` was.

    They have one key, so they stay in order if all of them came with an idempotency key, or none.
    """
    records = await kafka.read(
        "attendance.inbound", until=lambda seen: any(dict(record.headers)["ce_id"].decode() == last for record in seen)
    )
    return [dict(record.headers)["ce_id"].decode() for record in records if dict(record.headers)["ce_id"].decode() != last]


async def test_of_a_batch_each_event_is_accepted_or_rejected_for_itself(api: httpx.AsyncClient, kafka: Kafka) -> None:
    batch = [
        event("good", correlationid="trace"),
        event("bad", data=data("", "nobody")),
        event("old", specversion="0.3"),
        7,
        event("other", data=data("s2"), extension=True),
    ]
    answer = await post(api, batch)
    assert answer.status_code == 202
    told = answer.json()
    results = told.pop("results")
    assert told == {"accepted": 2, "repeated": 0, "conflict": 0, "pending": 0, "rejected": 3}
    assert [(one["status"], one.get("id")) for one in results] == [
        ("accepted", "good"), ("rejected", "bad"), ("rejected", "old"), ("rejected", None), ("accepted", "other"),
    ]  # fmt: skip
    assert {fault["field"] for fault in results[1]["errors"]} == {"session_id", "attendee.email"}
    assert re.search("'specversion' must be .1.0., not .0.3.", results[2]["reason"])
    assert "must be a JSON object" in results[3]["reason"]
    profiles = await kafka.events("registration.profiles", until=lambda seen: bool(seen) and b"Arrays" in seen[-1].value)
    assert "Testing" in json.dumps(profiles[-1])
    passed_on = await kafka.read("attendance.inbound", 2)
    assert [json.loads(record.value) for record in passed_on] == [batch[0], batch[4]]
    assert [dict(record.headers)["ce_correlationid"] for record in passed_on] == [b"trace", b"other"]
    assert await kafka.lag("registration.dead-letters", "none") == 0


async def test_an_empty_batch_is_a_batch(api: httpx.AsyncClient) -> None:
    answer = await post(api, [])
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 0, "repeated": 0, "conflict": 0, "pending": 0, "rejected": 0, "results": []},
    )


async def test_a_batch_that_cannot_be_read_is_refused_whole(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for body, status, reason in [
        (b"[{]", 422, "is not JSON"),
        (b"\xff", 422, "is not JSON"),
        (b"", 422, "is not JSON"),
        (b"{}", 422, "must be a JSON array"),
        (b"[" * 100_000, 422, "is not JSON"),
        (b"[" + b"0," * 1000 + b"0]", 413, "has 1,001 events; it may have at most 1,000"),
        (b" " * (5 * 1024 * 1024 + 1), 413, "larger than 5,242,880 bytes"),
    ]:
        with subtests.test(reason):
            answer = await post(api, body)
            assert (answer.status_code, reason in problem(answer)["detail"]) == (status, True), answer.text


async def test_a_batch_may_be_large_but_none_of_its_events(api: httpx.AsyncClient, kafka: Kafka) -> None:
    padding = "x" * 1_000_000
    batch = [event(str(n), data=data(x=padding)) for n in range(4)] + [event("5", data=data(x=padding + padding[:50_000]))]
    answer = await post(api, batch)
    assert [result["status"] for result in answer.json()["results"]] == ["accepted"] * 4 + ["rejected"]
    assert "an event may have at most 1,048,576" in answer.json()["results"][4]["reason"]
    await post(api, [event("last")])
    assert await published(kafka) == ["0", "1", "2", "3"]


async def test_a_thousand_events_are_taken_at_once(api: httpx.AsyncClient, kafka: Kafka) -> None:
    answer = await post(api, [event(str(n), data=data(email=f"a{n}@example.org")) for n in range(1000)])
    assert answer.json()["accepted"] == 1000
    assert len(await kafka.read("registration.profiles", 1000)) == 1000


async def test_a_single_event_may_have_a_megabyte(api: httpx.AsyncClient) -> None:
    for kind, room in ((STRUCTURED, event(data=data(x=""))), ("application/json", data(x=""))):
        whole = 1024 * 1024 - len(json.dumps(room).encode())
        content = room | ({"data": data(x="x" * whole)} if "data" in room else {"x": "x" * whole})
        headers = binary() if kind == "application/json" else {}
        assert (await post(api, content, kind, **headers)).status_code == 202
        answer = await post(api, json.dumps(content).encode() + b" ", kind, **headers)
        assert (answer.status_code, problem(answer)["detail"]) == (413, "the body is larger than 1,048,576 bytes")


async def test_an_event_nested_too_deep_is_refused_wherever_it_stands(api: httpx.AsyncClient) -> None:
    deep = json.loads("[" * 40 + "]" * 40)
    for answer in (
        await post(api, event(data=data(x=deep)), STRUCTURED),
        await post(api, data(x=deep), None, **binary()),
    ):
        assert (answer.status_code, problem(answer)["detail"]) == (422, "the event's JSON is nested deeper than 32 levels")
    batch = [event("1", data=data(x=deep)), event("2", extension=json.loads("[" * 300 + "]" * 300)), event("3")]
    results = (await post(api, batch)).json()["results"]
    assert [result["status"] for result in results] == ["rejected", "rejected", "accepted"]
    assert {result["reason"] for result in results[:2]} == {"the event's JSON is nested deeper than 32 levels"}


async def test_a_structured_event_says_so_by_its_content_type(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    cases = [
        (STRUCTURED, 202),
        (f"{STRUCTURED}; charset=UTF-8", 202),
        ('Application/CloudEvents+JSON ; x=y; charset="utf-8"', 202),
        (f"{STRUCTURED}; charset=iso-8859-1", 415),
        ("application/cloudevents+avro", 415),
        ("application/cloudevents", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json", 422),
        (None, 422),
    ]
    for number, (kind, status) in enumerate(cases):
        with subtests.test(kind):
            answer = await post(api, event(str(number)), kind)
            assert answer.status_code == status, answer.text
            if status == 415:
                assert "application/cloudevents+json" in answer.headers["accept"]
                assert answer.json()["errors"][0]["field"] == "header.Content-Type"
            if status == 422:
                assert "not a CloudEvent" in problem(answer)["detail"]


async def test_the_data_of_a_binary_event_is_json(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for kind, status in [("application/json;charset=utf-8", 202), (None, 202), ("text/xml", 415), ("application/x+json", 202)]:
        with subtests.test(kind):
            headers = {name: value for name, value in binary().items() if name != "content-type"}
            assert (await post(api, data(), kind, **headers)).status_code == status


async def test_attributes_in_headers_are_unquoted_and_percent_decoded_once(api: httpx.AsyncClient) -> None:
    for value, id in (("a%20%E2%82%AC%2520", "a €%20"), (r'"a \"b\" c"', 'a "b" c'), ('"%41"', "A"), ('"', '"')):
        answer = await post(api, data(), None, **binary(id=value))
        assert (answer.status_code, answer.json()["id"]) == (202, id)
    for value, reason in (("%C0%A0", "not UTF-8"), ("a%0Ab", "control characters"), ("%00", "control characters")):
        answer = await post(api, data(), None, **binary(id=value))
        assert (answer.status_code, reason in problem(answer)["detail"]) == (422, True), answer.text


async def test_a_compressed_body_is_refused(api: httpx.AsyncClient) -> None:
    for encoding in ("gzip", "br", "zstd", "gzip, identity"):
        assert (await post(api, b"\x1f\x8b", **{"content-encoding": encoding})).status_code == 415


async def test_a_repeated_request_is_harmless_by_its_events_ids(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for _ in range(2):  # the second may come before the first is recorded, or after
        answer = await post(api, [event("1"), event("2", type="x")])
        assert answer.json()["results"][0]["status"] in ("accepted", "repeated")
    await post(api, [event("last", data=data("s2"))])
    assert set(await published(kafka)) == {"1"}
    await kafka.no_lag("attendance.inbound", "registration")
    assert (await api.get("/statistics")).json()["facts"] == 2


async def test_a_request_repeated_under_its_idempotency_key_is_answered_alike_and_published_once(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    batch = [event("1"), event("bad", time="yesterday")]
    answers = [await post(api, batch, name=name) for name in ('"a b"', '"a b"', '"a b"')]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.text for answer in answers}) == 1
    assert (await post(api, [event("2")], name='"other"')).status_code == 202
    one = [await post(api, data(), None, "one", **binary(id="3")) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in one] == [
        (202, {"status": "accepted", "source": "test", "id": "3"})
    ] * 2
    await post(api, [event("last")], name="last")
    assert await published(kafka) == ["1", "2", "3"]


async def test_an_idempotency_key_is_for_one_content(api: httpx.AsyncClient, kafka: Kafka) -> None:
    assert (await post(api, [event("1")], name="same")).status_code == 202
    for answer in (
        await post(api, [event("2")], name="same"),
        await post(api, event("2"), STRUCTURED, "same"),
        await post(api, data(), None, "same", **binary(id="2")),
        await post(api, [], name='"same"'),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "header.Idempotency-Key")
    assert (await post(api, data(), None, "binary", **binary(id="3"))).status_code == 202
    assert (await post(api, data(), None, "binary", **binary(id="4"))).status_code == 422  # the attributes are content, too
    await post(api, [event("last")], name="last")
    assert await published(kafka) == ["1", "3"]


async def test_an_idempotency_key_belongs_to_who_sent_it(api: httpx.AsyncClient, kafka: Kafka) -> None:
    assert (await post(api, [event("1")], name="same")).status_code == 202
    other = f"Bearer {await make_key(['attendance'])}"
    assert (await post(api, [event("2")], name="same", authorization=other)).status_code == 202
    await post(api, [event("last")], name="last")
    assert await published(kafka) == ["1", "2"]


async def test_a_refused_request_leaves_its_idempotency_key_free(api: httpx.AsyncClient) -> None:
    assert (await post(api, event(time="yesterday"), STRUCTURED, "k")).status_code == 422
    assert (await post(api, event(), STRUCTURED, "k")).status_code == 202


async def test_of_requests_at_the_same_time_under_one_idempotency_key_one_is_published(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    same = await asyncio.gather(*(post(api, [event("same")], name="race") for _ in range(8)))
    assert [answer.status_code for answer in same] == [202] * 8
    other = await asyncio.gather(*(post(api, [event(f"n{n}")], name="race-2") for n in range(8)))
    assert sorted(answer.status_code for answer in other) == [202] + [422] * 7
    await post(api, [event("last")], name="last")
    ids = await published(kafka)
    assert (len(ids), ids[0], ids[1][0]) == (2, "same", "n")


async def test_a_malformed_idempotency_key_is_refused(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name in ['"', '""', "a b", '"é"', "x" * 257]:
        with subtests.test(name[:40]):
            answer = await api.post(
                "/attendance", json=[], headers=[(b"content-type", BATCHED.encode()), (b"idempotency-key", name.encode())]
            )
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "header.Idempotency-Key")


async def test_nothing_of_a_request_is_kept_but_hashes_and_a_letter_for_each_event(
    api: httpx.AsyncClient, environment: dict[str, str]
) -> None:
    from pymongo import MongoClient

    await post(api, [event("secret-id")], name="secret-name")
    with MongoClient[dict[str, Any]](environment["MONGODB_URI"]) as client:
        kept = list(client[name_of("registration")]["requests"].find())
    assert len(kept) == 1
    assert {name: (type(value), len(value)) for name, value in kept[0].items() if name != "until"} == {
        "_id": (bytes, 32),
        "content": (bytes, 32),
        "answer": (str, 1),
    }


async def test_a_bound_key_publishes_for_its_source_and_conference_only(api: httpx.AsyncClient, kafka: Kafka) -> None:
    bound = f"Bearer {await make_key(['attendance'], conference_id='c1', source='test')}"
    batch = [event("1"), event("2", source="other"), event("3", data=data(conference_id="c2")), event("last")]
    answer = await post(api, batch, authorization=bound)
    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected", "rejected", "accepted"]
    assert "'test'" in answer.json()["results"][1]["reason"]
    for refused in batch[1:3]:
        assert (await post(api, refused, STRUCTURED, authorization=bound)).status_code == 403
    assert await published(kafka) == ["1"]


async def test_a_key_has_its_rate_of_events(api: httpx.AsyncClient) -> None:
    slow = f"Bearer {await make_key(['attendance'], events_per_minute=10)}"
    assert (await post(api, [event()] * 9, authorization=slow)).status_code == 202
    answer = await post(api, [event()] * 3, authorization=slow)
    assert (answer.status_code, 0 < int(answer.headers["retry-after"]) <= 60) == (429, True)
    assert (await post(api, event(), STRUCTURED, authorization=slow)).status_code == 202


async def test_attendance_needs_a_key_with_its_scope(api: httpx.AsyncClient) -> None:
    assert (await post(api, [event()], authorization="")).status_code == 401
    other = f"Bearer {await make_key(['conferences'])}"
    assert (await post(api, [event()], authorization=other)).status_code == 403
