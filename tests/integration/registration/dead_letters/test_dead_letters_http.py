"""Dead letters over HTTP and what a hostile batch leaves: operators list, show, replay and discard; nobody else does."""

from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from support.kafka import Kafka, cloud_event
from support.keys import bearer, make_key

GOOD = {"conference_id": "c1", "session_id": "s1", "attendee": {"email": "ada@example.org", "consent": {"matching": True}}}
CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": [{"id": "s1", "title": "Testing"}]}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def test_a_letter_is_listed_shown_and_discarded(api: httpx.AsyncClient, kafka: Kafka) -> None:
    headers = cloud_event("attendance.checked_in.v1", id="scan-1", source="tickets")
    await kafka.send("attendance.inbound", b'{"attendee": \x1b[2J', headers, key="k", partition=2)
    await kafka.send("attendance.inbound", b"{}", cloud_event("attendance.checked_in.v1", id="other"), partition=2)
    await kafka.read("registration.dead-letters", 2)

    all_of_them = (await api.get("/dead-letters", params={"limit": 1})).json()
    assert (len(all_of_them["letters"]), all_of_them["next"] is not None) == (1, True)
    answer = await api.get("/dead-letters", params={"source": "tickets", "topic": "attendance.inbound", "reason": "json"})
    (letter,) = answer.json()["letters"]
    assert answer.headers["cache-control"] == "no-store"
    assert (letter["origin"], letter["source"], letter["id"]) == ("attendance.inbound/2/0", "tickets", "scan-1")

    for which in ("attendance.inbound/2/0", '["tickets", "scan-1"]'):
        shown = await api.get("/dead-letters/letter", params={"which": which})
        assert shown.headers["cache-control"] == "no-store"
        assert [(one["value"], one["key"]) for one in shown.json()] == [('{"attendee": \x1b[2J', "k")]

    discarded = await api.post("/dead-letters/discard", params={"which": '["tickets", "scan-1"]'})
    assert discarded.json() == {"discarded": 1}
    assert [one["id"] for one in (await api.get("/dead-letters")).json()["letters"]] == ["other"]
    assert (await api.get("/dead-letters/letter", params={"which": "attendance.inbound/2/0"})).status_code == 404


async def test_a_letter_is_sent_again_and_comes_back_while_its_cause_is_there(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await kafka.send("attendance.inbound", {"conference_id": "c1"}, cloud_event("attendance.session_attended.v1", id="7"))
    await kafka.read("registration.dead-letters")
    replayed = await api.post("/dead-letters/replay", params={"which": '["test", "7"]'})
    assert replayed.json() == {"sent": 1, "superseded": 0}
    await kafka.read("registration.dead-letters", 3)  # its own tombstone, and the same again, which is as wrong as before
    assert len((await api.get("/dead-letters")).json()["letters"]) == 1


async def test_only_operators_may_handle_dead_letters(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    which = {"which": "attendance.inbound/0/0"}
    key = await make_key(["attendance", "conferences", "people", "connections", "keys"])
    for method, path in [("GET", ""), ("GET", "/letter"), ("POST", "/replay"), ("POST", "/discard")]:
        with subtests.test(path):
            for header, status in ((bearer(key), 403), ({"authorization": ""}, 401)):
                answer = await api.request(method, f"/dead-letters{path}", params=which, headers=header)
                assert answer.status_code == status


async def test_what_names_no_letter_is_refused(api: httpx.AsyncClient) -> None:
    for which, status in (("x", 422), ('["a"]', 422), ("a/0/0", 404), ('["a", "b"]', 404)):
        assert (await api.post("/dead-letters/discard", params={"which": which})).status_code == status, which


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
async def test_a_batch_that_would_fill_the_memory_is_passed_over_by_its_place(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str], codec: str
) -> None:
    topic = f"{environment['TOPIC_PREFIX']}attendance.inbound"
    producer = AIOKafkaProducer(
        bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"],
        compression_type=codec,
        max_batch_size=64_000_000,
        max_request_size=64_000_000,
        linger_ms=1000,
    )
    async with producer:
        sent = [await producer.send(topic, bytes(1_000_000), partition=0) for _ in range(40)]
        offsets = [(await one).offset for one in sent]
    await kafka.send("attendance.inbound", GOOD, cloud_event("attendance.session_attended.v1"), partition=0)
    await kafka.read("registration.profiles")  # what was behind it went through
    (letter,) = (await api.get("/dead-letters")).json()["letters"]
    assert offsets == list(range(40)), "one batch"
    assert letter["origin"] == "attendance.inbound/0/0"
    assert letter["reason"].startswith("offsets 0 to 39 cannot be decoded: the batch was not read: its records have more")
    assert letter["not_kept"] == "it could not be read"
    assert await kafka.lag("attendance.inbound", "registration") == 0
    refused = await api.post("/dead-letters/replay", params={"which": letter["origin"]})
    assert refused.status_code == 409
