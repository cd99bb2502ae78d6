"""Reading dead letters: by page, so that never all of them are in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.structs import TopicPartition

from shared.contract.topics import SERVICES, dead_letters
from shared.messaging.dead_letters.burying import PersonsIn
from shared.messaging.dead_letters.letters import DeadLetter, letter_of
from shared.messaging.inflating import bound_inflation
from shared.messaging.kafka_connection import client_options
from shared.settings import ServiceSettings

PAGE: Final = 50
"""Letters that are in memory at once."""
_FETCH_BYTES: Final = 4 * 1024 * 1024

Matches = Callable[[DeadLetter], bool]


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some of a service's letters, the oldest first. ``next`` is where the next page begins, None where this is the last."""

    letters: Sequence[DeadLetter]
    next: int | None


@asynccontextmanager
async def reader(settings: ServiceSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group, for somebody who looks: it holds little at once."""
    bound_inflation()
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=_FETCH_BYTES,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await consumer.start()
        await asyncio.sleep(0)  # stopped before its own tasks have begun, it would cancel whoever stops it
        yield consumer
    finally:
        await consumer.stop()


async def until(ends: dict[TopicPartition, int], consumer: AIOKafkaConsumer) -> AsyncIterator[ConsumerRecord]:
    """What the consumer has yet to read before these offsets; a partition's in their order."""
    while any([await consumer.position(partition) < end for partition, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=500, max_records=PAGE)).values():
            for record in records:
                yield record


async def _records(service: str, after: int, settings: ServiceSettings) -> AsyncIterator[ConsumerRecord]:
    """What the service's topic holds now, from this offset on."""
    partition = TopicPartition(settings.topic_prefix + dead_letters(service).name, 0)
    async with reader(settings) as consumer:
        if partition.topic not in await consumer.topics():
            return
        consumer.assign([partition])
        first = (await consumer.beginning_offsets([partition]))[partition]
        consumer.seek(partition, max(after, first))
        async for record in until(await consumer.end_offsets([partition]), consumer):
            yield record


async def page(
    service: str,
    settings: ServiceSettings,
    *,
    matches: Matches = lambda _: True,
    after: int = 0,
    limit: int = PAGE,
    content: bool = True,
) -> LetterPage:
    """The service's letters that match, from a place on. Neither those sent again, discarded nor erased are there.

    A letter counts where it was buried last: one buried twice, by a crash, is there once. ``content``: False leaves it out.

    Raises:
        KafkaError: Kafka does not answer.
    """
    found: dict[bytes | None, DeadLetter] = {}
    taken, next = 0, None
    async for record in _records(service, after, settings):
        found.pop(record.key, None)  # What comes later tells what has become of it.
        if next is not None or (letter := letter_of(service, record)) is None or not matches(letter):
            continue
        if taken == limit:
            next = record.offset
            continue
        taken += 1
        found[record.key] = letter if content else replace(letter, value=None, omitted_bytes=letter.bytes)
    return LetterPage(list(found.values()), next)


async def letters(
    settings: ServiceSettings,
    services: Iterable[str] = SERVICES,
    *,
    matches: Matches = lambda _: True,
    content: bool = True,
) -> AsyncGenerator[DeadLetter]:
    """All letters of these services that match, read page by page; a service's with the oldest first.

    Raises:
        KafkaError: Kafka does not answer.
    """
    for service in services:
        after: int | None = 0
        while after is not None:
            found = await page(service, settings, matches=matches, after=after, content=content)
            for letter in found.letters:
                yield letter
            after = found.next


async def erase(erased: Iterable[DeadLetter], producer: AIOKafkaProducer, settings: ServiceSettings) -> None:
    """Take letters away, for good."""
    for letter in erased:
        topic = settings.topic_prefix + dead_letters(letter.service).name
        await producer.send_and_wait(topic, None, letter.origin.encode())


async def forget(
    service: str, ids: frozenset[str], persons_in: PersonsIn, producer: AIOKafkaProducer, settings: ServiceSettings
) -> int:
    """Erase the service's letters that may be about these persons. Returns how many.

    Whom a letter may be about is in its headers. Only those of older versions are looked into, one at a time in a thread;
    one in which not all persons could be found is erased with any of them.

    Raises:
        KafkaError: Kafka does not answer.
    """
    erased = 0
    async for record in _records(service, 0, settings):
        letter = letter_of(service, record)
        if letter is None:
            continue
        persons = letter.persons
        if persons is None:
            persons = await asyncio.to_thread(persons_in, letter, letter.reason)
        if persons.any_of(ids):
            await erase([letter], producer, settings)
            erased += 1
    return erased
