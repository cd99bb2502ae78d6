"""Sending dead letters again, each to the topic and partition where it came from.

That is safe: whoever has applied an event already recognises it, and what has a newer record of its key in a compacted topic
is not sent, since the topic would then keep the old one.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from shared.contract.topics import MAX_DEAD_LETTER_BYTES, TOPICS
from shared.messaging.dead_letters.letters import MAX_KEPT_BYTES, DeadLetter
from shared.messaging.dead_letters.reading import erase, reader, until
from shared.messaging.inflating import BatchUnreadable
from shared.messaging.kafka_connection import client_options
from shared.settings import ServiceSettings

_COMPACTED: Final = frozenset(topic.name for topic in TOPICS if topic.compacted)
_ORIGINAL_SECONDS: Final = 10


class NotKept(ValueError):
    """The content of these letters is not there any more: there is nothing to send."""

    def __init__(self, letters: Sequence[DeadLetter]) -> None:
        super().__init__("\n".join(not_kept(letter) for letter in letters))
        self.letters = letters


def not_kept(letter: DeadLetter) -> str:
    """What to tell of a letter whose content is not there."""
    return (
        f"{letter.origin}: its content, {letter.omitted_bytes:,} bytes, was not kept, since {letter.omitted_why}, so it cannot "
        "be sent again; the original is at that topic/partition/offset as long as the topic keeps it"
    )


async def replay(letters: Sequence[DeadLetter], settings: ServiceSettings) -> list[DeadLetter]:
    """Send these records again, each to the topic and partition where it came from, and erase the dead letter.

    Of one whose content was not kept, the original is sent, if its topic still has it. Returns those that were superseded:
    in a compacted topic, a newer record of the same key is there. They are not sent, only erased, since nothing is to be
    done for them. One that fails again comes back as a new dead letter. A crash in between sends some of them once more.

    Raises:
        NotKept: the content of some is not there. Nothing was sent.
        KafkaError: Kafka does not answer.
    """
    letters = await _with_content(letters, settings)
    if lost := [letter for letter in letters if letter.omitted_bytes is not None]:
        raise NotKept(lost)
    old = await _superseded([letter for letter in letters if letter.place[0] in _COMPACTED], settings)
    left_out = {letter.origin for letter in old}
    async with _sender(settings) as producer:
        for letter in letters:
            topic, partition, _ = letter.place
            if letter.origin not in left_out:
                await producer.send_and_wait(
                    settings.topic_prefix + topic, letter.value, letter.key, partition=partition, headers=list(letter.headers)
                )
            await erase([letter], producer, settings)
    return old


async def discard(letters: Sequence[DeadLetter], settings: ServiceSettings) -> None:
    """Erase these dead letters without sending them again.

    Raises:
        KafkaError: Kafka does not answer.
    """
    async with _sender(settings) as producer:
        await erase(letters, producer, settings)


@asynccontextmanager
async def _sender(settings: ServiceSettings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**client_options(settings), acks="all", max_request_size=MAX_DEAD_LETTER_BYTES)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _with_content(letters: Sequence[DeadLetter], settings: ServiceSettings) -> list[DeadLetter]:
    if not any(map(_may_be_there, letters)):
        return list(letters)
    async with reader(settings) as consumer:
        return [await _original(letter, consumer, settings) if _may_be_there(letter) else letter for letter in letters]


def _may_be_there(letter: DeadLetter) -> bool:
    """Whether the original is worth looking for: it was left out for want of room, not because it cannot be applied."""
    return letter.omitted_bytes is not None and letter.omitted_bytes <= MAX_KEPT_BYTES and letter.sha256 != ""


async def _original(letter: DeadLetter, consumer: AIOKafkaConsumer, settings: ServiceSettings) -> DeadLetter:
    """The letter with the content that is at its origin, if that still is what was buried; else as it was."""
    topic, number, offset = letter.place
    partition = TopicPartition(settings.topic_prefix + topic, number)
    if partition.topic not in await consumer.topics():
        return letter
    consumer.assign([partition])
    first, end = (await consumer.beginning_offsets([partition]))[partition], (await consumer.end_offsets([partition]))[partition]
    if not first <= offset < end:
        return letter
    consumer.seek(partition, offset)
    try:
        record = await asyncio.wait_for(consumer.getone(), _ORIGINAL_SECONDS)
    except (TimeoutError, BatchUnreadable):
        return letter
    if record.offset != offset or sha256(record.value or b"").hexdigest() != letter.sha256:
        return letter
    return replace(letter, key=record.key, value=record.value, headers=tuple(record.headers), omitted_bytes=None)


async def _superseded(letters: Sequence[DeadLetter], settings: ServiceSettings) -> list[DeadLetter]:
    """Those of these letters, all from compacted topics, whose key has or had a newer record in their partition.

    Sent again behind it, an old version, or an old tombstone, would be the one that compaction keeps.
    """
    places = {
        letter.origin: (TopicPartition(settings.topic_prefix + topic, partition), offset)
        for letter in letters
        for topic, partition, offset in [letter.place]
    }
    if not places:
        return []
    async with reader(settings) as consumer:
        there = await consumer.topics()
        first: dict[TopicPartition, int] = {}
        for partition, offset in places.values():
            if partition.topic in there:
                first[partition] = min(offset, first.get(partition, offset))
        if not first:
            return []
        consumer.assign(list(first))
        for partition, offset in first.items():
            consumer.seek(partition, offset)
        ends = await consumer.end_offsets(list(first))
        wanted = {(places[letter.origin][0], letter.key) for letter in letters}
        newest: dict[tuple[TopicPartition, bytes | None], int] = {}
        async for record in until(ends, consumer):
            if (name := (TopicPartition(record.topic, record.partition), record.key)) in wanted:
                newest[name] = record.offset

    def superseded(letter: DeadLetter) -> bool:
        partition, offset = places[letter.origin]
        last = newest.get((partition, letter.key), -1)
        # Compaction takes a version away only behind a newer record, even if that, a tombstone, is itself gone by now.
        gone = last < offset < ends.get(partition, 0) and letter.value is not None
        return last > offset or gone

    return [letter for letter in letters if superseded(letter)]
