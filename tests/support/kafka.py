"""A plain Kafka client, like another system's: it uses none of the project's delivery code."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from support.patience import PATIENCE

Headers = list[tuple[str, bytes | None]]


def cloud_event(type: str, *, id: str | None = None, source: str = "test", time: str = "2024-07-08T10:00:00Z") -> Headers:
    """The headers of an event in binary mode."""
    attributes = {"specversion": "1.0", "id": id or uuid4().hex, "source": source, "type": type, "time": time}
    return [(f"ce_{name}", value.encode()) for name, value in attributes.items()]


async def wait_for_leaders(bootstrap_servers: str, prefix: str) -> None:
    """Wait until all topics whose names begin with the prefix can be read and written.

    A new topic is listed before its partitions have a leader, by some seconds on a busy machine. Clients retry until then; tests
    that expect no errors must wait first.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        names = [name for name in await consumer.topics() if name.startswith(prefix)]
        partitions = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()]
        if partitions:
            await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()


class Kafka:
    """Sends to and reads from topics, to whose names it adds the prefix."""

    def __init__(self, bootstrap_servers: str, prefix: str) -> None:
        self._servers = bootstrap_servers
        self._prefix = prefix
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, max_request_size=16 * 1024 * 1024)
        self._asking = asyncio.Lock()
        self._asked: tuple[AIOKafkaAdminClient, AIOKafkaConsumer] | None = None
        """The clients for querying the lag of groups, created on first use."""

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()
        if self._asked:
            admin, consumer = self._asked
            await consumer.stop()
            await admin.close()

    async def send(
        self,
        topic: str,
        value: bytes | dict[str, Any] | None,
        headers: Headers | None = None,
        *,
        key: str | None = None,
        partition: int | None = None,
    ) -> None:
        """Send one record and wait until Kafka has stored it. A dict is sent as JSON."""
        body = json.dumps(value).encode() if isinstance(value, dict) else value
        await self._producer.send_and_wait(
            self._prefix + topic, body, key.encode() if key else None, partition=partition, headers=headers or []
        )

    async def attend(self, type: str, data: dict[str, Any], **attributes: str) -> None:
        """Send an attendance event, keyed by the attendee's address."""
        key = data.get("attendee", {}).get("email", "any")
        await self.send("attendance.inbound", data, cloud_event(f"attendance.{type}.v1", **attributes), key=key)

    async def read(
        self,
        topic: str,
        count: int = 1,
        *,
        until: Callable[[list[ConsumerRecord]], bool] | None = None,
        seconds: float = PATIENCE,
    ) -> list[ConsumerRecord]:
        """All records of a topic, from its beginning, once there are ``count`` or ``until`` is true for them.

        Raises ``AssertionError``, with the records found, if that takes longer than ``seconds``.
        """
        consumer = AIOKafkaConsumer(
            self._prefix + topic, bootstrap_servers=self._servers, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        records: list[ConsumerRecord] = []
        enough = until or (lambda seen: len(seen) >= count)
        try:
            async with asyncio.timeout(seconds):
                while not enough(records):
                    fetched = await consumer.getmany(timeout_ms=100)
                    records += [record for some in fetched.values() for record in some]
        except TimeoutError:
            raise AssertionError(f"{topic}: {len(records)} records in {seconds} s: {[r.value for r in records[:5]]}") from None
        finally:
            await consumer.stop()
        return records

    async def events(self, topic: str, count: int = 1, **options: Any) -> list[dict[str, Any]]:
        """The data of the events of a topic; see ``read``."""
        return [json.loads(record.value) for record in await self.read(topic, count, **options)]

    async def size(self, topic: str) -> int:
        """How many records were ever sent to the topic, provided that none was deleted."""
        return await self.lag(topic, "nobody")

    async def lag(self, topic: str, group: str) -> int:
        """How many records of the topic the group has not committed."""
        async with self._asking:
            if not self._asked:
                self._asked = (
                    AIOKafkaAdminClient(bootstrap_servers=self._servers),
                    AIOKafkaConsumer(bootstrap_servers=self._servers),
                )
                for client in self._asked:
                    await client.start()
            admin, consumer = self._asked
            described = (await admin.describe_topics([self._prefix + topic]))[0]["partitions"]
            partitions = [TopicPartition(self._prefix + topic, one["partition"]) for one in described]
            # A fetch would occupy the connection for half a second, and delay the query for end offsets behind it.
            consumer.assign(partitions)
            consumer.pause(*partitions)
            committed = await admin.list_consumer_group_offsets(self._prefix + group)
            ends = await consumer.end_offsets(partitions)
            return sum(end - max(0, committed[p].offset if p in committed else 0) for p, end in ends.items())

    async def no_lag(self, topic: str, group: str, seconds: float = PATIENCE) -> None:
        """Wait until the group has committed all records of the topic."""
        async with asyncio.timeout(seconds):
            while await self.lag(topic, group):
                await asyncio.sleep(0.1)
