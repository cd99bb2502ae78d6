"""Processing deliveries: their content becomes attendance, and each delivery gets its final state."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from registration.attendance.domain.pending import lacking
from registration.attendance.use_cases.event_lookup import Answer, EventLookup
from registration.attendance.use_cases.intake import Intake
from registration.attendance_event import AttendanceEvent
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.connections.domain.deliveries import KEPT_FOR, Delivery
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import DONE, Deliveries, End
from registration.connections.use_cases.observation_recorder import ObservationOutcome, ObservationRecorder
from registration.systems.base import WebhookContent
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared.contract.envelope import Event, Received
from shared.contract.events import NAMES
from shared.contract.events.attendance import Attendance
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Tx
from shared.logging import correlated


@dataclass(frozen=True, slots=True)
class ProcessedDelivery:
    """A delivery, what it said, and what was fetched for it."""

    delivery: Delivery
    content: WebhookContent
    fetched: list[Observation]

    @property
    def observations(self) -> tuple[Observation, ...]:
        return (*self.content.observations, *self.fetched)


class DeliveryProcessor:
    """Makes attendance of deliveries, in the transaction given."""

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
        """Take over what a connection's deliveries said, and end them. Returns how they ended, by their ids.

        One that speaks of a conference or session that is not known yet is left pending. Of one whose event is a conflict, or
        is rejected, the end says so; its event is passed on all the same, and becomes a dead letter with that reason.

        Raises:
            LeaseLost: another instance has claimed one of them.
        """
        observations = [replace(seen, cause=one.delivery.id) for one in processed for seen in one.observations]
        # As it is now: its sessions may have been changed since these were claimed.
        now = await self._connections.get(connection.id, tx.session) or connection
        observed = await self._observation_recorder.record(now, observations, tx)
        conference = (await self._conferences.get_many({now.conference_id}, tx)).get(now.conference_id)
        answers = await self._answers(processed)
        ends = {one.delivery.id: _end(one, answers[one.delivery.id], observed, conference, tx.now) for one in processed}
        await self._deliveries.finish([one.delivery for one in processed], ends, tx)
        for one in processed:
            state, _ = ends[one.delivery.id]
            if state in ("done", "conflict", "rejected"):
                answered = zip(one.content.events, answers[one.delivery.id], strict=True)
                with correlated(one.delivery.id):
                    self._intake.publish((event for event, answer in answered if answer.status != "repeated"), tx)
        return ends

    async def _answers(self, processed: Collection[ProcessedDelivery]) -> dict[str, list[Answer]]:
        """What the lookup says of the deliveries' events, by the deliveries' ids."""
        events = [_event(event) for one in processed for event in one.content.events]
        # Not in order: of two with one id, the recorder decides which comes first.
        answers = iter(await self._event_lookup.answers(events, in_order=False))
        return {one.delivery.id: [next(answers) for _ in one.content.events] for one in processed}


def _end(
    one: ProcessedDelivery,
    answers: Collection[Answer],
    observed: ObservationOutcome,
    conference: Conference | None,
    now: datetime,
) -> End:
    """What a delivery comes to, and why."""
    if one.content.ignored:
        return "ignored", one.content.ignored
    ids = {seen.object_id for seen in one.observations}
    if refused := next((observed.refused[id] for id in ids if id in observed.refused), ""):
        return "failed", refused
    if refusal := next((answer for answer in answers if answer.status in ("conflict", "rejected")), None):
        return ("conflict" if refusal.status == "conflict" else "rejected"), refusal.reason
    lacked = next((observed.pending[id] for id in ids if id in observed.pending), "")
    repeated = [answer.reason for answer in answers if answer.status == "repeated"]
    if answers and len(repeated) == len(answers):
        return "done", f"its event {repeated[0]}"
    lacked = lacked or next((reason for event in one.content.events if (reason := _lacking(event, conference))), "")
    if lacked and one.delivery.received_at <= now - KEPT_FOR:
        return "failed", f"given up after {KEPT_FOR.days} days: {lacked}"
    return ("pending", lacked) if lacked else DONE


def _lacking(event: AttendanceEvent, conference: Conference | None) -> str:
    # As this transaction sees the conference: the next change of it has what is pending tried again.
    return lacking(event.data, conference) if isinstance(event.data, Attendance) else ""


def _event(event: AttendanceEvent) -> Event:
    """The event, to be looked up."""
    record = Received(ATTENDANCE_INBOUND.name, None, ())
    return Event(event.id, event.source, NAMES[type(event.data)], event.time, "", event.data, record)
