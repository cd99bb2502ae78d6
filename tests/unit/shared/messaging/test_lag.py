"""How many records a consumer has still to read, as its metrics tell it."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition

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
    await Reports("label", "prefix.").measure_lag(reading)
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
