"""Keeps conferences up to date with registration."""

from listings.conferences.repository import Conference, ConferencesRepository
from shared.contract.envelope import Event
from shared.contract.events.registration import ConferenceScheduled
from shared.database.mongo import Tx


class ConferenceNames:
    """Keeps conferences' names and topics, in the caller's transaction."""

    def __init__(self, repository: ConferencesRepository) -> None:
        self._repository = repository

    async def follow(self, events: list[Event], tx: Tx) -> None:
        """Store each conference, unless a newer version is stored."""
        conferences = [_conference(event.data) for event in events if isinstance(event.data, ConferenceScheduled)]
        await self._repository.save(conferences, tx)


def _conference(said: ConferenceScheduled) -> Conference:
    skills = {skill.casefold(): skill for session in said.sessions for skill in session.skills}
    titles = [[session.id, session.title] for session in said.sessions]
    return Conference(said.conference_id, said.version, said.name, titles, list(skills.values()), said.brand)
