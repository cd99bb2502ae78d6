"""Counts a service's open dead letters, for Prometheus, without rereading those counted before."""

import asyncio
from typing import Final

from aiokafka.structs import TopicPartition

from shared.contract.topics import dead_letters
from shared.messaging.dead_letters.letters import letter_of
from shared.messaging.dead_letters.reading import reader, until
from shared.metrics import OPEN_DEAD_LETTERS
from shared.settings import ServiceSettings

COUNT_SECONDS: Final = 240.0
"""Between two counts, besides ``_QUIET_SECONDS``."""
_QUIET_SECONDS: Final = 60.0
"""A service that starts has other things to read first."""
_MOST_READ: Final = 10_000
"""Records that are read in one go."""
_MOST_COUNTED: Final = 100_000
"""Letters that are kept count of: each takes about 150 bytes of memory."""


class OpenLetters:
    """The letters that nobody has sent again, discarded or erased, as far as the topic has been read."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self._service = service
        self._settings = settings
        self._partition = TopicPartition(settings.topic_prefix + dead_letters(service).name, 0)
        self._offsets: dict[bytes, int] = {}
        """Of each open letter, by its key."""
        self._next = 0

    async def measure(self) -> None:
        """Wait a while, then count. Call it repeatedly."""
        await asyncio.sleep(_QUIET_SECONDS)
        await self.count()

    async def count(self) -> int:
        """Read what has come since the last time, and set the gauge.

        Raises:
            KafkaError: Kafka does not answer.
        """
        async with reader(self._settings) as consumer:
            consumer.assign([self._partition])
            first = (await consumer.beginning_offsets([self._partition]))[self._partition]
            end = (await consumer.end_offsets([self._partition]))[self._partition]
            begin = max(self._next, first)
            if begin < end:
                consumer.seek(self._partition, begin)
                self._next = min(end, begin + _MOST_READ)
                async for record in until({self._partition: self._next}, consumer):
                    self._note(record.key, record.offset, is_letter=letter_of(self._service, record) is not None)
        self._offsets = {key: offset for key, offset in self._offsets.items() if offset >= first}
        OPEN_DEAD_LETTERS.set(len(self._offsets))
        return len(self._offsets)

    def _note(self, key: bytes | None, offset: int, *, is_letter: bool) -> None:
        if not is_letter or key is None:
            self._offsets.pop(key or b"", None)
        elif key in self._offsets or len(self._offsets) < _MOST_COUNTED:
            self._offsets[key] = offset
