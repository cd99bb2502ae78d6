"""Registration's attendance written the usual way: what ``shared`` does about delivery is measured against it.

As FastStream's tutorial has it: one message at a time, the body a pydantic model, one subscriber with a filter for each
type, and the default acknowledgement policy, ACK_FIRST (``ACK_POLICY=ACK`` and so on chooses another). Each message is one
transaction of the very same use case, with the very same outbox and relay.

    PYTHONPATH=tests python -m bench.usual
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn
from faststream import AckPolicy
from faststream.asgi import AsgiFastStream, make_ping_asgi
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import BaseModel

from registration.attendance.domain.capacity import Capacity
from registration.attendance.domain.pending import MAX_PENDING
from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import Outcomes
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.attendees.repository.identities import Identities
from registration.attendees.use_cases import Profiles
from registration.conferences.repository import Conferences
from registration.connections.repository.deliveries import Deliveries
from registration.connections.use_cases.delivery_rejections import DeliveryRejections
from registration.settings import Settings
from shared.contract.envelope import STRUCTURED, Event, Received, Rejected
from shared.contract.events import NAMES, TYPES
from shared.contract.events.attendance import CheckedIn, PersonMet, Reverted, SessionAttended
from shared.contract.events.fields import Moment
from shared.contract.topics import ATTENDANCE_INBOUND, topics_of
from shared.database.mongo import Database, Tx
from shared.messaging.kafka import create_producer, ensure_topics
from shared.messaging.outbox import Relay

settings = Settings()
database = Database("registration", settings)

attendees, facts, conferences = Attendees(database.db), Facts(database.db), Conferences(database.db)
profiles = Profiles(attendees, facts, conferences)
capacity = Capacity(MAX_PENDING, MAX_PENDING)
outcomes = Outcomes(
    PendingEvents(database.db),
    Rejections(database.db),
    DeliveryRejections(Deliveries(database.db)).mark,
    settings.person_key,
    capacity,
)
event_recorder = EventRecorder(attendees, facts, Identities(database.db), conferences, profiles, outcomes, settings.person_key)

broker = KafkaBroker(settings.kafka_bootstrap_servers)
attendance = broker.subscriber(
    settings.topic_prefix + ATTENDANCE_INBOUND.name,
    group_id=settings.topic_prefix + "usual",
    auto_offset_reset="earliest",
    ack_policy=AckPolicy[os.environ.get("ACK_POLICY", "ACK_FIRST")],
)


class CloudEvent(BaseModel):
    """The attributes of an event; in structured mode with its data."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: Moment
    data: dict[str, Any] = {}


def of_type(model: type[BaseModel]) -> Callable[[KafkaMessage], bool]:
    return lambda message: message.headers.get("ce_type") == NAMES[model]


@attendance(filter=lambda message: (message.content_type or "").startswith(STRUCTURED))
async def on_structured(body: bytes) -> None:
    event = CloudEvent.model_validate_json(body)
    await record(event, TYPES[event.type].model_validate(event.data))


@attendance(filter=of_type(CheckedIn))
async def on_checked_in(data: CheckedIn, message: KafkaMessage) -> None:
    await record(attributes(message), data)


@attendance(filter=of_type(SessionAttended))
async def on_session_attended(data: SessionAttended, message: KafkaMessage) -> None:
    await record(attributes(message), data)


@attendance(filter=of_type(PersonMet))
async def on_person_met(data: PersonMet, message: KafkaMessage) -> None:
    await record(attributes(message), data)


@attendance(filter=of_type(Reverted))
async def on_reverted(data: Reverted, message: KafkaMessage) -> None:
    await record(attributes(message), data)


def attributes(message: KafkaMessage) -> CloudEvent:
    return CloudEvent.model_validate({name.removeprefix("ce_"): value for name, value in message.headers.items()})


async def record(event: CloudEvent, data: BaseModel) -> None:
    """One message, one transaction. A rejected event raises: FastStream logs it and does as its policy says."""

    async def work(tx: Tx) -> list[tuple[Event, str]]:
        raw = Received(ATTENDANCE_INBOUND.name, None, ())
        await event_recorder.record([Event(event.id, event.source, event.type, event.time, "", data, raw)], tx)
        return tx.rejected

    for _, reason in await database.transact(work):
        raise Rejected(reason)


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    await ensure_topics(topics_of("registration"), settings)
    producer = create_producer("usual", settings)
    await producer.start()
    relay = asyncio.create_task(Relay(database, producer, settings.topic_prefix).run())
    try:
        yield
    finally:
        relay.cancel()
        await producer.stop()


app = AsgiFastStream(broker, lifespan=lifespan, asgi_routes=[("/health/ready", make_ping_asgi(broker, timeout=5.0))])

if __name__ == "__main__":
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
