"""The observed state: read from Kafka and MongoDB with plain clients."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from e2e.delivery.load import Load
from pymongo import AsyncMongoClient

INBOUND = "attendance.inbound"
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A server's addresses and the prefix that keeps this run apart from others on the same Kafka."""

    kafka: str
    mongodb: str
    prefix: str

    @property
    def database(self) -> str:
        return f"{self.prefix}registration".replace(".", "-")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is. ``lag`` counts records of ``attendance.inbound`` whose offset is not committed."""

    facts: int
    outbox: int
    lag: int

    @property
    def done(self) -> bool:
        return self.lag == 0 and self.outbox == 0


@dataclass(frozen=True)
class Observed:
    """All that a run has left."""

    facts: list[dict[str, Any]]
    attendees: list[dict[str, Any]]
    contacts: list[ConsumerRecord]
    profiles: list[ConsumerRecord]
    dead_letters: list[ConsumerRecord]


Origin = tuple[int, int]
"""Partition and offset in ``attendance.inbound``."""


async def send(load: Load, place: Place, may_go: Callable[[int], Awaitable[None]]) -> list[Origin]:
    """Send the load, each record by a producer of its codec. Returns where each came to lie.

    ``may_go`` waits until the record with this number may be sent.
    """
    codecs = {shipment.codec for shipment in load.shipments}
    producers = {
        codec: AIOKafkaProducer(
            bootstrap_servers=place.kafka, compression_type=codec, max_request_size=_LARGEST, linger_ms=20, acks="all"
        )
        for codec in codecs
    }
    try:
        for producer in producers.values():
            await producer.start()
        sent = []
        for number, shipment in enumerate(load.shipments):
            await may_go(number)
            sent.append(
                await producers[shipment.codec].send(
                    place.prefix + INBOUND, shipment.value, shipment.key, shipment.partition, headers=shipment.headers
                )
            )
        return [(metadata.partition, metadata.offset) for metadata in [await future for future in sent]]
    finally:
        for producer in producers.values():
            await producer.stop()


async def progress(place: Place, group: str) -> Progress:
    """How far the work is, by committed offsets and by the documents there are."""
    async with AsyncMongoClient[dict[str, Any]](place.mongodb, serverSelectionTimeoutMS=2000) as client:
        database = client[place.database]
        facts = await database["attendance"].count_documents({})
        outbox = await database["outbox"].count_documents({})
    return Progress(facts, outbox, sum((await lag(place, group)).values()))


async def lag(place: Place, group: str) -> dict[int, int]:
    """Records not yet committed, of each partition of ``attendance.inbound``."""
    consumer = AIOKafkaConsumer(bootstrap_servers=place.kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    try:
        await consumer.start()
        await admin.start()
        partitions = await _partitions(admin, place.prefix + INBOUND)
        ends = await consumer.end_offsets(partitions)
        committed = await admin.list_consumer_group_offsets(place.prefix + group)
    finally:
        await admin.close()
        await consumer.stop()
    done = {partition: committed[partition].offset if partition in committed else 0 for partition in partitions}
    return {partition.partition: ends[partition] - max(done[partition], 0) for partition in partitions}


async def observe(place: Place) -> Observed:
    """Read everything."""
    async with AsyncMongoClient[dict[str, Any]](place.mongodb, tz_aware=True) as client:
        facts = await client[place.database]["attendance"].find().to_list()
        attendees = await client[place.database]["attendees"].find().to_list()
    return Observed(
        facts,
        attendees,
        contacts=await _read(place, "registration.contacts"),
        profiles=await _read(place, "registration.profiles"),
        dead_letters=await _read(place, "registration.dead-letters"),
    )


async def _read(place: Place, topic: str) -> list[ConsumerRecord]:
    """All records of a topic, in the order of each partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.kafka, enable_auto_commit=False, auto_offset_reset="earliest", max_partition_fetch_bytes=_LARGEST
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    records: list[ConsumerRecord] = []
    try:
        await consumer.start()
        await admin.start()
        partitions = await _partitions(admin, place.prefix + topic)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for some in (await consumer.getmany(timeout_ms=1000)).values():
                records += some
    finally:
        await admin.close()
        await consumer.stop()
    return records


async def _partitions(admin: AIOKafkaAdminClient, topic: str) -> Sequence[TopicPartition]:
    [description] = await admin.describe_topics([topic])
    return [TopicPartition(topic, number) for number in sorted(one["partition"] for one in description["partitions"])]


async def remove_topics(place: Place) -> None:
    """Leave nothing on a Kafka that may be somebody's."""
    admin = AIOKafkaAdminClient(bootstrap_servers=place.kafka)
    try:
        await admin.start()
        await admin.delete_topics([topic for topic in await admin.list_topics() if topic.startswith(place.prefix)])
    finally:
        await admin.close()
