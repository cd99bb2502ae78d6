"""Replaying dead letters: what may be sent again, what is out of date, and what was never kept."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from aiokafka import AIOKafkaProducer

from shared.contract.topics import ATTENDANCE_INBOUND, LISTINGS, TOPICS
from shared.messaging import dead_letters
from shared.messaging.dead_letters import Burial, Content, DeadLetter, NotKept, PersonsIn
from shared.messaging.dead_letters.counting import OpenLetters
from shared.messaging.kafka import ensure_topics
from shared.metrics import OPEN_DEAD_LETTERS
from shared.persons import Mentioned
from shared.settings import ServiceSettings
from support.kafka import Headers, Kafka
from support.letters import read as letters_of


@dataclass
class Desk:
    """Topics with records in one partition, any of which can be buried."""

    kafka: Kafka
    settings: ServiceSettings
    producer: AIOKafkaProducer

    async def send(self, topic: str, *versions: tuple[str, bytes | None]) -> None:
        """Records by their keys and values; None is a tombstone."""
        for key, value in versions:
            await self.kafka.send(topic, value, key=key, partition=1)

    async def bury(self, topic: str, offset: int, *, persons_in: PersonsIn | None = None) -> DeadLetter:
        record = (await self.kafka.read(topic, offset + 1))[offset]
        await Burial("matching", self.producer, self.settings, persons_in).bury(record, "because", 3)
        return next(letter for letter in await self.listed() if letter.origin == f"{topic}/1/{offset}")

    async def listed(self) -> list[DeadLetter]:
        return await letters_of(self.settings)

    async def values(self, topic: str) -> list[bytes | None]:
        """All that the topic holds, up to a mark that is sent now."""
        await self.send(topic, ("mark", b"mark"))
        records = await self.kafka.read(topic, until=lambda seen: any(record.key == b"mark" for record in seen))
        return [record.value for record in records[:-1]]

    async def command(self, which: str, what: str = "replay") -> tuple[int | None, str]:
        """The exit status and all output of the command, on these letters."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.messaging.dead_letters", what, which),
            env=os.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()


@pytest.fixture
async def desk(kafka: Kafka) -> AsyncIterator[Desk]:
    settings = ServiceSettings()
    await ensure_topics(TOPICS, settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers) as producer:
        yield Desk(kafka, settings, producer)


async def test_an_old_version_is_not_sent_behind_a_newer_one_and_is_listed_no_more(desk: Desk) -> None:
    await desk.send(LISTINGS.name, ("l1", b"old"), ("l2", b"only"), ("l1", b"new"))
    old, only = await desk.bury(LISTINGS.name, 0), await desk.bury(LISTINGS.name, 1)
    open_letters = OpenLetters("matching", desk.settings)
    assert await open_letters.count() == 2
    assert await dead_letters.replay([old, only], desk.settings) == [old]
    assert await desk.listed() == []
    assert await open_letters.count() == 0
    assert OPEN_DEAD_LETTERS._value.get() == 0
    assert await desk.values(LISTINGS.name) == [b"old", b"only", b"new", b"only"]


async def test_an_old_tombstone_does_not_erase_what_came_after_it(desk: Desk) -> None:
    await desk.send(LISTINGS.name, ("l1", None), ("l1", b"again"))
    erased = await desk.bury(LISTINGS.name, 0)
    assert await dead_letters.replay([erased], desk.settings) == [erased]
    assert await desk.values(LISTINGS.name) == [None, b"again"]


async def test_the_last_tombstone_of_a_key_is_sent_again(desk: Desk) -> None:
    await desk.send(LISTINGS.name, ("l1", b"there"), ("l1", None), ("l2", b"other"))
    assert await dead_letters.replay([await desk.bury(LISTINGS.name, 1)], desk.settings) == []
    assert await desk.values(LISTINGS.name) == [b"there", None, b"other", None]


async def test_what_compaction_took_away_stays_away(desk: Desk) -> None:
    """Its key was erased later, and the tombstone is gone too: nothing newer is there, and yet it is old."""
    await desk.send(LISTINGS.name, ("l1", b"erased"), ("l2", b"other"))
    letter = replace(await desk.bury(LISTINGS.name, 0), key=b"compacted away")
    assert await dead_letters.replay([letter], desk.settings) == [letter]
    assert await desk.values(LISTINGS.name) == [b"erased", b"other"]


async def test_a_topic_that_keeps_every_record_gets_each_again(desk: Desk) -> None:
    await desk.send(ATTENDANCE_INBOUND.name, ("ada", b"first"), ("ada", b"second"))
    assert await dead_letters.replay([await desk.bury(ATTENDANCE_INBOUND.name, 0)], desk.settings) == []
    assert await desk.values(ATTENDANCE_INBOUND.name) == [b"first", b"second", b"first"]


async def test_the_command_says_what_was_superseded(desk: Desk) -> None:
    await desk.send(LISTINGS.name, ("l1", b"old"), ("l1", b"new"))
    await desk.bury(LISTINGS.name, 0)
    status, output = await desk.command("all")
    assert (status, output.splitlines()) == (
        0,
        [f"{LISTINGS.name}/1/0: superseded by a newer record with the same key", "0 sent again"],
    )
    assert await desk.listed() == []


async def too_large(desk: Desk) -> DeadLetter:
    """A letter of a record that is larger than any event: its content is not kept."""
    await desk.send(ATTENDANCE_INBOUND.name, ("ada", b"x" * 2_000_000))
    return await desk.bury(ATTENDANCE_INBOUND.name, 0)


async def test_a_letter_whose_value_was_not_kept_is_refused_with_where_the_original_is(desk: Desk) -> None:
    letter = await too_large(desk)
    assert (letter.omitted_bytes, letter.sha256) == (2_000_003, sha256(b"x" * 2_000_000).hexdigest())
    with pytest.raises(NotKept, match=r"attendance\.inbound/1/0: its content, 2,000,003 bytes, was not kept, since it has more"):
        await dead_letters.replay([letter], desk.settings)
    status, output = await desk.command(letter.origin)
    assert status == 1
    assert "the original is at that topic/partition/offset as long as the topic keeps it" in output
    assert await desk.listed() == [letter]
    assert await desk.values(ATTENDANCE_INBOUND.name) == [b"x" * 2_000_000]


async def test_replaying_all_leaves_out_whose_value_was_not_kept_and_says_so(desk: Desk) -> None:
    letter = await too_large(desk)
    await desk.send(ATTENDANCE_INBOUND.name, ("ada", b"small"))
    await desk.bury(ATTENDANCE_INBOUND.name, 1)
    status, output = await desk.command("all")
    assert status == 0
    assert output.startswith("left out: attendance.inbound/1/0: its content")
    assert output.endswith("1 sent again\n")
    assert await desk.listed() == [letter]


def by_value(record: Content, _: str) -> Mentioned:
    """A text of ids, separated by spaces, as if these were addresses; with a question mark, others may be in it."""
    ids = (record.value or b"").decode().split()
    return Mentioned(frozenset(ids) - {"?"}, complete="?" not in ids)


def never(record: Content, _: str) -> Mentioned:
    raise AssertionError("it was looked into again")


async def test_an_erasure_reads_whom_a_letter_is_about_and_never_its_content(desk: Desk) -> None:
    await desk.send(ATTENDANCE_INBOUND.name, ("k", b"ada bob"), ("k", b"bob"), ("k", b""))
    for offset in range(3):
        await desk.bury(ATTENDANCE_INBOUND.name, offset, persons_in=by_value)
    assert await dead_letters.forget("matching", frozenset({"ada", "eve"}), never, desk.producer, desk.settings) == 1
    assert [letter.value for letter in await desk.listed()] == [b"bob", b""]


async def test_letters_of_before_are_looked_into_and_one_that_may_be_about_anybody_goes(desk: Desk) -> None:
    await desk.send(ATTENDANCE_INBOUND.name, ("k", b"ada"), ("k", b"bob"), ("k", b"bob ?"))
    for offset in range(3):
        await desk.bury(ATTENDANCE_INBOUND.name, offset)
    assert await dead_letters.forget("matching", frozenset({"ada"}), by_value, desk.producer, desk.settings) == 2
    assert [letter.value for letter in await desk.listed()] == [b"bob"]


async def test_what_could_not_be_erased_is_not_kept_in_the_first_place(desk: Desk) -> None:
    everybody = " ".join(f"p{number}" for number in range(1001)).encode()
    await desk.send(ATTENDANCE_INBOUND.name, ("k", b"bob ?"), ("k", everybody))
    letters = [await desk.bury(ATTENDANCE_INBOUND.name, offset, persons_in=by_value) for offset in range(2)]
    assert [(letter.key, letter.omitted_bytes) for letter in letters] == [(None, 6), (None, len(everybody) + 1)]
    assert {letter.omitted_why for letter in letters} == {"it may be about too many persons to look for, and could not be erased"}


async def test_what_is_beyond_a_sources_hour_is_kept_without_content_and_sent_again_from_its_place(desk: Desk) -> None:
    await desk.send(ATTENDANCE_INBOUND.name, ("ada", b"first"), ("ada", b"second"), ("ada", b"third"))
    few = desk.settings.model_copy(update={"dead_letters_per_source": 1})
    burial = Burial("matching", desk.producer, few)
    for record in await desk.kafka.read(ATTENDANCE_INBOUND.name, 3):
        await burial.bury(record, "because", 3)
    letters = await desk.listed()
    assert [letter.omitted_bytes is None for letter in letters] == [True, False, False]
    assert await dead_letters.replay(letters, desk.settings) == []
    assert (await desk.values(ATTENDANCE_INBOUND.name))[3:] == [b"first", b"second", b"third"]


async def test_pages_hold_so_many_letters_and_those_sent_again_are_on_none(desk: Desk) -> None:
    await desk.send(ATTENDANCE_INBOUND.name, *(("k", b"%d" % number) for number in range(5)))
    letters = [await desk.bury(ATTENDANCE_INBOUND.name, offset) for offset in range(5)]
    await dead_letters.discard([letters[1]], desk.settings)
    first = await dead_letters.page("matching", desk.settings, limit=3)
    assert [letter.value for letter in first.letters] == [b"0", b"2"]
    second = await dead_letters.page("matching", desk.settings, limit=3, after=first.next or 0)
    assert ([letter.value for letter in second.letters], second.next) == ([b"3", b"4"], None)


async def test_the_command_shows_and_discards_by_origin_and_by_event_and_steers_no_terminal(desk: Desk) -> None:
    headers: Headers = [("ce_source", b"tickets"), ("ce_id", b"7"), ("x", b"\x1b[31m")]
    await desk.kafka.send(ATTENDANCE_INBOUND.name, "gr\u00fcn \x1b[2J \x9b2J".encode(), headers, key="k", partition=1)
    letter = await desk.bury(ATTENDANCE_INBOUND.name, 0)
    status, output = await desk.command('["tickets", "7"]', "show")
    assert (status, json.loads(output)["value"]) == (0, "gr\u00fcn \x1b[2J \x9b2J")
    assert output.isascii()
    assert "\x1b" not in output
    status, output = await desk.command("\x1b[2J", "discard")
    assert (status, "\x1b" in output) == (1, False)
    status, output = await desk.command(letter.origin, "discard")
    assert status == 0
    assert "dead_letter_discarded" in output
    assert output.endswith("1 discarded\n")
    assert await desk.listed() == []
    status, output = await desk.command(letter.origin, "discard")
    assert (status, output.startswith("no dead letter attendance.inbound/1/0")) == (1, True)
