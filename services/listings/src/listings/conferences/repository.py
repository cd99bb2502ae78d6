"""MongoDB: conferences that people read about and choose from."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from shared.contract.events.registration import ConferenceBrand
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save_if_newer


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference as last published by registration."""

    id: str
    version: int
    name: str
    sessions: list[list[str]]
    """The id and title of each."""
    skills: list[str]
    """The topics of its sessions, each once."""
    brand: ConferenceBrand | None = None
    """None: it looks like the rest of the site."""


class ConferencesRepository:
    """Conferences, by their ids."""

    def __init__(self, db: MongoDatabase) -> None:
        self._conferences = db["conferences"]

    async def named(self, ids: Collection[str]) -> dict[str, str]:
        """The names of those of these conferences that are known, by their ids."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, {"name": 1}, sort=[("name", 1)])
        return {document["_id"]: document["name"] async for document in found}

    async def get_many(self, ids: Collection[str]) -> list[Conference]:
        """Those of these conferences that are known, with their sessions, in the order of their names."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, sort=[("name", 1)])
        return [_conference(document) async for document in found]

    async def get(self, id: str) -> Conference | None:
        """The conference; None if it is not known."""
        document = await self._conferences.find_one({"_id": id})
        return _conference(document) if document else None

    async def skills(self, ids: Collection[str], most: int) -> list[str]:
        """Skills that sessions of these conferences are about, each once, ``most`` at most."""
        found = self._conferences.find({"_id": {"$in": list(ids)}}, {"skills": 1})
        return skills_of([document["skills"] async for document in found], most)

    async def save(self, conferences: Iterable[Conference], tx: Tx) -> None:
        """Store each conference, unless a newer version of it is known."""
        await save_if_newer(self._conferences, map(_document, conferences), tx)


def _document(conference: Conference) -> Document:
    document = asdict(conference) | {"brand": conference.brand and conference.brand.model_dump()}
    return {"_id": document.pop("id"), **document}


def _conference(document: Document) -> Conference:
    return from_document(Conference, document, id=document["_id"], brand=ConferenceBrand.stored(document.get("brand")))


def skills_of(conferences: Iterable[Iterable[str]], most: int) -> list[str]:
    """Of the skills of each conference, each once, ``most`` at most."""
    skills = {skill.casefold(): skill for conference in conferences for skill in conference}
    return sorted(skills.values(), key=str.casefold)[:most]
