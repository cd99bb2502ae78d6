"""Republishing: a service whose database was restored agrees with the others again.

A restored database is older than what the service has published. Readers ignore versions that they know, so they would ignore
whatever it publishes until its versions have caught up. Republishing reads the service's own topics: it takes over what must
hold again (``Recalled``), raises each version above the published one, and publishes all state anew.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple, Self, TypeVar

import structlog
from aiokafka.structs import TopicPartition

from shared.contract.envelope import Event, Rejected, unpack
from shared.contract.topics import Topic
from shared.database.mongo import Database, Document, Tx
from shared.database.versions import Versions
from shared.messaging.dead_letters.reading import reader, until
from shared.messaging.kafka import create_producer, ensure_topics
from shared.messaging.outbox import Relay
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

Thing = TypeVar("Thing")

TOGETHER: Final = 100
"""How many things are read or published in one transaction."""
_MOST_WAITING: Final = 5
"""How many of these transactions may wait in the outbox."""
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recalled:
    """A topic of the service's own that tells what must hold again, such as who was erased.

    ``apply`` gets its events, like a consumer's handler. What is known already changes nothing.
    """

    topic: Topic
    apply: Callable[[list[Event], Tx], Awaitable[None]]
    together: int = TOGETHER
    newest: bool = False
    """Whether only the newest event of each key counts. All of them are in memory at once."""


@dataclass(frozen=True, slots=True)
class Republished:
    """A topic that tells of the things in a collection. ``publish`` gets their documents, with raised versions."""

    topic: Topic
    versions: Versions
    publish: Callable[[list[Document], Tx], Awaitable[None]]

    @classmethod
    def each(
        cls,
        topic: Topic,
        versions: Versions,
        read: Callable[[list[Document]], Iterable[Thing]],
        event_of: Callable[[Thing], Any],
        key_of: Callable[[Thing], str] = attrgetter("id"),
    ) -> Self:
        """Where the event of each thing is made of it alone. ``read`` makes the things of their documents."""

        async def publish(documents: list[Document], tx: Tx) -> None:
            for thing in read(documents):
                event = event_of(thing)
                tx.publish(topic, key_of(thing), event, version=event.version, republished=True)

        return cls(topic, versions, publish)


class Count(NamedTuple):
    """How many things of a topic were published again, and how many others it tells of that are not known here."""

    topic: str
    published: int
    unknown: int


class Republisher:
    """Republishes, whether or not the service is running. After an interruption it resumes, and repeating it is harmless."""

    def __init__(self, service: str, database: Database, settings: ServiceSettings) -> None:
        self._service = service
        self._database = database
        self._settings = settings
        self._progress = database.db["republishing"]

    async def run(
        self, recalled: Sequence[Recalled], republished: Sequence[Republished], *, forget_unknown: bool = False
    ) -> list[Count]:
        """Republish. With ``forget_unknown``, readers forget what was published and is not known here.

        Raises:
            ConnectionError: Kafka did not answer in time.
            KafkaError: Kafka failed.
        """
        await ensure_topics([*(each.topic for each in recalled), *(each.topic for each in republished)], self._settings)
        for each in recalled:
            await self._recall(each)
        producer = create_producer(self._service, self._settings)
        await producer.start()
        relay = Relay(self._database, producer, self._settings.topic_prefix)
        try:
            counts = [await self._republish(each, relay, forget_unknown=forget_unknown) for each in republished]
            await self._drain(relay, 0)
            return counts
        finally:
            await relay.release()
            await producer.stop()

    async def _recall(self, what: Recalled) -> None:
        newest: dict[str, Event] = {}
        async with aclosing(self._events(what.topic, what.together)) as batches:
            async for events in batches:
                if what.newest:
                    newest |= {event.key: event for event in events}
                else:
                    await self._database.transact(partial(what.apply, events))
        if newest:
            await self._database.transact(partial(what.apply, list(newest.values())))

    async def _republish(self, what: Republished, relay: Relay, *, forget_unknown: bool) -> Count:
        unknown = await self._raise(what)
        published = 0
        while page := await self._database.transact(partial(self._publish_next, what)):
            published += page
            await self._drain(relay, _MOST_WAITING)
        if forget_unknown:
            await self._database.transact(partial(_forget, what.topic, sorted(unknown)))
        log.info("republished", topic=what.topic.name, published=published, unknown=len(unknown))
        return Count(what.topic.name, published, len(unknown))

    async def _raise(self, what: Republished) -> set[str]:
        """Raise versions to the published ones. Returns the keys that were published, not erased, and are not known here."""
        unknown: set[str] = set()
        async with aclosing(self._events(what.topic, TOGETHER)) as batches:
            async for events in batches:
                versions = {event.key: getattr(event.data, "version", 0) for event in events if event.data}
                missing = await self._database.transact(partial(what.versions.lift, versions))
                for event in events:
                    unknown.discard(event.key)
                    if event.data and event.key in missing:
                        unknown.add(event.key)
        return unknown

    async def _publish_next(self, what: Republished, tx: Tx) -> int:
        """Publish the next things, and note how far it is. Returns how many; 0 at the end."""
        progress = await self._progress.find_one({"_id": what.topic.name}, session=tx.session)
        documents = await what.versions.raise_next(progress["after"] if progress else "", TOGETHER, tx)
        if documents:
            after = {"$set": {"after": documents[-1]["_id"]}}
            await self._progress.update_one({"_id": what.topic.name}, after, upsert=True, session=tx.session)
            await what.publish(documents, tx)
        else:
            await self._progress.delete_one({"_id": what.topic.name}, session=tx.session)
        return len(documents)

    async def _drain(self, relay: Relay, most: int) -> None:
        """Publish what waits in the outbox, or wait until the running service has: no more than ``most`` documents are left."""
        while await self._database.outbox_holds(most + 1):
            await relay.publish_rest()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _events(self, topic: Topic, together: int) -> AsyncGenerator[list[Event]]:
        """What the topic holds now, in batches; a key's events in their order. What is no valid event is left out."""
        events: list[Event] = []
        async with reader(self._settings) as consumer:
            name = self._settings.topic_prefix + topic.name
            partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async for record in until(await consumer.end_offsets(partitions), consumer):
                try:
                    events.append(unpack(record, topic))
                except Rejected as rejected:
                    log.warning("event_skipped", topic=topic.name, offset=record.offset, reason=str(rejected))
                if len(events) == together:
                    yield events
                    events = []
        if events:
            yield events


async def _forget(topic: Topic, keys: Sequence[str], tx: Tx) -> None:
    for key in keys:
        tx.erase(topic, key)
