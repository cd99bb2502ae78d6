"""Dead letters: records that could not be applied, kept unchanged with the reason.

``python -m shared.dead_letters list`` shows them, ``… replay all`` or ``… replay TOPIC/PARTITION/OFFSET,…`` sends them
again to where they came from. That is safe: whoever has applied an event already recognises it.
"""

import argparse
import asyncio
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.envelope import Record
from shared.settings import ServiceSettings
from shared.topics import MAX_DEAD_LETTER_BYTES, SERVICES, dead_letters

PREFIX: Final = "dl_"
REPLAYED: Final = "dl_replayed"
"""Marks a record that says: the dead letter of this origin was sent again."""
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


async def bury(producer: AIOKafkaProducer, service: str, prefix: str, record: Record, reason: str, attempts: int) -> None:
    """Put the record into the service's dead-letter topic and wait until Kafka has it.

    Key, value and headers stay as they came, null headers too; the ``dl_*`` headers say whence it came, and why. Of a record
    that is larger than any topic takes (it came compressed) only these are kept, and ``dl_omitted_bytes``, its value's size.
    """
    topic = prefix + dead_letters(service).name
    texts = {
        "dl_topic": record.topic.removeprefix(prefix),
        "dl_partition": str(record.partition),
        "dl_offset": str(record.offset),
        "dl_reason": reason[:_MAX_REASON],
        "dl_attempts": str(attempts),
    }
    origin = [(name, text.encode()) for name, text in texts.items()]
    # aiokafka sends no record without both key and value; an empty value says the same.
    value = b"" if record.value is None and record.key is None else record.value
    try:
        await producer.send_and_wait(topic, value, record.key, headers=[*_own(record.headers), *origin])
    except MessageSizeTooLargeError:
        # Without this, the one record would be tried for ever, and nothing behind it would be read.
        omitted = ("dl_omitted_bytes", str(len(record.value or b"")).encode())
        await producer.send_and_wait(topic, b"", headers=[*origin, omitted])


def _own(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


async def read(settings: ServiceSettings) -> list[DeadLetter]:
    """All dead letters that were not sent again, oldest first. One that was buried twice, by a crash, is there once.

    Raises:
        KafkaError: Kafka does not answer.
    """
    letters: dict[str, DeadLetter] = {}
    topics = {settings.topic_prefix + dead_letters(service).name: service for service in SERVICES}
    for record in await _read_all(topics, settings):
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers if name.startswith(PREFIX)}
        if replayed := headers.get(REPLAYED):
            letters.pop(replayed, None)
        elif "dl_topic" in headers:
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
        records: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            fetched = await consumer.getmany(timeout_ms=500)
            records += [record for some in fetched.values() for record in some]
        return records
    finally:
        await consumer.stop()


def _letter(service: str, headers: dict[str, str], record: ConsumerRecord) -> DeadLetter:
    return DeadLetter(
        service=service,
        origin=f"{headers['dl_topic']}/{headers['dl_partition']}/{headers['dl_offset']}",
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        reason=headers["dl_reason"],
        key=record.key,
        value=record.value,
        headers=tuple(_own(record.headers)),
    )


async def replay(letters: Sequence[DeadLetter], settings: ServiceSettings) -> None:
    """Send these records again, each to the topic and partition where it came from, and mark it as sent again.

    One that fails again comes back as a new dead letter. A crash in between sends some of them once more.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers, acks="all", max_request_size=MAX_DEAD_LETTER_BYTES
    )
    await producer.start()
    try:
        for letter in letters:
            topic, partition, _ = letter.origin.rsplit("/", 2)
            await producer.send_and_wait(
                settings.topic_prefix + topic, letter.value, letter.key, partition=int(partition), headers=list(letter.headers)
            )
            await producer.send_and_wait(
                settings.topic_prefix + dead_letters(letter.service).name, value=b"", headers=[(REPLAYED, letter.origin.encode())]
            )
    finally:
        await producer.stop()


def _chosen(letters: list[DeadLetter], wanted: str) -> list[DeadLetter]:
    if wanted == "all":
        return letters
    by_origin = {letter.origin: letter for letter in letters}
    origins = [origin.strip() for origin in wanted.split(",") if origin.strip()]
    if unknown := [origin for origin in origins if origin not in by_origin]:
        raise SystemExit(f"no dead letter {', '.join(unknown)}; `make dead-letters` lists them, first on each line")
    return [by_origin[origin] for origin in origins]


def _line(letter: DeadLetter) -> str:
    # Reasons quote what strangers sent: nothing in them may steer the terminal.
    reason = "".join(character if character.isprintable() else "�" for character in letter.reason)
    return f"{letter.origin:<36} {letter.at:%Y-%m-%d %H:%M:%S}  {letter.service}: {reason}"


async def _main(arguments: argparse.Namespace) -> None:
    settings = ServiceSettings()
    try:
        letters = await read(settings)
        if arguments.command == "replay":
            chosen = _chosen(letters, arguments.which)
            await replay(chosen, settings)
            print(f"{len(chosen)} sent again")
            return
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
