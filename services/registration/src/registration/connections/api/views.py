"""Webhooks and the status of a connection as operators see them."""

from datetime import datetime

from pydantic import BaseModel, Field

from registration.attendees.domain.attendance import source_and_id
from registration.connections.domain.deliveries import Delivery, State


class WebhookReceipt(BaseModel):
    """A webhook is stored, and will be processed."""

    delivery: str = Field(description="the delivery's id; the same for repeats of a webhook")
    repeated: bool = Field(default=False, description="whether this same attempt was received before; then nothing changes")


class EventId(BaseModel):
    """An event by its source and id: `GET /attendance?source=…&id=…` returns its outcome."""

    source: str
    id: str


class DeliveryView(BaseModel):
    """A webhook, without its content.

    - `waiting`: it will be processed, or retried.
    - `pending`: it waits for the conference or session that it names.
    - `done`: its content is stored; if its event was already known, `reason` says so.
    - `ignored`: it contains nothing of interest here.
    - `conflict`: another event of its source has the id of its event, with other content.
    - `rejected`: an event that it led to could not be recorded.
    - `failed`: it could not be processed; its body is kept, and it can be tried again.

    The event of a `conflict` or `rejected` one is a dead letter. A `done` one can still become either for some seconds, until
    its event is recorded.
    """

    id: str
    state: State
    received_at: datetime
    attempts: int
    reason: str = Field(description="why it is in this state or will be retried, or what it waits for")
    event: EventId | None = Field(default=None, description="the event that could not be recorded")
    next_attempt_at: datetime | None


class DeliveryList(BaseModel):
    """A page of a connection's webhooks, the latest first."""

    deliveries: list[DeliveryView]


class Retried(BaseModel):
    """How many webhooks are retried."""

    deliveries: int


class ConnectionStatus(BaseModel):
    """The state of a connection's API. Times are null for what has not happened yet."""

    problem: str = Field(description="why fetching fails; empty if it works")
    problem_at: datetime | None
    fetched_at: datetime | None = Field(description="when the API last responded, to within a minute")
    polled_at: datetime | None = Field(description="when the last complete poll ended")
    next_poll_at: datetime | None


def delivery_view(delivery: Delivery) -> DeliveryView:
    """A delivery as operators see it."""
    return DeliveryView(
        id=delivery.id,
        state=delivery.state,
        received_at=delivery.received_at,
        attempts=delivery.attempts,
        reason=delivery.reason,
        next_attempt_at=delivery.due_at if delivery.state == "waiting" else None,
        event=_event_id(delivery.event) if delivery.event else None,
    )


def _event_id(fact_id: str) -> EventId:
    source, id = source_and_id(fact_id)
    return EventId(source=source, id=id)
