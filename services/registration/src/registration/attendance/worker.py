"""Records pending events once their conference or session is announced, and gives up events that waited too long."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from registration.attendance.repository.pending import PendingEvents
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import FAILED, Outcomes
from registration.conferences.repository import Announcements, Conferences
from shared import clock
from shared.contract.envelope import Event, Record, Rejected
from shared.database.mongo import TRANSACTION_SECONDS, Database, Tx
from shared.runtime.background import Work
from shared.transient_errors import TooSlow, described, passes

log = structlog.get_logger(__name__)

WAITING = Gauge("opportunity_desk_attendance_pending", "events whose conference or session is not announced yet")

LOOK_SECONDS: Final = 1.0
EVENTS_PER_TRANSACTION: Final = 100
MAX_EVENTS_PER_TURN: Final = 2000
"""How many events of one conference are recorded before the next conference has its turn."""
CONFERENCES_PER_LOOK: Final = 20
SESSIONS_PER_QUERY: Final = 500
LOOK_AGAIN_FOR: Final = timedelta(seconds=2 * TRANSACTION_SECONDS)
"""How long to look again after an announcement: a transaction that did not see it yet may still add a pending event. Each look
comes after twice the time of the one before, because most such events are added in the first second."""

Bury = Callable[[Record, str], Awaitable[None]]


class PendingWorker:
    """Works through pending events. ``bury`` makes a record a dead letter; ``days`` is how long an event may wait."""

    def __init__(
        self,
        event_recorder: EventRecorder,
        outcomes: Outcomes,
        pending: PendingEvents,
        conferences: Conferences,
        announcements: Announcements,
        database: Database,
        bury: Bury,
        days: float,
    ) -> None:
        self._event_recorder = event_recorder
        self._outcomes = outcomes
        self._pending = pending
        self._conferences = conferences
        self._announcements = announcements
        self._database = database
        self._bury = bury
        self._days = days

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Start the loops of this worker."""
        every(LOOK_SECONDS, self.apply)
        every(60.0, self.expire)
        every(10.0, self.measure)

    async def apply(self) -> None:
        """Record the events that wait for announced conferences, a limited number of each conference."""
        for conference_id, announced_at in await self._announcements.due(clock.now(), CONFERENCES_PER_LOOK):
            looked_at = clock.now()
            waited = max(looked_at - announced_at, timedelta(seconds=LOOK_SECONDS))
            due: datetime | None = looked_at + waited if waited < LOOK_AGAIN_FOR else None
            if await self._apply(conference_id):
                due = looked_at
            await self._announcements.look_again(conference_id, announced_at, due)

    async def _apply(self, conference_id: str) -> bool:
        """Record the events that wait for this conference and its sessions. Returns whether there may be more."""
        conference = await self._conferences.get(conference_id)
        if conference is None:
            return False
        applied = 0
        for sessions in _chunks(["", *conference.sessions]):
            while ids := await self._pending.ready(conference_id, sessions, EVENTS_PER_TRANSACTION):
                await self._record_or_give_up(ids)
                applied += len(ids)
                if applied >= MAX_EVENTS_PER_TURN:
                    return True
        if applied:
            log.info("pending_applied", conference_id=conference_id, events=applied)
        return False

    async def _record_or_give_up(self, ids: list[str]) -> None:
        """Record these events, and give up any that cannot be recorded."""
        try:
            rejected = await self._database.transact(lambda tx: self._record(ids, tx))
        except Exception as error:
            if passes(error) or (isinstance(error, TooSlow) and len(ids) == 1):
                raise
            if len(ids) > 1:  # one by one, so that a faulty one does not delay the others
                for id in ids:
                    await self._record_or_give_up([id])
                return
            log.error("pending_failed", error=described(error))
            await self._give_up(ids, f"could not be recorded: {described(error)}", failed=True)
            return
        for id, reason in rejected.items():
            await self._give_up([id], reason)

    async def _record(self, ids: list[str], tx: Tx) -> dict[str, str]:
        """Record these events. Returns the reasons why some cannot be recorded. These stay pending until they are dead
        letters."""
        events: dict[str, Event] = {}
        rejected: dict[str, str] = {}
        waiting = await self._pending.get_many(ids, tx)
        for pending in waiting:
            try:
                events[pending.id] = pending.unpacked()
            except Rejected as unreadable:
                rejected[pending.id] = str(unreadable)
        await self._event_recorder.record(list(events.values()), tx, {pending.id: pending.received_at for pending in waiting})
        by_event = {id(event): waiting_id for waiting_id, event in events.items()}
        return rejected | {by_event[id(event)]: reason for event, reason in tx.rejected}

    async def expire(self) -> None:
        """Give up events that have waited too long, a limited number at a time."""
        before = clock.now() - timedelta(days=self._days)
        for event in await self._pending.older(before, MAX_EVENTS_PER_TURN):
            conference = await self._conferences.get(event.conference_id)
            unknown = (
                f"session unknown: conference {event.conference_id!r} has no session {event.session_id!r}"
                if conference
                else f"conference unknown: there is no conference {event.conference_id!r}"
            )
            await self._give_up([event.id], f"{unknown}; the event waited {self._days:g} days for it")

    async def _give_up(self, ids: list[str], reason: str, *, failed: bool = False) -> None:
        """Make these events dead letters, then delete them. A crash in between makes the same dead letters again.

        ``failed``: the fault is ours.
        """
        for event in await self._database.transact(lambda tx: self._pending.get_many(ids, tx)):
            await self._bury(event.record, reason)
        shown_reason = FAILED if failed else reason
        await self._database.transact(lambda tx: self._outcomes.give_up(ids, shown_reason, tx, failed=failed))

    async def measure(self) -> None:
        """Count the pending events."""
        WAITING.set(await self._pending.count())


def _chunks(sessions: Iterable[str]) -> Iterator[list[str]]:
    ids = list(sessions)
    return (ids[start : start + SESSIONS_PER_QUERY] for start in range(0, len(ids), SESSIONS_PER_QUERY))
