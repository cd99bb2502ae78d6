"""Prefixes that give each test its own topics and consumer groups."""

import time
from concurrent.futures import Future
from uuid import uuid4

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec

from support.patience import PATIENCE


def new_prefix() -> str:
    """A new, unused prefix."""
    return f"t{uuid4().hex[:12]}."


class Prefixes:
    """Hands out prefixes to tests, and resets them afterwards.

    For Kafka, most of the cost of starting a service is its dozens of new partitions, few of which are ever written to. So
    topics without records are kept for the next test.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers})
        self._clean: list[str] = []

    def close(self) -> None:
        """Close the connection before Kafka is stopped; otherwise, this client would keep logging errors."""
        del self._admin

    def take(self) -> str:
        """A prefix without any record or consumer group."""
        return self._clean.pop() if self._clean else new_prefix()

    def give_back(self, prefix: str) -> None:
        """Reset the prefix for another test."""
        if self._delete_groups(prefix):
            self._delete(self._written(self._topics(prefix)))
            self._clean.append(prefix)
        else:
            self._delete(self._topics(prefix))

    def discard(self, prefix: str) -> None:
        """Delete the topics of this prefix, for good.

        Kafka keeps state for every partition in memory. The topics of a whole test run would fill it, and keep the broker busy
        with garbage collection.
        """
        self._delete(self._topics(prefix))

    def _topics(self, prefix: str) -> dict[str, int]:
        """The topics of the prefix, each with its number of partitions."""
        found = self._admin.list_topics(timeout=PATIENCE).topics
        return {name: len(topic.partitions) for name, topic in found.items() if name.startswith(prefix)}

    def _written(self, topics: dict[str, int]) -> set[str]:
        """The topics that were ever written to."""
        if not topics:
            return set()
        latest: OffsetSpec = OffsetSpec.latest()
        wanted = {TopicPartition(name, number): latest for name, count in topics.items() for number in range(count)}
        ends = self._admin.list_offsets(wanted, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=PATIENCE)
        return {partition.topic for partition, end in ends.items() if _was_written(end)}

    def _delete(self, topics: dict[str, int] | set[str]) -> None:
        """Delete the topics, and wait until they are no longer listed to clients."""
        if not topics:
            return
        for deletion in self._admin.delete_topics([*topics]).values():
            deletion.result()
        while not self._admin.list_topics(timeout=PATIENCE).topics.keys().isdisjoint(topics):
            time.sleep(0.01)

    def _delete_groups(self, prefix: str) -> bool:
        """Delete the consumer groups. Returns whether all are gone: a killed consumer keeps its group for a while."""
        found = self._admin.list_consumer_groups(request_timeout=PATIENCE).result().valid
        groups = [group.group_id for group in found if group.group_id.startswith(prefix)]
        try:
            for deletion in self._admin.delete_consumer_groups(groups).values() if groups else ():
                deletion.result()
        except KafkaException:
            return False
        return True


def _was_written(end: Future[ListOffsetsResultInfo]) -> bool:
    """Whether a partition has, or had, a record. A new topic's partition that has no leader yet counts as written."""
    try:
        return bool(end.result().offset > 0)  # type: ignore[attr-defined]
    except KafkaException:
        return True
