"""Kafka: the producer by which a service publishes, and the topics, created once the cluster answers."""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError, for_code

from shared.contract.topics import MAX_DEAD_LETTER_BYTES, Topic
from shared.messaging.kafka_connection import client_options
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)


def create_producer(service: str, settings: ServiceSettings) -> AIOKafkaProducer:
    """The producer by which a service publishes: bytes and headers as they are, null headers of dead letters too.

    To be made inside the event loop.
    """
    return AIOKafkaProducer(
        **client_options(settings),
        client_id=service,
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_request_size=MAX_DEAD_LETTER_BYTES,
    )


class TopicUnfit(RuntimeError):
    """A topic is there, but not as the services need it."""


async def ensure_topics(topics: Iterable[Topic], settings: ServiceSettings) -> None:
    """Wait for Kafka, then create the topics that it lacks; or wait for them, with ``create_topics`` false.

    Raises:
        ConnectionError: Kafka did not answer within ``startup_seconds``, or lacks a topic that this service may not create.
        KafkaError: a topic could not be created.
        TopicUnfit: one has fewer partitions than its publishers use, or there are fewer brokers than copies wanted.
    """
    deadline = asyncio.get_running_loop().time() + settings.startup_seconds
    while True:
        admin = AIOKafkaAdminClient(**client_options(settings))
        try:
            await admin.start()
            await _create(admin, topics, settings)
            return
        except (KafkaError, OSError) as error:
            if asyncio.get_running_loop().time() > deadline:
                # The client logs why each connection failed, but does not include that in its exception.
                hint = "" if settings.kafka_security_protocol == "PLAINTEXT" else " (the lines of aiokafka in the log say why)"
                raise ConnectionError(
                    f"Kafka at {settings.kafka_bootstrap_servers} was not ready within {settings.startup_seconds:.0f} s: "
                    f"{error}{hint}"
                ) from error
            await asyncio.sleep(0.5)
        finally:
            await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Iterable[Topic], settings: ServiceSettings) -> None:
    there = set(await admin.list_topics())
    missing = [
        NewTopic(settings.topic_prefix + topic.name, topic.partitions, settings.topic_replicas, topic_configs=topic.config)
        for topic in topics
        if settings.topic_prefix + topic.name not in there
    ]
    needed = {settings.topic_prefix + topic.name: topic.partitions for topic in topics}
    # Kafka answers in an order of its own.
    for description in await admin.describe_topics(sorted(there & needed.keys())):
        name, count = description["topic"], len(description["partitions"])
        if count < needed[name]:
            raise TopicUnfit(f"topic {name} has {count} partitions and needs {needed[name]}")
    if not missing:
        return
    if not settings.create_topics:
        names = ", ".join(topic.name for topic in missing)
        raise ConnectionError(f"it has no topic {names}, or this service may not see it; with CREATE_TOPICS=false, you create it")
    response = await admin.create_topics(missing)
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        if error is InvalidReplicationFactorError:
            copies = settings.topic_replicas
            raise TopicUnfit(f"topic {name} cannot have {copies} copies: TOPIC_REPLICAS must be at most the number of brokers")
        if code and error is not TopicAlreadyExistsError:  # another instance was first
            raise error(f"topic {name} could not be created")
    log.info("topics_created", topics=[topic.name for topic in missing])
