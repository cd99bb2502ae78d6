"""Erases persons from Kafka: within a minute after the database.

A compacted topic is told by a tombstone (``Tx.erase``). What remains are the records that came in about the person, and
dead letters. Records of a topic that is not compacted cannot be erased one by one: all that was applied is deleted up to
where the person may be, since it is kept only to be applied.
"""

from collections.abc import Collection, Set
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import IncompatibleBrokerVersion, LeaderNotAvailableError, UnsupportedVersionError

from shared.contract.topics import Topic
from shared.database.mongo import Database, Tx
from shared.messaging import dead_letters
from shared.messaging.dead_letters import Content, PersonsIn
from shared.messaging.kafka_connection import client_options
from shared.metrics import Age
from shared.persons import Mentioned
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

AGE: Final = Age(
    "opportunity_desk_erasures_oldest_age_seconds",
    "the age of the oldest erasure that topics have not followed yet",
)

Offsets = dict[TopicPartition, int]


class Erasures:
    """The persons whom a service has erased from its database, and not yet from its dead letters and from ``inbound``.

    ``persons_in`` gives the persons whom a record may be about that becomes a dead letter.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        settings: ServiceSettings,
        persons_in: PersonsIn,
        inbound: Topic | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self.persons_in = persons_in
        self._inbound = settings.topic_prefix + inbound.name if inbound else None
        self._database = database
        self._erasures = database.db["erasures"]
        self._ends: dict[str, Offsets] = {}
        """For each person, where ``inbound`` ended when the erasure was first seen here: the person may be before that."""

    async def add(self, ids: Collection[str], tx: Tx) -> None:
        """Erase these persons from the topics too, once this is committed."""
        for id in ids:
            await self._erasures.replace_one({"_id": id}, {"_id": id, "at": tx.now}, upsert=True, session=tx.session)

    async def _done(self, ids: Collection[str], tx: Tx) -> None:
        # In a transaction, as they are added: a write outside of one waits for those inside, and some servers never end that.
        await self._erasures.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def purge(self, producer: AIOKafkaProducer) -> None:
        """Do what can be done by now. To be called again and again.

        Raises:
            KafkaError: Kafka does not answer.
        """
        asked = {document["_id"]: document["at"] async for document in self._erasures.find({}).limit(1000)}
        AGE.waits_since(min(asked.values(), default=None))
        ids = set(asked)
        if not ids:
            return
        if self._inbound:
            ids &= await self._delete_applied(ids, self._inbound)
        if not ids:
            return
        # Last: what was still to be read may have become a dead letter.
        erased = await dead_letters.forget(self._service, frozenset(ids), self.persons_in, producer, self._settings)
        await self._database.transact(lambda tx: self._done(ids, tx))
        AGE.waits_since(min((at for id, at in asked.items() if id not in ids), default=None))
        for id in ids:
            self._ends.pop(id, None)
        log.info("erased_from_topics", persons=len(ids), dead_letters=erased)

    async def _delete_applied(self, ids: Set[str], topic: str) -> set[str]:
        """Delete the records of the topic that these persons may be in, as far as they are applied.

        Returns those of the persons who are not in it any more.
        """
        admin = AIOKafkaAdminClient(**client_options(self._settings))
        try:
            await admin.start()
            ends = await self._end_offsets(topic)
            for id in ids:
                self._ends.setdefault(id, ends)
            committed = await admin.list_consumer_group_offsets(self._settings.topic_prefix + self._service)
            applied = {place: at.offset for place, at in committed.items() if place.topic == topic}
            passed = {id for id in ids if all(applied.get(place, 0) >= end for place, end in self._ends[id].items())}
            until = {place: max(self._ends[id][place] for id in passed) for place in ends} if passed else {}
            to_delete = {place: RecordsToDelete(end) for place, end in until.items() if end > 0}
            if to_delete:
                await admin.delete_records(to_delete)
        except (UnsupportedVersionError, IncompatibleBrokerVersion) as error:
            # The in-memory broker, for a look around. Its records last until it stops.
            log.warning("records_not_deleted", topic=topic, error=repr(error))
            return set(ids)
        finally:
            await admin.close()
        return passed

    async def _end_offsets(self, topic: str) -> Offsets:
        consumer = AIOKafkaConsumer(topic, **client_options(self._settings), enable_auto_commit=False)
        try:
            await consumer.start()
            if not (numbers := consumer.partitions_for_topic(topic)):
                raise LeaderNotAvailableError(f"no partition of {topic} is known")  # and so nothing would be to be deleted
            ends: Offsets = await consumer.end_offsets([TopicPartition(topic, number) for number in numbers])
            return ends
        finally:
            await consumer.stop()


def persons_by_key(record: Content, reason: str) -> Mentioned:
    """For a service that knows persons by their ids only: the key of the records of each topic that it reads."""
    key = (record.key or b"").decode(errors="replace")
    # An id has no comma, and is short.
    return Mentioned(frozenset({key} if key and "," not in key and len(key) <= 256 else ()))
