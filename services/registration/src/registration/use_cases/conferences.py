"""Conferences and their schedules."""

from collections.abc import Iterable
from datetime import date

from registration.domain.conferences import Conference
from registration.repository.conferences import Conferences
from shared.events.registration import ConferenceScheduled, Session
from shared.mongo import Tx
from shared.topics import CONFERENCES


class Scheduling:
    """Announces conferences and changes them, in the transaction given."""

    def __init__(self, conferences: Conferences) -> None:
        self._conferences = conferences

    async def schedule(self, id: str, name: str, starts: date, ends: date, sessions: Iterable[Session], tx: Tx) -> Conference:
        """Make the conference as given, or change it to this."""
        known = await self._conferences.get(id, tx.session)
        conference = Conference(
            id, known.version if known else 0, name, starts, ends, {session.id: session for session in sessions}
        )
        if conference == known:
            return conference
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
        return conference
