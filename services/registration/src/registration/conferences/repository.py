"""Conferences and their recent announcements, in MongoDB."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time

from motor.motor_asyncio import AsyncIOMotorClientSession

from registration.conferences.domain import Conference, ConferenceName, ScheduleImport
from registration.schedules.process import parts_of, text_of
from registration.schedules.schedule import Note
from registration.value_cache import ValueCache
from shared.contract.events.registration import ConferenceBrand, Session
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions


class Conferences:
    """Conferences, by their ids."""

    def __init__(self, db: MongoDatabase) -> None:
        self._conferences = db["conferences"]
        self.versions = Versions(self._conferences)
        self._cache: dict[str, Conference] = {}
        self._recent = ValueCache(self.get_many)

    async def get_many(self, ids: Collection[str], tx: Tx | None = None) -> dict[str, Conference]:
        """The conferences with these ids that exist. Only changed ones are read completely; the others come from a cache."""
        if not ids:
            return {}
        session = tx.session if tx else None
        now = self._conferences.find({"_id": {"$in": list(ids)}}, {"version": 1}, session=session)
        versions = {document["_id"]: document["version"] async for document in now}
        stale = [id for id, version in versions.items() if id not in self._cache or self._cache[id].version != version]
        if stale:
            async for document in self._conferences.find({"_id": {"$in": stale}}, session=session):
                self._cache[document["_id"]] = _conference(document)
        return {id: self._cache[id] for id in versions}

    async def recent(self, ids: Collection[str]) -> dict[str, Conference]:
        """Like ``get_many``, but up to a second old: another instance of the service may have changed one since."""
        return await self._recent.get_many(ids)

    async def get(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Conference | None:
        document = await self._conferences.find_one({"_id": id}, session=session)
        return _conference(document) if document else None

    async def names(self, ids: Collection[str] | None, after: str, limit: int) -> list[ConferenceName]:
        """The names of these conferences, or of all, by id: the next ones after the id ``after``."""
        wanted: Document = {"_id": {"$gt": after} | ({} if ids is None else {"$in": list(ids)})}
        found = self._conferences.find(wanted, {"name": 1, "starts": 1, "ends": 1}, sort=[("_id", 1)], limit=limit)
        return [ConferenceName(one["_id"], one["name"], one["starts"].date(), one["ends"].date()) async for one in found]

    async def save(self, conference: Conference, tx: Tx) -> None:
        document = {
            "_id": conference.id,
            "version": conference.version,
            "name": conference.name,
            "starts": datetime.combine(conference.starts, time(), UTC),
            "ends": datetime.combine(conference.ends, time(), UTC),
            "sessions": [session.model_dump() for session in conference.sessions.values()],
            "organizers": [list(organizer) for organizer in conference.organizers.items()],
            "brand": conference.brand and conference.brand.model_dump(),
        }
        await self._conferences.replace_one({"_id": conference.id}, document, upsert=True, session=tx.session)
        self._recent.forget([conference.id])

    async def count(self) -> int:
        return await self._conferences.count_documents({})

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Conference]:
        """The conferences that these documents hold."""
        return [_conference(document) for document in documents]


class ScheduleImports:
    """The result of each conference's last import of a schedule: an organizer sees it on the page after the form."""

    def __init__(self, db: MongoDatabase) -> None:
        self._imports = db["schedule_imports"]

    async def get(self, conference_id: str) -> ScheduleImport | None:
        """The conference's last import; None if there was none."""
        document = await self._imports.find_one({"_id": conference_id})
        if document is None:
            return None
        notes = [Note(text_of(place), text_of(detail)) for place, detail in document["notes"]]
        return ScheduleImport(document["sessions"], notes, document["noted"], document["changed"])

    async def save(self, conference_id: str, imported: ScheduleImport, tx: Tx) -> None:
        document = {
            "_id": conference_id,
            "sessions": imported.sessions,
            "notes": [[parts_of(note.place), parts_of(note.detail)] for note in imported.notes],
            "noted": imported.noted,
            "changed": imported.changed,
        }
        await self._imports.replace_one({"_id": conference_id}, document, upsert=True, session=tx.session)


class Announcements:
    """Recently announced or changed conferences, for the worker that records the events that wait for them."""

    def __init__(self, db: MongoDatabase) -> None:
        self._announced = db["announced"]

    async def ensure_indexes(self) -> None:
        await self._announced.create_index("due")

    async def add(self, conference_id: str, tx: Tx) -> None:
        """Make the worker look for events that wait for this conference or its sessions."""
        announcement = {"_id": conference_id, "at": tx.now, "due": tx.now}
        await self._announced.replace_one({"_id": conference_id}, announcement, upsert=True, session=tx.session)

    async def due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        """The conferences that are due, longest overdue first, each with the time of its announcement."""
        found = self._announced.find({"due": {"$lte": now}}, sort=[("due", 1)], limit=limit)
        return [(document["_id"], document["at"]) async for document in found]

    async def look_again(self, conference_id: str, announced_at: datetime, due: datetime | None) -> None:
        """Look again at ``due``; if it is None, stop. A conference that was announced again meanwhile stays due."""
        announcement = {"_id": conference_id, "at": announced_at}
        if due:
            await self._announced.update_one(announcement, {"$set": {"due": due}})
        else:
            await self._announced.delete_one(announcement)


def _conference(document: Document) -> Conference:
    sessions = (Session.model_construct(**session) for session in document["sessions"])
    return Conference(
        id=document["_id"],
        version=document["version"],
        name=document["name"],
        starts=document["starts"].date(),
        ends=document["ends"].date(),
        sessions={session.id: session for session in sessions},
        organizers=dict(document.get("organizers", [])),
        brand=ConferenceBrand.stored(document.get("brand")),
    )
