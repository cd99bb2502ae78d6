"""Working deliveries off: what they said becomes attendance, and each is told what became of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from registration.domain.conferences import Conference
from registration.domain.connections import Connection
from registration.domain.deliveries import KEPT_FOR, Delivery
from registration.domain.objects import Sighting
from registration.domain.pending import lacking
from registration.repository.conferences import Conferences
from registration.repository.connections import Connections
from registration.repository.deliveries import DONE, Deliveries, End
from registration.systems.base import Reading, Told
from registration.use_cases.door import Answer, Door
from registration.use_cases.intake import Intake, Statement
from registration.use_cases.observing import Observed, Observing
from shared.envelope import Event, Received
from shared.events import NAMES
from shared.events.attendance import Attendance
from shared.logging import correlated
from shared.mongo import Tx
from shared.topics import ATTENDANCE_INBOUND


@dataclass(frozen=True, slots=True)
class WorkedOff:
    """A delivery, what it said, and what was fetched for it."""

    delivery: Delivery
    reading: Reading
    fetched: list[Sighting]

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        return (*self.reading.sightings, *self.fetched)


class Delivered:
    """Makes attendance of deliveries, in the transaction given."""

    def __init__(
        self,
        connections: Connections,
        deliveries: Deliveries,
        conferences: Conferences,
        observing: Observing,
        intake: Intake,
        door: Door,
    ) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._conferences = conferences
        self._observing = observing
        self._intake = intake
        self._door = door

    async def apply(self, connection: Connection, worked_off: Collection[WorkedOff], tx: Tx) -> dict[str, End]:
        """Take over what a connection's deliveries said, and end them. Returns how they ended, by their ids.

        One that speaks of a conference or session that is not known yet is left pending. Of one whose event is a conflict, or
        is rejected, the end says so; its event is passed on all the same, and becomes a dead letter with that reason.

        Raises:
            LeaseLost: another instance has one of them in hand.
        """
        sightings = [replace(seen, cause=one.delivery.id) for one in worked_off for seen in one.sightings]
        # As it is now: its sessions may have been changed since these were taken in hand.
        now = await self._connections.get(connection.id, tx.session) or connection
        observed = await self._observing.observe(now, sightings, tx)
        conference = (await self._conferences.some({now.conference_id}, tx)).get(now.conference_id)
        answers = await self._answers(worked_off)
        ends = {one.delivery.id: _end(one, answers[one.delivery.id], observed, conference, tx.now) for one in worked_off}
        await self._deliveries.finish([one.delivery for one in worked_off], ends, tx)
        for one in worked_off:
            state, _ = ends[one.delivery.id]
            if state in ("done", "conflict", "rejected"):
                answered = zip(one.reading.told, answers[one.delivery.id], strict=True)
                with correlated(one.delivery.id):
                    self._intake.state((_statement(told) for told, answer in answered if answer.status != "repeated"), tx)
        return ends

    async def _answers(self, worked_off: Collection[WorkedOff]) -> dict[str, list[Answer]]:
        """What the door says of the events that the deliveries are, by the deliveries' ids.

        Of two events of one id neither is known before the other: which of them is recorded first is not decided here.
        """
        events = [_event(told) for one in worked_off for told in one.reading.told]
        answers: dict[int, Answer] = {}
        while left := [number for number in range(len(events)) if number not in answers]:
            first = {(events[number].source, events[number].id): number for number in reversed(left)}
            numbers = sorted(first.values())
            answers |= zip(numbers, await self._door.answers([events[number] for number in numbers]), strict=True)
        given = iter(answers[number] for number in range(len(events)))
        return {one.delivery.id: [next(given) for _ in one.reading.told] for one in worked_off}


def _end(one: WorkedOff, answers: Collection[Answer], observed: Observed, conference: Conference | None, now: datetime) -> End:
    """What a delivery comes to, and why."""
    if one.reading.ignored:
        return "ignored", one.reading.ignored
    ids = {seen.object_id for seen in one.sightings}
    if refused := next((observed.refused[id] for id in ids if id in observed.refused), ""):
        return "failed", refused
    if refusal := next((answer for answer in answers if answer.status in ("conflict", "rejected")), None):
        return ("conflict" if refusal.status == "conflict" else "rejected"), refusal.reason
    lacked = next((observed.pending[id] for id in ids if id in observed.pending), "")
    repeated = [answer.reason for answer in answers if answer.status == "repeated"]
    if answers and len(repeated) == len(answers):
        return "done", f"its event {repeated[0]}"
    lacked = lacked or next((reason for told in one.reading.told if (reason := _lacking(told, conference))), "")
    if lacked and one.delivery.received_at <= now - KEPT_FOR:
        return "failed", f"given up after {KEPT_FOR.days} days: {lacked}"
    return ("pending", lacked) if lacked else DONE


def _lacking(told: Told, conference: Conference | None) -> str:
    # As this transaction sees the conference: the next change of it has what is pending tried again.
    return lacking(told.data, conference) if isinstance(told.data, Attendance) else ""


def _statement(told: Told) -> Statement:
    return Statement(told.source, told.id, told.time, told.data)


def _event(told: Told) -> Event:
    """The event, as the door looks it up."""
    record = Received(ATTENDANCE_INBOUND.name, None, ())
    return Event(told.id, told.source, NAMES[type(told.data)], told.time, "", told.data, record)
