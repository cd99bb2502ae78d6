"""Transactions and the outbox on real servers: what commits is published, in order; what does not is not."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from local_stack import start_mongodb
from shared import tracing
from shared.contract.events.listings import ListingWithdrawn
from shared.contract.topics import LISTINGS, topics_of
from shared.database.mongo import Database, DatabaseUnfit, Tx
from shared.database.outbox_documents import outbox_events
from shared.messaging.kafka import TopicUnfit, create_producer, ensure_topics
from shared.messaging.outbox import Relay
from shared.settings import ServiceSettings
from support.kafka import Kafka, cloud_event, wait_for_leaders
from support.patience import until
from support.traced import traced, traceparent


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    await ensure_topics(topics_of("listings"), ServiceSettings())
    await wait_for_leaders(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"])
    database = Database("listings", ServiceSettings())
    yield database
    database.close()


@pytest.fixture
async def producer(environment: dict[str, str]) -> AsyncIterator[AIOKafkaProducer]:
    producer = create_producer("listings", ServiceSettings())
    await producer.start()
    yield producer
    await producer.stop()


def relay(database: Database, producer: AIOKafkaProducer) -> Relay:
    return Relay(database, producer, ServiceSettings().topic_prefix)


def withdrawn(key: str, version: int) -> ListingWithdrawn:
    return ListingWithdrawn(listing_id=key, version=version, reason="closed")


async def count_up(database: Database, key: str = "l1") -> int:
    """One more version of an aggregate, as any use case makes it: read, decide, save, publish."""

    async def work(tx: Tx) -> int:
        known = await database.db["counters"].find_one({"_id": key}, session=tx.session)
        version = (known["version"] if known else 0) + 1
        document = {"_id": key, "version": version}
        if known:
            await database.db["counters"].replace_one({"_id": key}, document, session=tx.session)
        else:
            await database.db["counters"].insert_one(document, session=tx.session)
        tx.publish(LISTINGS, key, withdrawn(key, version), version=version, partition=0)
        return version

    return await database.transact(work)


async def versions(kafka: Kafka, count: int) -> list[int]:
    return [json.loads(record.value)["version"] for record in await kafka.read("listings.listings", count)]


async def distinct_versions(kafka: Kafka, count: int) -> list[int]:
    """The versions once there are so many, each once: an event that comes again, as after a lost lease, has the same id."""

    def by_id(records: list[ConsumerRecord]) -> dict[bytes | None, int]:
        return {dict(record.headers)["ce_id"]: json.loads(record.value)["version"] for record in records}

    records = await kafka.read("listings.listings", until=lambda seen: len(by_id(seen)) == count)
    return list(by_id(records).values())


async def test_a_failed_transaction_leaves_and_publishes_nothing(database: Database, producer: AIOKafkaProducer) -> None:
    async def work(tx: Tx) -> None:
        await database.db["counters"].insert_one({"_id": "x"}, session=tx.session)
        tx.publish(LISTINGS, "x", withdrawn("x", 1), version=1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.transact(work)
    assert await database.db["counters"].count_documents({}) == 0
    assert await database.outbox.count_documents({}) == 0


async def test_concurrent_changes_of_one_aggregate_are_all_made_and_published_in_order(
    database: Database, producer: AIOKafkaProducer, kafka: Kafka
) -> None:
    other = Database("listings", ServiceSettings())
    await asyncio.gather(*(count_up(one) for one in [database, other] * 10))
    other.close()
    publishing = asyncio.create_task(relay(database, producer).run())
    assert await versions(kafka, 20) == list(range(1, 21))
    publishing.cancel()


async def test_the_outbox_is_in_the_order_of_the_commits_whatever_the_machines_clocks_say(database: Database) -> None:
    for _ in range(5):
        await count_up(database)
    documents = await database.outbox.find(sort=[("order", 1)]).to_list(None)
    assert [json.loads(outbox_events(document)[0]["value"])["version"] for document in documents] == [1, 2, 3, 4, 5]
    assert len({document["order"] for document in documents}) == 5
    assert await database.outbox_waits_since() == documents[0]["created_at"]


async def test_the_relay_knows_that_nothing_waits_until_something_is_committed(
    database: Database, producer: AIOKafkaProducer
) -> None:
    await count_up(database)
    one = relay(database, producer)
    assert not one.idle, "it has not looked yet"
    publishing = asyncio.create_task(one.run())
    await until(lambda: one.idle)
    assert await database.outbox.count_documents({}) == 0
    publishing.cancel()
    await count_up(database)
    assert not one.idle


async def test_what_is_published_leads_back_to_the_request_that_caused_it_and_the_relay_to_both(
    database: Database, producer: AIOKafkaProducer, kafka: Kafka
) -> None:
    with traced() as spans:
        for name in ("first", "second"):
            with tracing.span(name):
                await count_up(database)
        publishing = asyncio.create_task(relay(database, producer).run())
        first, second = [dict(record.headers) for record in await kafka.read("listings.listings", 2)]
        await until(lambda: sum(len(span.links) for span in spans.named("publish")) == 2)
        publishing.cancel()
    for headers, name in ((first, "first"), (second, "second")):
        assert headers["traceparent"] == headers["ce_traceparent"] == traceparent(spans.named(name)[0]).encode()
    linked = [cause.name for span in spans.named("publish") for name in ("first", "second") for cause in spans.linked(span, name)]
    assert linked == ["first", "second"]


async def stop(relay: Relay, running: asyncio.Task[None]) -> None:
    """What a service does when it stops."""
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await relay.publish_rest()
    await relay.release()


async def test_of_two_relays_one_publishes_and_the_other_takes_over_when_it_goes(
    database: Database, producer: AIOKafkaProducer, kafka: Kafka
) -> None:
    first, second = relay(database, producer), relay(database, producer)
    running = asyncio.create_task(first.run())
    await count_up(database)
    assert await distinct_versions(kafka, 1) == [1]
    standby = asyncio.create_task(second.run())
    await count_up(database)
    assert await distinct_versions(kafka, 2) == [1, 2]
    await stop(first, running)
    await count_up(database)
    assert await distinct_versions(kafka, 3) == [1, 2, 3]
    await stop(second, standby)


class Unconfirmed(AIOKafkaProducer):  # type: ignore[misc]
    """Sends to Kafka, and hears that Kafka has it only once it may."""

    def __init__(self) -> None:
        super().__init__(bootstrap_servers=ServiceSettings().kafka_bootstrap_servers, enable_idempotence=True)
        self.sent, self.may_hear = asyncio.Event(), asyncio.Event()

    async def send(self, *args: Any, **options: Any) -> asyncio.Future[object]:
        confirmation = await super().send(*args, **options)
        self.sent.set()

        async def heard() -> object:
            await self.may_hear.wait()
            return await confirmation

        return asyncio.ensure_future(heard())


async def test_a_relay_that_is_stopped_while_it_publishes_ends_that_and_publishes_nothing_twice(
    database: Database, kafka: Kafka
) -> None:
    async with Unconfirmed() as producer:
        stopped = relay(database, producer)
        running = asyncio.create_task(stopped.run())
        await count_up(database)
        await producer.sent.wait()
        await count_up(database)
        stopping = asyncio.create_task(stop(stopped, running))
        await asyncio.sleep(0)
        producer.may_hear.set()
        await stopping
    assert await database.outbox.count_documents({}) == 0
    await kafka.send("listings.listings", {"version": 3}, cloud_event("end"), key="l1", partition=0)
    assert await versions(kafka, 3) == [1, 2, 3]


async def test_a_crash_between_publishing_and_deleting_publishes_the_same_event_again(
    database: Database, producer: AIOKafkaProducer, kafka: Kafka
) -> None:
    await count_up(database)
    documents = await database.outbox.find().to_list(None)
    publishing = relay(database, producer)
    await publishing.publish_rest()
    await database.outbox.insert_many(documents)  # as if the delete had not come
    await publishing.publish_rest()
    records = await kafka.read("listings.listings", 2)
    assert records[0].headers == records[1].headers
    assert dict(records[0].headers)["ce_id"] == b"listings.listings/l1@1/0"
    assert await database.outbox.count_documents({}) == 0


async def test_a_mongodb_without_transactions_is_refused_with_what_to_do(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = await asyncio.to_thread(start_mongodb, tmp_path_factory.mktemp("standalone"), standalone=True)
    try:
        database = Database("listings", ServiceSettings(mongodb_uri=server.url))
        with pytest.raises(DatabaseUnfit, match="replica set"):
            await database.wait_until_fit(10)
        database.close()
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_server_that_does_not_come_ends_the_start_with_its_name(environment: dict[str, str]) -> None:
    nowhere = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1", mongodb_uri="mongodb://127.0.0.1:1", startup_seconds=1)
    with pytest.raises(ConnectionError, match=r"MongoDB did not answer within 1 s"):
        await Database("listings", nowhere).wait_until_fit(1)
    with pytest.raises(ConnectionError, match=r"Kafka at 127.0.0.1:1 was not ready within 1 s"):
        await ensure_topics(topics_of("listings"), nowhere)


async def test_more_copies_than_brokers_end_the_start_with_the_setting(environment: dict[str, str]) -> None:
    settings = ServiceSettings(topic_replicas=99)
    with pytest.raises(TopicUnfit, match=r"cannot have 99 copies: TOPIC_REPLICAS must be at most the number of brokers"):
        await ensure_topics(topics_of("listings"), settings)
