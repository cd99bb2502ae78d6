"""Announces conferences and imports their schedules."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

from registration.conferences.domain import Conference, ConferenceTooLarge, ScheduleImport
from registration.conferences.repository import Announcements, Conferences, ScheduleImports
from registration.schedules.fields import Unreadable
from registration.schedules.process import ScheduleContent, read_in_process
from shared.contract.events.registration import Session
from shared.contract.topics import CONFERENCES
from shared.database.mongo import Tx
from shared.refusals import Busy, Invalid
from shared.worded import Worded

_AT_ONCE: Final = 4
"""How many schedule files an instance holds at once."""
MOST_NOTES_KEPT: Final = 50
"""The most notes of an import that are kept."""


class ScheduleReader:
    """Reads schedule files, a few at once. One for each instance of the service."""

    def __init__(self) -> None:
        # One at a time: reading a large file takes many times its size in memory, and a processor.
        self._reading = asyncio.Semaphore(1)
        self._received = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A context in which to receive and read a file.

        Raises:
            Busy: too many files are being read already.
        """
        if self._received.locked():
            raise Busy(
                Worded("%(most)s schedules are already being read, the most at once; try again later", most=_AT_ONCE),
                retry_after=10,
            )
        async with self._received:
            yield

    async def read(self, body: bytes, media_type: str, charset: str = "") -> ScheduleContent:
        """Read the content of a file.

        Raises:
            Invalid: it is not a schedule, or takes too much time or memory to read.
        """
        try:
            async with self._reading:
                return await read_in_process(body, media_type, charset)
        except Unreadable as error:
            raise Invalid(error.place or "body", error.reason) from None


class ConferenceScheduler:
    """Announces conferences and changes them, in the transaction given."""

    def __init__(self, conferences: Conferences, announcements: Announcements, imports: ScheduleImports) -> None:
        self._conferences = conferences
        self._announcements = announcements
        self._imports = imports

    async def schedule(
        self, id: str, name: str, starts: date, ends: date, sessions: Iterable[Session], tx: Tx, field: str = "sessions"
    ) -> tuple[Conference, bool]:
        """Create the conference, or change it. Returns it, and whether it is new.

        Its abstracts are shortened if the conference would not fit into one event.

        Raises:
            Invalid: it does not fit even without abstracts. ``field`` names the field at fault.
        """
        known = await self._conferences.get(id, tx.session)
        conference = Conference(
            id,
            known.version if known else 0,
            name,
            starts,
            ends,
            {session.id: session for session in sessions},
            known.organizers if known else {},
            known.brand if known else None,
        )
        try:
            await asyncio.to_thread(conference.fit)  # slow for ten thousand abstracts
        except ConferenceTooLarge as error:
            raise Invalid(field, str(error)) from None
        if conference == known:
            return conference, False
        conference.version += 1
        await self._conferences.save(conference, tx)
        await self._announcements.add(id, tx)
        tx.publish(CONFERENCES, id, conference.scheduled(), version=conference.version)
        return conference, known is None

    async def import_schedule(
        self, id: str, schedule: ScheduleContent, name: str | None, starts: date | None, ends: date | None, tx: Tx
    ) -> tuple[Conference, bool]:
        """Create the conference from a file, or replace its sessions. A given name or date overrides the file's.

        Skills and abstracts that are missing in the file stay as they are.

        Returns: the conference, and whether it is new.

        Raises:
            Invalid: the name or a date is missing, or there are no sessions, or too many. The conference stays as it is.
        """
        known = await self._conferences.get(id, tx.session)
        if not schedule.sessions:
            reasons = "".join(f"; {note.place}: {note.detail}" for note in schedule.notes[:3])
            raise Invalid("body", Worded("this file has no sessions%(reasons)s", reasons=reasons))
        name = name or schedule.name or (known.name if known else None)
        starts = starts or schedule.starts or (known.starts if known else None)
        ends = ends or schedule.ends or (known.ends if known else None)
        if not (name and starts and ends):
            missing = "name" if not name else "starts" if not starts else "ends"
            raise Invalid(f"query.{missing}", Worded("is not in the file; add it to the request: ?%(missing)s=", missing=missing))
        if ends < starts:
            raise Invalid("query.ends", Worded("%(ends)s is before starts, %(starts)s", ends=ends, starts=starts))
        sessions = [_with_known_details(session, known.sessions if known else {}) for session in schedule.sessions]
        conference, is_new = await self.schedule(id, name, starts, ends, sessions, tx, field="body")
        changed = known is None or conference.version != known.version
        notes = schedule.notes[:MOST_NOTES_KEPT]
        await self._imports.save(id, ScheduleImport(len(schedule.sessions), notes, schedule.noted, changed), tx)
        return conference, is_new


def _with_known_details(session: Session, known: dict[str, Session]) -> Session:
    before = known.get(session.id)
    if before is None:
        return session
    return session.model_copy(update={"skills": session.skills or before.skills, "abstract": session.abstract or before.abstract})
