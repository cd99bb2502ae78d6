"""Dead letters: records that could not be applied, kept unchanged with the reason.

``python -m shared.dead_letters list`` shows them, ``… replay all`` or ``… replay TOPIC/PARTITION/OFFSET,…`` sends them
again to where they came from. That is safe: whoever has applied an event already recognises it, and what has a newer
record of its key in a compacted topic is not sent, since the topic would then keep the old one.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import TopicPartition

from shared.configuration import read_settings
from shared.envelope import Record
from shared.settings import ServiceSettings
from shared.topics import MAX_DEAD_LETTER_BYTES, SERVICES, TOPICS, dead_letters

PREFIX: Final = "dl_"
KEY: Final = "dl_key"
"""The record's own key: the dead letter's is its origin, so that one dead letter can be erased without the others."""
NULL: Final = "dl_null"
"""Marks a record that came without a value: a dead letter without one would be erased."""
OMITTED: Final = "dl_omitted_bytes"
"""The size of a value that was too large to keep."""
_COMPACTED: Final = frozenset(topic.name for topic in TOPICS if topic.compacted)
_MAX_REASON: Final = 4000
"""In characters. Reasons quote what came, which may be long."""

Headers = list[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record as it came, whence, and why it could not be applied."""

    service: str
    origin: str
    """``topic/partition/offset``, the topic without its prefix."""
    at: datetime
    reason: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    omitted_bytes: int | None = None
    """The size of its value if that was too large to keep; it cannot be replayed then."""

    @property
    def place(self) -> tuple[str, int, int]:
        """Its origin's topic without the prefix, partition and offset."""
        topic, partition, offset = self.origin.rsplit("/", 2)
        return topic, int(partition), int(offset)


class NotKept(ValueError):
    """The value of these letters was too large to keep: there is nothing to send."""

    def __init__(self, letters: Sequence[DeadLetter]) -> None:
        super().__init__("\n".join(_not_kept(letter) for letter in letters))


async def bury(producer: AIOKafkaProducer, service: str, prefix: str, record: Record, reason: str, attempts: int) -> None:
    """Put the record into the service's dead-letter topic and wait until Kafka has it.

    Key, value and headers stay as they came, null headers too; the ``dl_*`` headers say whence it came, and why. Of a record
    that is larger than any topic takes (it came compressed) only these are kept, and its value's size.
    """
    topic = prefix + dead_letters(service).name
    origin_topic = record.topic.removeprefix(prefix)
    texts = {
        "dl_topic": origin_topic,
        "dl_partition": str(record.partition),
        "dl_offset": str(record.offset),
        "dl_reason": reason[:_MAX_REASON],
        "dl_attempts": str(attempts),
    }
    origin = [(name, text.encode()) for name, text in texts.items()]
    if record.key is not None:
        origin.append((KEY, record.key))
    if record.value is None:
        origin.append((NULL, b"1"))
    key = f"{origin_topic}/{record.partition}/{record.offset}".encode()
    try:
        await producer.send_and_wait(topic, record.value or b"", key, headers=[*_own(record.headers), *origin])
    except MessageSizeTooLargeError:
        # Without this, the one record would be tried for ever, and nothing behind it would be read.
        omitted = (OMITTED, str(len(record.value or b"")).encode())
        await producer.send_and_wait(topic, b"", key, headers=[*origin, omitted])


def _own(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


async def read(settings: ServiceSettings, services: Iterable[str] = SERVICES) -> list[DeadLetter]:
    """All dead letters that were neither sent again nor erased, oldest first. One buried twice, by a crash, is there once.

    ``services``: those whose dead letters are read.

    Raises:
        KafkaError: Kafka does not answer.
    """
    letters: dict[str, DeadLetter] = {}
    topics = {settings.topic_prefix + dead_letters(service).name: service for service in services}
    for record in await _read_all(topics, settings):
        if record.value is None:
            letters.pop((record.key or b"").decode(), None)
            continue
        headers = {name: value or b"" for name, value in record.headers if name.startswith(PREFIX)}
        if "dl_topic" in headers:
            letter = _letter(topics[record.topic], headers, record)
            letters.setdefault(letter.origin, letter)
    return sorted(letters.values(), key=lambda letter: letter.at)


async def _read_all(topics: Collection[str], settings: ServiceSettings) -> list[ConsumerRecord]:
    """Every record that these topics hold now; a topic's in their order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        if not (there := await consumer.topics() & set(topics)):
            return []
        consumer.subscribe(list(there))  # without a group: all their partitions
        while {partition.topic for partition in consumer.assignment()} < there:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)
        ends = await consumer.end_offsets(consumer.assignment())
        return [record async for record in _until(ends, consumer)]
    finally:
        await consumer.stop()


async def _until(ends: dict[TopicPartition, int], consumer: AIOKafkaConsumer) -> AsyncIterator[ConsumerRecord]:
    """What the consumer has yet to read before these offsets; a partition's in their order."""
    while any([await consumer.position(partition) < end for partition, end in ends.items()]):
        for some in (await consumer.getmany(timeout_ms=500)).values():
            for record in some:
                yield record


def _letter(service: str, headers: dict[str, bytes], record: ConsumerRecord) -> DeadLetter:
    text = {name: value.decode(errors="replace") for name, value in headers.items()}
    return DeadLetter(
        service=service,
        origin=f"{text['dl_topic']}/{text['dl_partition']}/{text['dl_offset']}",
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        reason=text["dl_reason"],
        key=headers.get(KEY),
        value=None if NULL in headers else record.value,
        headers=tuple(_own(record.headers)),
        omitted_bytes=int(text[OMITTED]) if OMITTED in text else None,
    )


async def forget(service: str, about: Callable[[DeadLetter], bool], producer: AIOKafkaProducer, settings: ServiceSettings) -> int:
    """Erase the service's dead letters that are about somebody. Returns how many.

    What was too large to keep is not looked into; there is nothing of it but its place.

    Raises:
        KafkaError: Kafka does not answer.
    """
    letters = [letter for letter in await read(settings, [service]) if about(letter)]
    for letter in letters:
        await _erase(letter, producer, settings)
    return len(letters)


async def _erase(letter: DeadLetter, producer: AIOKafkaProducer, settings: ServiceSettings) -> None:
    topic = settings.topic_prefix + dead_letters(letter.service).name
    await producer.send_and_wait(topic, None, letter.origin.encode())


async def replay(letters: Sequence[DeadLetter], settings: ServiceSettings) -> list[DeadLetter]:
    """Send these records again, each to the topic and partition where it came from, and erase the dead letter.

    Returns those that were superseded: in a compacted topic, a newer record of the same key is there. They are not sent,
    only erased, since nothing is to be done for them. One that fails again comes back as a new dead letter. A crash in
    between sends some of them once more.

    Raises:
        NotKept: the value of some is not there. Nothing was sent.
        KafkaError: Kafka does not answer.
    """
    if lost := [letter for letter in letters if letter.omitted_bytes is not None]:
        raise NotKept(lost)
    old = await _superseded([letter for letter in letters if letter.place[0] in _COMPACTED], settings)
    left_out = {letter.origin for letter in old}
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers, acks="all", max_request_size=MAX_DEAD_LETTER_BYTES
    )
    await producer.start()
    try:
        for letter in letters:
            topic, partition, _ = letter.place
            if letter.origin not in left_out:
                await producer.send_and_wait(
                    settings.topic_prefix + topic, letter.value, letter.key, partition=partition, headers=list(letter.headers)
                )
            await _erase(letter, producer, settings)
    finally:
        await producer.stop()
    return old


async def _superseded(letters: Sequence[DeadLetter], settings: ServiceSettings) -> list[DeadLetter]:
    """Those of these letters, all from compacted topics, whose key has or had a newer record in their partition.

    Sent again behind it, an old version, or an old tombstone, would be the one that compaction keeps.
    """
    places = {
        letter.origin: (TopicPartition(settings.topic_prefix + topic, partition), offset)
        for letter in letters
        for topic, partition, offset in [letter.place]
    }
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
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
        async for record in _until(ends, consumer):
            if (name := (TopicPartition(record.topic, record.partition), record.key)) in wanted:
                newest[name] = record.offset
    finally:
        await consumer.stop()

    def superseded(letter: DeadLetter) -> bool:
        partition, offset = places[letter.origin]
        last = newest.get((partition, letter.key), -1)
        # Compaction takes a version away only behind a newer record, even if that, a tombstone, is itself gone by now.
        gone = last < offset < ends.get(partition, 0) and letter.value is not None
        return last > offset or gone

    return [letter for letter in letters if superseded(letter)]


def _chosen(letters: list[DeadLetter], wanted: str) -> list[DeadLetter]:
    if wanted == "all":
        return letters
    by_origin = {letter.origin: letter for letter in letters}
    origins = [origin.strip() for origin in wanted.split(",") if origin.strip()]
    if unknown := [origin for origin in origins if origin not in by_origin]:
        raise SystemExit(f"no dead letter {', '.join(unknown)}; `make dead-letters` lists them, first on each line")
    return [by_origin[origin] for origin in origins]


def _not_kept(letter: DeadLetter) -> str:
    return (
        f"{letter.origin}: its value, {letter.omitted_bytes:,} bytes, was too large to keep, so it cannot be sent again; "
        "the original is at that topic/partition/offset as long as the topic keeps it"
    )


def _line(letter: DeadLetter) -> str:
    # Reasons quote what strangers sent: nothing in them may steer the terminal.
    reason = "".join(character if character.isprintable() else "�" for character in letter.reason)
    return f"{letter.origin:<36} {letter.at:%Y-%m-%d %H:%M:%S}  {letter.service}: {reason}"


async def _main(arguments: argparse.Namespace) -> None:
    settings = read_settings(ServiceSettings)
    try:
        letters = await read(settings)
        if arguments.command == "replay":
            chosen = _chosen(letters, arguments.which)
            if arguments.which == "all":
                lost = [letter for letter in chosen if letter.omitted_bytes is not None]
                chosen = [letter for letter in chosen if letter.omitted_bytes is None]
                print(*(f"left out: {_not_kept(letter)}\n" for letter in lost), sep="", end="")
            old = await replay(chosen, settings)
            print(*(f"{letter.origin}: superseded: a newer record of the same key is there\n" for letter in old), sep="", end="")
            print(f"{len(chosen) - len(old)} sent again")
            return
    except NotKept as error:
        raise SystemExit(f"{error}\nNothing was sent.") from error
    except KafkaError as error:
        raise SystemExit(f"Kafka at {settings.kafka_bootstrap_servers} does not answer: {error}") from error
    for letter in letters:
        print(_line(letter))
    if letters:
        print(f"{len(letters)} dead letters. Mend the cause, then `make dead-letters REPLAY=all` or REPLAY=one,another.")
    else:
        print("no dead letters")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m shared.dead_letters", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show them: origin, time, service and reason")
    commands.add_parser("replay", help="send some again").add_argument("which", help="all, or origins separated by commas")
    asyncio.run(_main(parser.parse_args(sys.argv[1:])))
