"""Applying pending events once their conference or session is announced, and giving up those that waited too long."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from registration.attendance.domain.pending import PendingEvent
from registration.attendance.repository.pending import PendingEvents
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import FAILED, Outcomes
from registration.conferences.repository import Announcements, Conferences
from shared import clock
from shared.contract.envelope import Event, Record, Rejected, unpack
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import TRANSACTION_SECONDS, Database, Tx
from shared.failures import TooSlow, described, passes
from shared.service import Work

log = structlog.get_logger(__name__)

WAITING = Gauge("attendance_pending", "pending events: their conference or session is not known yet")

LOOK_SECONDS: Final = 1.0
TOGETHER: Final = 100
"""Events that are applied in one transaction."""
MAX_EVENTS_PER_TURN: Final = 2000
"""Events of one conference that are applied before it is the others' turn."""
CONFERENCES_AT_ONCE: Final = 20
SESSIONS_TOGETHER: Final = 500
LOOK_AGAIN: Final = timedelta(seconds=2 * TRANSACTION_SECONDS)
"""For so long after it was announced, a transaction that did not see it yet may leave something that waits for it."""

Bury = Callable[[Record, str], Awaitable[None]]


class PendingWorker:
    """Works through what waits. ``bury`` dead-letters a record; ``days`` is how long an event may wait."""

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
        """Have it work by loops of the service."""
        every(LOOK_SECONDS, self.apply)
        every(60.0, self.expire)
        every(10.0, self.measure)

    async def apply(self) -> None:
        """Apply what waits for conferences that were announced, a part of each."""
        for conference_id, announced_at in await self._announcements.due(clock.now(), CONFERENCES_AT_ONCE):
            if await self._apply(conference_id):
                due: datetime | None = clock.now()
            else:
                due = announced_at + LOOK_AGAIN
                due = due if due > clock.now() else None
            await self._announcements.look_again(conference_id, announced_at, due)

    async def _apply(self, conference_id: str) -> bool:
        """Apply what waits for this conference and its sessions. Returns whether there may be more."""
        conference = await self._conferences.get(conference_id)
        if conference is None:
            return False
        applied = 0
        for sessions in _parts(["", *conference.sessions]):
            while ids := await self._pending.ready(conference_id, sessions, TOGETHER):
                await self._take(ids)
                applied += len(ids)
                if applied >= MAX_EVENTS_PER_TURN:
                    return True
        if applied:
            log.info("pending_applied", conference_id=conference_id, events=applied)
        return False

    async def _take(self, ids: list[str]) -> None:
        """Apply these events, and give up those that cannot be applied."""
        try:
            rejected = await self._database.transact(lambda tx: self._record(ids, tx))
        except Exception as error:
            if passes(error) or (isinstance(error, TooSlow) and len(ids) == 1):
                raise
            if len(ids) > 1:  # each for itself, so that one does not keep the others waiting
                for id in ids:
                    await self._take([id])
                return
            log.error("pending_failed", error=described(error))
            await self._give_up(ids, f"could not be applied: {described(error)}", failed=True)
            return
        for id, reason in rejected.items():
            await self._give_up([id], reason)

    async def _record(self, ids: list[str], tx: Tx) -> dict[str, str]:
        """Record these events. Returns why some cannot be: these wait on, until they are kept as dead letters."""
        events: dict[str, Event] = {}
        rejected: dict[str, str] = {}
        waiting = await self._pending.get_many(ids, tx)
        for one in waiting:
            try:
                events[one.id] = _event(one)
            except Rejected as unreadable:
                rejected[one.id] = str(unreadable)
        await self._event_recorder.record(list(events.values()), tx, {one.id: one.received_at for one in waiting})
        by_event = {id(event): waiting_id for waiting_id, event in events.items()}
        return rejected | {by_event[id(event)]: reason for event, reason in tx.rejected}

    async def expire(self) -> None:
        """Give up what has waited too long, a part of it."""
        before = clock.now() - timedelta(days=self._days)
        for one in await self._pending.older(before, MAX_EVENTS_PER_TURN):
            conference = await self._conferences.get(one.conference_id)
            unknown = (
                f"session unknown: conference {one.conference_id!r} has no session {one.session_id!r}"
                if conference
                else f"conference unknown: there is no conference {one.conference_id!r}"
            )
            await self._give_up([one.id], f"{unknown}; this waited {self._days:g} days for it")

    async def _give_up(self, ids: list[str], reason: str, *, failed: bool = False) -> None:
        """Make dead letters of these events. Only then are they forgotten: a crash in between makes the same ones again.

        ``failed``: the fault is ours.
        """
        for one in await self._database.transact(lambda tx: self._pending.get_many(ids, tx)):
            await self._bury(one.record, reason)
        shown_reason = FAILED if failed else reason
        await self._database.transact(lambda tx: self._outcomes.give_up(ids, shown_reason, tx, failed=failed))

    async def measure(self) -> None:
        """Count what waits."""
        WAITING.set(await self._pending.count())


def _event(one: PendingEvent) -> Event:
    return unpack(one.record, ATTENDANCE_INBOUND)


def _parts(sessions: Iterable[str]) -> Iterator[list[str]]:
    ids = list(sessions)
    return (ids[start : start + SESSIONS_TOGETHER] for start in range(0, len(ids), SESSIONS_TOGETHER))
