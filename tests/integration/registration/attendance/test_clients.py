"""Publishers as others write them: real clients of Kafka and HTTP, each until its event shows in a profile."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import requests
from cloudevents.core.bindings import http as http_binding
from cloudevents.core.bindings import kafka as kafka_binding
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Producer

from support.kafka import Kafka

ATTENDED = "attendance.session_attended.v1"
ADA = {"email": "ada@example.org", "name": "Ada Łovelace", "consent": {"matching": True}}
DATA = {"conference_id": "c1", "session_id": "s1", "attendee": ADA}
ATTRIBUTES = {"id": "größe 1 %", "source": "urn:badges", "type": ATTENDED, "datacontenttype": "application/json"}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": [{"id": "s1", "title": "Testing"}]}}


async def becomes_a_profile(kafka: Kafka) -> None:
    (profile,) = await kafka.events("registration.profiles")
    assert profile["conference_ids"] == ["c1"]
    (contact,) = await kafka.events("registration.contacts")
    assert (contact["email"], contact["name"]) == ("ada@example.org", "Ada Łovelace")


def sdk_event(**changes: Any) -> CloudEvent:
    """An event as the CloudEvents SDK makes it."""
    return CloudEvent(ATTRIBUTES | {"time": datetime(2024, 7, 8, 10, tzinfo=UTC)} | changes, DATA)


KCAT = shutil.which("kcat")


@pytest.mark.skipif(KCAT is None, reason="kcat is not installed")
@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("structured", [False, True])
async def test_an_event_from_kcat_becomes_a_profile(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str], structured: bool, codec: str
) -> None:
    attributes = {"specversion": "1.0", "time": "2024-07-08T12:00:00+02:00"} | ATTRIBUTES
    value: dict[str, Any]
    if structured:
        headers, value = {"content-type": "application/cloudevents+json; charset=UTF-8"}, attributes | {"data": DATA}
    else:
        headers, value = {f"ce_{name}": text for name, text in attributes.items()}, DATA
    command = [
        str(KCAT), "-P", "-b", environment["KAFKA_BOOTSTRAP_SERVERS"], "-t", f"{environment['TOPIC_PREFIX']}attendance.inbound",
        "-k", "ada@example.org", "-z", codec, *(part for name, text in headers.items() for part in ("-H", f"{name}={text}")),
    ]  # fmt: skip
    await asyncio.to_thread(subprocess.run, command, input=json.dumps(value).encode(), check=True, timeout=30)
    await becomes_a_profile(kafka)


@pytest.mark.parametrize("convert", [kafka_binding.to_binary_event, kafka_binding.to_structured_event])
@pytest.mark.parametrize("codec", ["none", "lz4"])
async def test_the_cloudevents_sdk_with_confluent_kafka(
    api: httpx.AsyncClient,
    kafka: Kafka,
    environment: dict[str, str],
    convert: Callable[[CloudEvent], kafka_binding.KafkaMessage],
    codec: str,
) -> None:
    message = convert(sdk_event(partitionkey="ada@example.org"))
    producer = Producer({"bootstrap.servers": environment["KAFKA_BOOTSTRAP_SERVERS"], "compression.type": codec})
    topic = f"{environment['TOPIC_PREFIX']}attendance.inbound"
    producer.produce(topic, message.value, message.key, headers=list(message.headers.items()))
    assert producer.flush(20) == 0
    await becomes_a_profile(kafka)


@pytest.mark.parametrize("convert", [http_binding.to_binary_event, http_binding.to_structured_event])
async def test_the_cloudevents_sdk_with_httpx(
    api: httpx.AsyncClient, kafka: Kafka, convert: Callable[[CloudEvent], http_binding.HTTPMessage]
) -> None:
    message = convert(sdk_event(extension=True))
    answer = await api.post("/attendance", content=message.body, headers=message.headers)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "source": "urn:badges", "id": "größe 1 %"})
    await becomes_a_profile(kafka)


@pytest.mark.parametrize("convert", [http_binding.to_binary_event, http_binding.to_structured_event])
async def test_the_cloudevents_sdk_with_requests(
    api: httpx.AsyncClient, kafka: Kafka, convert: Callable[[CloudEvent], http_binding.HTTPMessage]
) -> None:
    message = convert(sdk_event())
    headers = message.headers | {"authorization": api.headers["authorization"]}

    def post() -> requests.Response:
        return requests.post(f"{api.base_url}/attendance", data=message.body, headers=headers, timeout=30)

    answer = await asyncio.to_thread(post)
    assert (answer.status_code, answer.json()["id"]) == (202, "größe 1 %")
    await becomes_a_profile(kafka)


async def test_a_batch_of_events_of_the_cloudevents_sdk(api: httpx.AsyncClient, kafka: Kafka) -> None:
    """The SDK has no batches; its events in structured mode are the elements of one."""
    events = [http_binding.to_structured_event(sdk_event(id=id)).body for id in ("1", "2")]
    headers = {"content-type": "application/cloudevents-batch+json"}
    answer = await api.post("/attendance", content=b"[" + b",".join(events) + b"]", headers=headers)
    assert answer.json()["accepted"] == 2
    await becomes_a_profile(kafka)


async def test_data_given_to_the_cloudevents_sdk_as_bytes(api: httpx.AsyncClient, kafka: Kafka) -> None:
    event = CloudEvent(sdk_event().get_attributes(), json.dumps(DATA).encode())
    message = http_binding.to_structured_event(event)
    assert b"data_base64" in message.body
    assert (await api.post("/attendance", content=message.body, headers=message.headers)).status_code == 202
    await becomes_a_profile(kafka)
