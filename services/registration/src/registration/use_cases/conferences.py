"""Conferences and their schedules."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from registration.domain.conferences import Conference
from registration.repository.conferences import Conferences
from registration.schedules.schedule import Schedule
from shared.events.registration import ConferenceScheduled, Session
from shared.mongo import Tx
from shared.problems import invalid
from shared.topics import CONFERENCES

MAX_SESSIONS_BYTES: Final = 5 * 1024 * 1024
"""The most that the sessions of a conference may take as JSON: they go into one event and one document."""


class Scheduling:
    """Announces conferences and changes them, in the transaction given."""

    def __init__(self, conferences: Conferences) -> None:
        self._conferences = conferences

    async def schedule(
        self, id: str, name: str, starts: date, ends: date, sessions: Iterable[Session], tx: Tx
    ) -> tuple[Conference, bool]:
        """Make the conference as given, or change it to this. Returns it, and whether it is new."""
        known = await self._conferences.get(id, tx.session)
        conference = Conference(
            id, known.version if known else 0, name, starts, ends, {session.id: session for session in sessions}
        )
        if conference == known:
            return conference, False
        conference.version += 1
        await self._conferences.save(conference, tx)
        event = ConferenceScheduled(
            conference_id=id,
            version=conference.version,
            name=name,
            starts=starts,
            ends=ends,
            sessions=list(conference.sessions.values()),
        )
        tx.publish(CONFERENCES, id, event, version=conference.version)
        return conference, known is None

    async def take_over(
        self, id: str, schedule: Schedule, name: str | None, starts: date | None, ends: date | None, tx: Tx
    ) -> tuple[Conference, bool]:
        """Make the conference, or replace its sessions, by what a file says. The name and dates given go before the file's.

        What such files do not tell is kept: the skills of a session that has some already.

        Returns: the conference, and whether it is new.

        Raises:
            Problem: 422, where name or dates are missing or there is no session, and the conference stays as it is.
        """
        known = await self._conferences.get(id, tx.session)
        if not schedule.sessions:
            reasons = "".join(f"; {note.place}: {note.detail}" for note in schedule.notes[:3])
            raise invalid("body", f"there is no session in this file{reasons}")
        name = name or schedule.name or (known.name if known else None)
        starts = starts or schedule.starts or (known.starts if known else None)
        ends = ends or schedule.ends or (known.ends if known else None)
        if not (name and starts and ends):
            missing = "name" if not name else "starts" if not starts else "ends"
            raise invalid(f"query.{missing}", f"is not in the file; give it in the request: ?{missing}=")
        if ends < starts:
            raise invalid("query.ends", f"{ends} is before starts, {starts}")
        sessions = [_with_skills(session, known.sessions if known else {}) for session in schedule.sessions]
        size = sum(len(session.model_dump_json()) for session in sessions)
        if size > MAX_SESSIONS_BYTES:
            raise invalid("body", f"titles, topics and skills take {size:,} bytes; at most {MAX_SESSIONS_BYTES:,} are kept")
        return await self.schedule(id, name, starts, ends, sessions, tx)


def _with_skills(session: Session, known: dict[str, Session]) -> Session:
    before = known.get(session.id)
    return session if session.skills or not before else session.model_copy(update={"skills": before.skills})
