"""After an erasure, no database, topic or log holds anything of the person."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from motor.motor_asyncio import AsyncIOMotorClient

from shared.contract.topics import CONTACTS, SERVICES, TOPICS, dead_letters
from support.kafka import Kafka, cloud_event
from support.platform import Platform

SPELLINGS = ("Ada.Secret@Example.ORG", "ada.secret@example.org", "ada\\u002esecret\\u0040example.org")
NEEDLES = (b"ada.secret", b"ada\\u002esecret", b"secret ticket", b"Ada S.".lower())
WITHIN_SECONDS = 60
COMPACTED_WITHIN_SECONDS = 120
SEGMENT_MS = 100


async def test_after_an_erasure_the_address_is_in_no_database_topic_or_log(
    platform: Platform, kafka: Kafka, environment: dict[str, str], tmp_path: Path
) -> None:
    await compact_soon(environment)
    registration = platform.url("registration")
    async with httpx.AsyncClient(timeout=30, headers=await platform.operator()) as client:
        sessions = [{"id": "s1", "title": "Arrays", "skills": ["NumPy"]}]
        conference = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": sessions}
        (await client.put(f"{registration}/conferences/c1", json=conference)).raise_for_status()
        await open_a_listing(client, platform.url("listings"))
        await kafka.no_lag("listings.listings", "matching.catalogue")
        await tell_of_her(client, registration, kafka)
        await platform.mail(SPELLINGS[1], naming="Faster")
        ada = (await client.get(f"{registration}/attendees", params={"email": SPELLINGS[1]})).json()["id"]
        # What another service could not apply holds her address too.
        await kafka.send(CONTACTS.name, {"email": SPELLINGS[0]}, cloud_event("registration.contact.changed.v1"), key=ada)
        await kafka.read(dead_letters("notifications").name)
        await kafka.read(dead_letters("registration").name, 2)
        assert {"registration/attendees", "notifications/contacts"} <= set(await in_databases(environment))
        found = await in_topics(environment)
        assert {"attendance.inbound", "registration.contacts", "registration.dead-letters", "notifications.dead-letters"} == found
        own = (await client.post(f"{registration}/attendees/{ada}/keys", json={})).json()["key"]

        (await client.delete(f"{registration}/me", headers={"authorization": f"Bearer {own}"})).raise_for_status()

        began = time.monotonic()
        assert "registration/attendees" not in await in_databases(environment), "here, at once"
        await until_nothing(lambda: in_databases(environment), WITHIN_SECONDS)
        elsewhere = time.monotonic() - began
        applied = {"registration.contacts", *(dead_letters(service).name for service in SERVICES)}
        await until_nothing(lambda: in_topics(environment, without=applied), WITHIN_SECONDS)
        consumed = time.monotonic() - began
        # A tombstone takes its key's records with it when the topic is next compacted; here, that is soon.
        await until_nothing(lambda: compacted(kafka, environment), COMPACTED_WITHIN_SECONDS)
        print(f"erased: databases {elsewhere:.1f} s, inbound {consumed:.1f} s, compacted {time.monotonic() - began:.1f} s")
        assert logs_holding_her(tmp_path) == []

        # The others are as they were, and what is told again of the time before is not kept.
        bob = (await client.get(f"{registration}/attendees", params={"email": "bob@example.org"})).json()
        assert bob["consents"]["mail"]["agreed"]
        await kafka.attend("session_attended", attended(SPELLINGS[1]), id="again")
        await kafka.no_lag("attendance.inbound", "registration")
        assert (await client.get(f"{registration}/attendees", params={"email": SPELLINGS[1]})).status_code == 404
        await platform.mail(SPELLINGS[1], naming="we have deleted everything we stored")


def attended(email: str, name: str = "Ada S.") -> dict[str, Any]:
    attendee = {"email": email, "name": name, "consent": {"mail": True}}
    return {"conference_id": "c1", "session_id": "s1", "attendee": attendee}


async def open_a_listing(client: httpx.AsyncClient, listings: str) -> None:
    (await client.put(f"{listings}/organizations/o1", json={"name": "Stars", "conference_ids": ["c1"]})).raise_for_status()
    listing = {"organization_id": "o1", "title": "Faster", "description": "Work", "skills": ["numpy"], "capacity": 1}
    (await client.put(f"{listings}/listings/l1", json=listing)).raise_for_status()
    (await client.post(f"{listings}/listings/l1/publish")).raise_for_status()


async def tell_of_her(client: httpx.AsyncClient, registration: str, kafka: Kafka) -> None:
    """By every way, well and badly: in values, keys, ids and headers."""
    await kafka.attend("session_attended", attended(SPELLINGS[0]), id=f"scan of {SPELLINGS[1]}")
    await kafka.attend("session_attended", attended("bob@example.org", "Bob"))
    met = attended("bob@example.org", "Bob") | {"met": {"email": SPELLINGS[0], "name": "Ada S."}}
    await kafka.attend("person_met", met)
    taken_back = attended(SPELLINGS[1])
    await kafka.attend("session_attended", taken_back, id="wrong")
    await kafka.attend("reverted", {"reverts": "wrong"})
    # An unknown conference waits, also escaped; broken JSON, and an address in the id alone, become dead letters.
    await kafka.attend("session_attended", attended(SPELLINGS[0]) | {"conference_id": "unknown"})
    headers = cloud_event("attendance.checked_in.v1")
    await kafka.send("attendance.inbound", b'{"attendee": {"email": "Ada.Secret@Example.ORG", ', headers, key=SPELLINGS[0])
    escaped = b'{"conference_id": "unknown", "attendee": {"email": "ada\\u002esecret\\u0040example.org"}}'
    await kafka.send("attendance.inbound", escaped, cloud_event("attendance.checked_in.v1"))
    await kafka.send("attendance.inbound", b"{}", cloud_event("attendance.checked_in.v1", id=f"{SPELLINGS[1]}-7"))
    # And one over HTTP.
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": "http",
        "source": "desk",
        "type": "attendance.checked_in.v1",
        "time": "2024-07-08T10:00:00Z",
    }
    event["data"] = {"conference_id": "c1", "attendee": attended(SPELLINGS[0])["attendee"]}
    answer = await client.post(
        f"{registration}/attendance", json=event, headers={"content-type": "application/cloudevents+json", "idempotency-key": "7"}
    )
    answer.raise_for_status()


def holds(data: bytes) -> bool:
    return any(needle in data.lower() for needle in NEEDLES)


def logs_holding_her(directory: Path) -> list[str]:
    logs = list(directory.glob("*.log"))
    assert len(logs) == len(SERVICES)
    return [log.name for log in logs if holds(log.read_bytes())]


async def in_databases(environment: dict[str, str]) -> list[str]:
    """The collections of all services that hold her, as ``service/collection``."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(environment["MONGODB_URI"])
    try:
        return [
            f"{service}/{name}"
            for service in SERVICES
            for database in [client.get_database(f"{environment['TOPIC_PREFIX']}{service}".replace(".", "-"))]
            for name in await database.list_collection_names()
            if any([holds(bson.encode(document)) async for document in database[name].find({})])
        ]
    finally:
        client.close()


async def in_topics(environment: dict[str, str], without: set[str] | None = None) -> set[str]:
    """The topics that hold her in a key, value or header."""
    prefix = environment["TOPIC_PREFIX"]
    return {
        topic.name
        for topic in TOPICS
        if topic.name not in (without or ())
        and any([holds(record) async for record in everything_in(prefix + topic.name, environment["KAFKA_BOOTSTRAP_SERVERS"])])
    }


async def everything_in(topic: str, servers: str) -> AsyncIterator[bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        while not consumer.assignment():
            await asyncio.sleep(0.02)
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    headers = b" ".join(name.encode() + b" " + (value or b"") for name, value in record.headers)
                    yield b" ".join((record.key or b"", record.value or b"", headers))
    finally:
        await consumer.stop()


async def compacted(kafka: Kafka, environment: dict[str, str]) -> set[str]:
    """The topics that still hold her. Only closed segments are compacted, and one is closed when more comes later."""
    await asyncio.sleep(2 * SEGMENT_MS / 1000)
    for partition in range(CONTACTS.partitions):
        await kafka.send(CONTACTS.name, None, key=f"nobody {partition}", partition=partition)
    for service in ("registration", "notifications"):
        await kafka.send(dead_letters(service).name, None, key="nowhere/0/0")
    return await in_topics(environment)


async def compact_soon(environment: dict[str, str]) -> None:
    """What takes hours in production takes moments in this test."""
    soon = {"segment.ms": str(SEGMENT_MS), "max.compaction.lag.ms": "200", "min.cleanable.dirty.ratio": "0.01"}
    topics = [topic for topic in TOPICS if topic.compacted and topic.personal_data]
    admin = AIOKafkaAdminClient(bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        for topic in topics:
            name = environment["TOPIC_PREFIX"] + topic.name
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=topic.config | soon)])
    finally:
        await admin.close()


async def until_nothing(look: Any, seconds: float) -> None:
    """Look again and again until nothing is found."""
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    while found := await look():
        assert datetime.now(UTC) < deadline, f"still there after {seconds} s: {found}"
        await asyncio.sleep(0.5)
