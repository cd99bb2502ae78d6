"""Follows what registration says of conferences."""

from listings.conferences.repository import Conference, ConferencesRepository
from shared.contract.envelope import Event
from shared.contract.events.registration import ConferenceScheduled
from shared.database.mongo import Tx


class ConferenceNames:
    """Keeps what conferences are called and what they are about, in the transaction given."""

    def __init__(self, repository: ConferencesRepository) -> None:
        self._repository = repository

    async def follow(self, events: list[Event], tx: Tx) -> None:
        """Take over the newest version of each conference."""
        newest: dict[str, ConferenceScheduled] = {}
        for event in events:
            if isinstance(event.data, ConferenceScheduled):
                known = newest.get(event.data.conference_id)
                if known is None or known.version < event.data.version:
                    newest[event.data.conference_id] = event.data
        for id, said in newest.items():
            skills = {skill.casefold(): skill for session in said.sessions for skill in session.skills}
            titles = [[session.id, session.title] for session in said.sessions]
            await self._repository.save(Conference(id, said.version, said.name, titles, list(skills.values()), said.brand), tx)
