"""Ideas, and what is known of organizations beyond how to reach their staff: projections of the listings service's events."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime

from notifications.rules.domain.ideas import Idea
from notifications.work_batches import TOGETHER, drop
from shared.contract.events.listings import OrganizationChanged
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save_if_newer


class IdeaProjections:
    """Stores ideas, the names of organizations, and which of their mentors are away."""

    def __init__(self, db: MongoDatabase) -> None:
        self._ideas = db["ideas"]
        self._organizations = db["organizations"]

    async def ensure_indexes(self) -> None:
        await self._ideas.create_index("attendee_id")
        await self._ideas.create_index("over_at")

    async def get(self, id: str, tx: Tx) -> Idea | None:
        document = await self._ideas.find_one({"_id": id}, session=tx.session) if id else None
        return _idea(document) if document else None

    async def of_author(self, attendee_id: str, tx: Tx) -> list[Idea]:
        return [_idea(document) async for document in self._ideas.find({"attendee_id": attendee_id}, session=tx.session)]

    async def save(self, idea: Idea, tx: Tx) -> None:
        values = asdict(idea)
        document = {"_id": values.pop("id")} | values | {"asked": [[id, version] for id, version in idea.asked.items()]}
        await self._ideas.replace_one({"_id": idea.id}, document, upsert=True, session=tx.session)

    async def forget(self, id: str, tx: Tx) -> None:
        await self._ideas.delete_one({"_id": id}, session=tx.session)

    async def save_organizations(self, organizations: Iterable[OrganizationChanged], tx: Tx) -> None:
        """Save the names of these organizations and their mentors who are away, unless newer versions of them are known."""
        documents: list[Document] = [
            {
                "_id": one.organization_id,
                "version": one.version,
                "name": one.name,
                "away": [
                    {"person_id": post.person_id, "until": post.away_until.isoformat()}
                    for post in one.staff
                    if post.mentor and post.away_until
                ],
            }
            for one in organizations
        ]
        await save_if_newer(self._organizations, documents, tx)

    async def organization_name(self, id: str, tx: Tx) -> str:
        """The organization's name; "" if it is not known."""
        document = await self._organizations.find_one({"_id": id}, session=tx.session) if id else None
        return document["name"] if document else ""

    async def mentors_away(self, organization_ids: Collection[str], today: date, tx: Tx) -> set[str]:
        """The ids of these organizations' mentors who look after nobody new on this day."""
        if not organization_ids:
            return set()
        # Documents of earlier releases do not say who is away.
        found = self._organizations.find({"_id": {"$in": list(organization_ids)}}, {"away": 1}, session=tx.session)
        return {
            one["person_id"]
            async for document in found
            for one in document.get("away", [])
            if today <= date.fromisoformat(one["until"])
        }

    async def sweep(self, before: datetime, tx: Tx) -> bool:
        """Delete a batch of ideas that ended before. Returns whether there may be more."""
        return await drop(self._ideas, {"over_at": {"$lt": before}}, tx) == TOGETHER


def _idea(document: Document) -> Idea:
    return from_document(Idea, document, id=document["_id"], asked=dict(document["asked"]))
