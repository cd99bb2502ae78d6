"""How many records a consumer has still to read, as its metrics tell it."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from shared import metrics
from shared.messaging.consumer_reports import Reports


class Reading:
    """A consumer of one topic: where it is, and from where to where the records go."""

    def __init__(
        self, topic: str, done: dict[int, int], records: dict[int, tuple[int, int]], fetched: dict[int, int] | None = None
    ) -> None:
        """``fetched``: up to where a fetch has told of records."""
        self._done = {TopicPartition(topic, number): offset for number, offset in done.items()}
        self._records = {TopicPartition(topic, number): ends for number, ends in records.items()}
        self._fetched = fetched or {}
        self.asked: list[str] = []

    def assignment(self) -> set[TopicPartition]:
        return set(self._records)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self._fetched.get(partition.partition)

    async def committed_offsets(self) -> dict[TopicPartition, int]:
        self.asked.append("committed")
        return dict(self._done)

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        self.asked.append("beginning")
        return {partition: self._records[partition][0] for partition in partitions}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        self.asked.append("end")
        return {partition: self._records[partition][1] for partition in partitions}


async def lags(topic: str, reading: Any) -> dict[str, float]:
    await Reports("group", [topic], "prefix.").measure_lag(reading)
    [family] = metrics.LAG.collect()
    return {sample.labels["partition"]: sample.value for sample in family.samples if sample.labels["topic"] == topic}


async def test_the_lag_is_what_comes_after_the_committed_offset_or_all_there_is() -> None:
    topic = uuid4().hex
    reading = Reading(f"prefix.{topic}", {0: 4, 1: 9, 2: 0}, {0: (0, 10), 1: (3, 9), 2: (0, 2), 3: (5, 8)})
    assert await lags(topic, reading) == {"0": 6, "1": 0, "2": 2, "3": 3}


async def test_kafka_is_asked_as_often_whatever_the_number_of_partitions() -> None:
    topic = uuid4().hex
    reading = Reading(topic, dict.fromkeys(range(50), 1), dict.fromkeys(range(50), (0, 1)))
    assert set((await lags(topic, reading)).values()) == {0}
    assert reading.asked == ["committed", "end"], "where nothing is committed, also for the beginning"


async def test_kafka_is_not_asked_where_everything_fetched_is_done() -> None:
    topic = uuid4().hex
    reading = Reading(topic, {0: 4, 1: 9}, {0: (0, 4), 1: (3, 12), 2: (0, 0)}, {0: 4, 1: 12, 2: 0})
    assert await lags(topic, reading) == {"0": 0, "1": 3, "2": 0}
    reading = Reading(topic, {0: 4}, {0: (0, 4), 1: (0, 0)}, {0: 4, 1: 0})
    assert await lags(topic, reading) == {"0": 0, "1": 0, "2": 0}
    assert reading.asked == ["committed"]


async def test_kafka_is_asked_nothing_from_when_all_is_done_until_more_comes() -> None:
    topic = uuid4().hex
    reports: Any = Reports("group", [topic], "")
    reading = Reading(topic, {0: 4}, {0: (0, 4)}, {0: 4})
    for _ in range(3):
        await reports.measure_lag(reading)
    assert reading.asked == ["committed"]
    more = Reading(topic, {0: 4}, {0: (0, 6)}, {0: 6})
    await reports.measure_lag(more)
    await reports.measure_lag(more)
    assert more.asked == ["committed", "end"] * 2, "as long as there is a lag"
    done = Reading(topic, {0: 6}, {0: (0, 6)}, {0: 6})
    await reports.measure_lag(done)
    reports.received([Read(topic, 1)])
    await reports.measure_lag(done)
    assert done.asked == ["committed"] * 2, "what was received may have changed it"


@dataclass
class Read:
    """A record as a consumer reads it."""

    topic: str
    seconds_ago: float
    partition: int = 0

    @property
    def timestamp(self) -> int:
        return int((time.time() - self.seconds_ago) * 1000)


class Timeless(Read):
    timestamp = 0


def age(topic: str) -> float:
    labels = {"group": "group", "topic": topic}
    return REGISTRY.get_sample_value("opportunity_desk_consumer_lag_seconds", labels) or 0


async def test_the_age_is_that_of_the_oldest_record_in_hand_until_nothing_is_left() -> None:
    topic = uuid4().hex
    reports: Any = Reports("group", [topic], "prefix.")
    reports.received([Read(f"prefix.{topic}", 50), Read(f"prefix.{topic}", 400), Read(f"prefix.{topic}", 70, partition=1)])
    await reports.measure_lag(Reading(f"prefix.{topic}", {0: 1, 1: 3}, {0: (0, 2), 1: (0, 3)}))
    assert 400 <= age(topic) < 410
    await reports.measure_lag(Reading(f"prefix.{topic}", {0: 2, 1: 3}, {0: (0, 2), 1: (0, 3)}))
    assert age(topic) == 0


async def test_what_was_never_fetched_waits_since_it_was_seen() -> None:
    topic = uuid4().hex
    reports = Reports("group", [topic], "prefix.")
    unread: Any = Reading(f"prefix.{topic}", {0: 1}, {0: (0, 2)})
    await reports.measure_lag(unread)
    await asyncio.sleep(0.01)
    first = age(topic)
    assert first > 0, "nor since it is measured again"
    await reports.measure_lag(unread)
    assert first <= age(topic) < 10


async def test_a_partition_that_went_to_another_instance_has_neither_lag_nor_age_here() -> None:
    topic = uuid4().hex
    reports: Any = Reports("group", [topic], "prefix.")
    reports.received([Read(f"prefix.{topic}", 400)])
    await reports.measure_lag(Reading(f"prefix.{topic}", {0: 0}, {0: (0, 2)}))
    reports.revoked([TopicPartition(f"prefix.{topic}", 0)])
    assert age(topic) == 0
    labels = {"group": "group", "topic": topic, "partition": "0"}
    assert REGISTRY.get_sample_value("opportunity_desk_consumer_lag", labels) is None


async def test_a_record_without_a_time_waits_since_it_was_seen() -> None:
    topic = uuid4().hex
    reports: Any = Reports("group", [topic], "prefix.")
    reports.received([Timeless(f"prefix.{topic}", 0)])
    await reports.measure_lag(Reading(f"prefix.{topic}", {0: 0}, {0: (0, 1)}))
    assert 0 <= age(topic) < 10
