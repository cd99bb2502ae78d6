"""Publishes attendance as another system would: with a Kafka client and the CloudEvents SDK, and no code of the services."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cloudevents.core.bindings.kafka import KafkaMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import KafkaError, Message, Producer

TOPIC = "attendance.inbound"


class PublishError(Exception):
    """The broker did not confirm every message."""


@dataclass(frozen=True)
class Broker:
    """Where and how to publish. Turn `idempotence` off only for a broker without idempotent producers."""

    bootstrap_servers: str
    topic: str = TOPIC
    idempotence: bool = True


def messages(events: Iterable[dict[str, Any]], structured_every: int = 5) -> Iterator[KafkaMessage]:
    """Yield each CloudEvent as a Kafka message, every `structured_every`th in structured mode, the others in binary mode.

    The extension attribute `partitionkey` becomes the message's key, and is left out of its headers.
    """
    for number, event in enumerate(events, start=1):
        attributes = {name: value for name, value in event.items() if name not in ("data", "partitionkey")}
        attributes["time"] = datetime.fromisoformat(event["time"])
        encode = to_structured_event if number % structured_every == 0 else to_binary_event
        unkeyed = encode(CloudEvent(attributes, event["data"]))
        yield replace(unkeyed, key=event.get("partitionkey"))


def publish(events: Iterable[dict[str, Any]], broker: Broker, timeout: float = 30.0) -> int:
    """Publish `events` in order, and return how many the broker confirmed.

    Raises `PublishError` if an event was refused, or not confirmed within `timeout` seconds.
    """
    producer = Producer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "client.id": "badge-scanners",
            "acks": "all",
            "enable.idempotence": broker.idempotence,
            "linger.ms": 20,
            "message.timeout.ms": int(timeout * 1000),
        }
    )
    confirmed = 0
    refused: list[str] = []

    def on_delivery(error: KafkaError | None, _: Message) -> None:
        nonlocal confirmed
        if error is None:
            confirmed += 1
        else:
            refused.append(error.str())

    for message in messages(events):
        headers: dict[str, str | bytes] = {**message.headers}
        producer.produce(broker.topic, message.value, message.key, headers=headers, on_delivery=on_delivery)
        producer.poll(0)
    unconfirmed = producer.flush(timeout)
    if refused or unconfirmed:
        raise PublishError(f"{len(refused)} refused ({', '.join(sorted(set(refused)))}), {unconfirmed} unconfirmed")
    return confirmed
