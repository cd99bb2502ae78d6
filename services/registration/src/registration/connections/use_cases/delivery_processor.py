"""Processes deliveries: turns their content into attendance, and ends each delivery."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from registration.attendance.domain.pending import waits_for
from registration.attendance.use_cases.event_lookup import Answer, EventLookup
from registration.attendance.use_cases.intake import Intake
from registration.attendance_event import AttendanceEvent
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.connections.domain.deliveries import KEPT_FOR, Delivery
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import DONE, Deliveries, End
from registration.connections.use_cases.observation_recorder import ObservationOutcome, ObservationRecorder
from registration.systems.adapter import WebhookContent
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared.contract.envelope import Event, Received
from shared.contract.events import NAMES
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Tx
from shared.logging import correlated


@dataclass(frozen=True, slots=True)
class ProcessedDelivery:
    """A delivery that was read: what it says, and what was fetched for it."""

    delivery: Delivery
    content: WebhookContent
    fetched: list[Observation]

    @property
    def observations(self) -> tuple[Observation, ...]:
        return (*self.content.observations, *self.fetched)


class DeliveryProcessor:
    """Turns deliveries into attendance, in the transaction given."""

    def __init__(
        self,
        connections: Connections,
        deliveries: Deliveries,
        conferences: Conferences,
        observation_recorder: ObservationRecorder,
        intake: Intake,
        event_lookup: EventLookup,
    ) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._conferences = conferences
        self._observation_recorder = observation_recorder
        self._intake = intake
        self._event_lookup = event_lookup

    async def apply(self, connection: Connection, processed: Collection[ProcessedDelivery], tx: Tx) -> dict[str, End]:
        """Record what a connection's deliveries say, and end them. Returns how they ended, by their ids.

        A delivery that names an unknown conference or session becomes pending. If its event is a conflict or is rejected, it
        ends so; the event is published all the same, and becomes a dead letter with the reason.

        Raises:
            LeaseLost: another instance has claimed one of them.
        """
        observations = [replace(observation, cause=item.delivery.id) for item in processed for observation in item.observations]
        # Read again: its sessions may have changed since the deliveries were claimed.
        current = await self._connections.get(connection.id, tx.session) or connection
        observed = await self._observation_recorder.record(current, observations, tx)
        conference = (await self._conferences.get_many({current.conference_id}, tx)).get(current.conference_id)
        answers = await self._answers(processed)
        ends = {item.delivery.id: _end(item, answers[item.delivery.id], observed, conference, tx.now) for item in processed}
        await self._deliveries.finish([item.delivery for item in processed], ends, tx)
        for item in processed:
            state, _ = ends[item.delivery.id]
            if state in ("done", "conflict", "rejected"):
                answered = zip(item.content.events, answers[item.delivery.id], strict=True)
                with correlated(item.delivery.id):
                    self._intake.publish((event for event, answer in answered if answer.status != "repeated"), tx)
        return ends

    async def _answers(self, processed: Collection[ProcessedDelivery]) -> dict[str, list[Answer]]:
        """The answers about the deliveries' events, by delivery id."""
        events = [_event(event) for item in processed for event in item.content.events]
        # Not in order: if two have the same id, the recorder decides which comes first.
        answers = iter(await self._event_lookup.answers(events, in_order=False))
        return {item.delivery.id: [next(answers) for _ in item.content.events] for item in processed}


def _end(
    processed: ProcessedDelivery,
    answers: Collection[Answer],
    observed: ObservationOutcome,
    conference: Conference | None,
    now: datetime,
) -> End:
    """How a delivery ends, and why."""
    if processed.content.ignored:
        return "ignored", processed.content.ignored
    object_ids = {observation.object_id for observation in processed.observations}
    if refused := next((observed.refused[id] for id in object_ids if id in observed.refused), ""):
        return "failed", refused
    if refusal := next((answer for answer in answers if answer.status in ("conflict", "rejected")), None):
        return ("conflict" if refusal.status == "conflict" else "rejected"), refusal.reason
    missing = next((observed.pending[id] for id in object_ids if id in observed.pending), "")
    repeated = [answer.reason for answer in answers if answer.status == "repeated"]
    if answers and len(repeated) == len(answers):
        return "done", f"its event {repeated[0]}"
    # The transaction sees the conference as it is: when it changes, pending deliveries are tried again.
    missing = missing or next((reason for event in processed.content.events if (reason := waits_for(event.data, conference))), "")
    if missing and processed.delivery.received_at <= now - KEPT_FOR:
        return "failed", f"given up after {KEPT_FOR.days} days: {missing}"
    return ("pending", missing) if missing else DONE


def _event(event: AttendanceEvent) -> Event:
    """The event in the form in which events are looked up."""
    record = Received(ATTENDANCE_INBOUND.name, None, ())
    return Event(event.id, event.source, NAMES[type(event.data)], event.time, "", event.data, record)
