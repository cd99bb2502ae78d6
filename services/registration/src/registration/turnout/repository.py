"""The latest turnouts in MongoDB, and the data they are counted from."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from registration.turnout.domain import Presence
from shared.contract.events.registration import TurnoutCounted
from shared.database.leases import Leases
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions

BATCH: Final = 200
"""How many attendees are read at once: few, because counting blocks the event loop."""


class Turnouts:
    """Stores the turnout of each conference as it was last published, and the lease on counting."""

    def __init__(self, db: MongoDatabase) -> None:
        self._turnouts = db["turnout"]
        self.versions = Versions(self._turnouts)
        self._attendees = db["attendees"]
        self._identities = db["identities"]
        self.leases = Leases(db["leases"])

    async def published(self, tx: Tx) -> dict[str, TurnoutCounted]:
        """The turnouts as last published, by conference."""
        found = await self._turnouts.find({}, session=tx.session).to_list(None)
        return {turnout.conference_id: turnout for turnout in self.of(found)}

    @staticmethod
    def of(documents: Iterable[Document]) -> list[TurnoutCounted]:
        """The turnouts that these documents hold."""
        return [
            TurnoutCounted.model_validate({field: document[field] for field in TurnoutCounted.model_fields})
            for document in documents
        ]

    async def get(self, conference_id: str) -> TurnoutCounted | None:
        """The turnout of a conference as last published; None if nobody came yet."""
        document = await self._turnouts.find_one({"_id": conference_id}, {"_id": 0})
        return TurnoutCounted.model_validate(document) if document else None

    async def save(self, turnout: TurnoutCounted, tx: Tx) -> None:
        document = {"_id": turnout.conference_id, **turnout.model_dump()}
        await self._turnouts.replace_one({"_id": turnout.conference_id}, document, upsert=True, session=tx.session)

    # The data that is counted

    async def merged(self) -> dict[str, str]:
        """The person id of each merged attendee."""
        found = self._identities.find({"group.1": {"$exists": True}}, {"group": 1})
        return {id: document["group"][0] async for document in found for id in document["group"]}

    async def presences(self) -> AsyncIterator[list[Presence]]:
        """Where all attendees were, in batches."""
        shown = {"attendance": 1, "own_details.matching": 1, "event_details.matching": 1}
        cursor = self._attendees.find({}, shown, batch_size=BATCH)
        while documents := await cursor.to_list(BATCH):
            yield [_presence(document) for document in documents]


def _presence(document: Document) -> Presence:
    consent = document["own_details"].get("matching") or document["event_details"].get("matching")
    attendance = {(kind, conference, subject) for kind, conference, subjects, _ in document["attendance"] for subject in subjects}
    return Presence(document["_id"], attendance, consented=bool(consent and consent[2]))
