"""Conferences and their schedules."""

import asyncio
from collections.abc import Iterable
from datetime import date

from registration.conferences.domain import Conference, ConferenceTooLarge
from registration.conferences.repository import Announcements, Conferences
from registration.schedules.process import ScheduleContent
from shared.contract.events.registration import Session
from shared.contract.topics import CONFERENCES
from shared.database.mongo import Tx
from shared.errors import Invalid


class ConferenceScheduler:
    """Announces conferences and changes them, in the transaction given."""

    def __init__(self, conferences: Conferences, announcements: Announcements) -> None:
        self._conferences = conferences
        self._announcements = announcements

    async def schedule(
        self, id: str, name: str, starts: date, ends: date, sessions: Iterable[Session], tx: Tx, field: str = "sessions"
    ) -> tuple[Conference, bool]:
        """Make the conference as given, or change it to this. Returns it, and whether it is new.

        Its abstracts are cut where all of it would not fit into one event.

        Raises:
            Invalid: it does not fit even without abstracts; ``field`` is then the one at fault.
        """
        known = await self._conferences.get(id, tx.session)
        conference = Conference(
            id, known.version if known else 0, name, starts, ends, {session.id: session for session in sessions}
        )
        try:
            await asyncio.to_thread(conference.fit)  # of ten thousand abstracts that takes a while
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
        """Make the conference, or replace its sessions, by what a file says. The name and dates given go before the file's.

        What such files leave out is kept: the skills and the abstract of a session that has some already.

        Returns: the conference, and whether it is new.

        Raises:
            Invalid: where name or dates are missing, there is no session or too much of them, and the conference stays
                as it is.
        """
        known = await self._conferences.get(id, tx.session)
        if not schedule.sessions:
            reasons = "".join(f"; {note.place}: {note.detail}" for note in schedule.notes[:3])
            raise Invalid("body", f"there is no session in this file{reasons}")
        name = name or schedule.name or (known.name if known else None)
        starts = starts or schedule.starts or (known.starts if known else None)
        ends = ends or schedule.ends or (known.ends if known else None)
        if not (name and starts and ends):
            missing = "name" if not name else "starts" if not starts else "ends"
            raise Invalid(f"query.{missing}", f"is not in the file; give it in the request: ?{missing}=")
        if ends < starts:
            raise Invalid("query.ends", f"{ends} is before starts, {starts}")
        sessions = [_with_what_is_known(session, known.sessions if known else {}) for session in schedule.sessions]
        return await self.schedule(id, name, starts, ends, sessions, tx, field="body")


def _with_what_is_known(session: Session, known: dict[str, Session]) -> Session:
    before = known.get(session.id)
    if before is None:
        return session
    return session.model_copy(update={"skills": session.skills or before.skills, "abstract": session.abstract or before.abstract})
