"""What other services told and mails need: listings, applications, who ranked in a round, and how new all that is."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from pymongo import ReplaceOne

from notifications.domain.occasions import Application
from notifications.domain.plans import Meeting
from shared.mongo import Document, MongoDatabase, Tx


@dataclass(frozen=True, slots=True)
class Offered:
    """A listing, as far as mails need it. ``url`` is a stranger's word."""

    id: str
    version: int
    title: str
    organization_id: str
    organization: str
    url: str
    mentors: tuple[str, ...]
    open: bool = True


class Surroundings:
    """Projections of other services' events: each takes only what is newer than what it has."""

    def __init__(self, db: MongoDatabase) -> None:
        self._listings = db["listings"]
        self._applications = db["applications"]
        self._rankings = db["rankings"]
        self._rounds = db["rounds"]
        self._seen = db["seen"]

    async def ensure_indexes(self) -> None:
        await self._listings.create_index("organization_id")
        await self._applications.create_index([("listing_id", 1), ("changed_at", 1)])
        await self._applications.create_index("attendee_id")
        await self._rankings.create_index([("round_id", 1), ("attendee_id", 1)])
        await self._rankings.create_index("attendee_id")

    async def listings(self, ids: Collection[str], tx: Tx) -> dict[str, Offered]:
        """Those of these that are known, whether they are open still or not."""
        if not ids:
            return {}
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _offered(document) async for document in found}

    async def listings_of(self, organization_id: str, tx: Tx) -> list[Offered]:
        found = self._listings.find({"organization_id": organization_id}, session=tx.session)
        return [_offered(document) async for document in found]

    async def save_listing(self, listing: Offered, tx: Tx) -> None:
        document = asdict(listing) | {"_id": listing.id, "mentors": list(listing.mentors)}
        del document["id"]
        await self._listings.replace_one({"_id": listing.id}, document, upsert=True, session=tx.session)

    async def applications(self, ids: Collection[str], tx: Tx) -> dict[str, Application]:
        if not ids:
            return {}
        found = self._applications.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _application(document) async for document in found}

    async def applications_to(self, listing_ids: Collection[str], since: datetime, tx: Tx) -> list[Application]:
        """Those to these listings that changed since then."""
        which = {"listing_id": {"$in": list(listing_ids)}, "changed_at": {"$gte": since}}
        return [_application(document) async for document in self._applications.find(which, session=tx.session)]

    async def applied(self, listing_id: str, attendee_ids: Collection[str], tx: Tx) -> set[str]:
        """Those of the attendees who applied to the listing, whatever came of it."""
        which = {"listing_id": listing_id, "attendee_id": {"$in": list(attendee_ids)}}
        found = self._applications.find(which, {"attendee_id": 1}, session=tx.session)
        return {document["attendee_id"] async for document in found}

    async def save_application(self, application: Application, tx: Tx) -> None:
        document = asdict(application) | {"_id": application.id}
        del document["id"]
        await self._applications.replace_one({"_id": application.id}, document, upsert=True, session=tx.session)

    async def save_round(self, id: str, name: str, tx: Tx) -> None:
        await self._rounds.replace_one({"_id": id}, {"_id": id, "name": name}, upsert=True, session=tx.session)

    async def round_name(self, id: str, tx: Tx) -> str:
        """The round's name; empty where it is not known."""
        document = await self._rounds.find_one({"_id": id}, session=tx.session) if id else None
        return document["name"] if document else ""

    async def rank(self, key: str, round_id: str, attendee_id: str, listings: int, tx: Tx) -> None:
        """An attendee ranked so many listings in a round; none: the ranking was taken back. ``key`` is the ranking's own."""
        which = {"_id": key}
        if listings:
            document = which | {"round_id": round_id, "attendee_id": attendee_id}
            await self._rankings.replace_one(which, document, upsert=True, session=tx.session)
        else:
            await self._rankings.delete_one(which, session=tx.session)

    async def forget_ranking(self, key: str, tx: Tx) -> None:
        await self._rankings.delete_one({"_id": key}, session=tx.session)

    async def forget_application(self, id: str, tx: Tx) -> None:
        await self._applications.delete_one({"_id": id}, session=tx.session)

    async def count_ranked(self, round_id: str, tx: Tx) -> int:
        return await self._rankings.count_documents({"round_id": round_id}, session=tx.session)

    async def seat(self, round_id: str, attendee_id: str, tx: Tx) -> None:
        """The attendee has a seat by that round: clean-up rounds are not for them."""
        which = {"round_id": round_id, "attendee_id": attendee_id}
        await self._rankings.update_many(which, {"$set": {"seated": True}}, session=tx.session)

    async def ranked(self, round_id: str, after: str, most: int, tx: Tx) -> list[str]:
        """The ids after this one, in order, of the attendees who ranked listings in the round and have no seat by it."""
        which = {"round_id": round_id, "attendee_id": {"$gt": after}, "seated": {"$ne": True}}
        found = self._rankings.find(which, {"attendee_id": 1}, session=tx.session).sort("attendee_id").limit(most)
        return [document["attendee_id"] async for document in found]

    async def newer(self, versions: Mapping[str, int], tx: Tx) -> set[str]:
        """Those of the things, by a name, of which this version is newer than all seen; from now on it is seen."""
        if not versions:
            return set()
        found = self._seen.find({"_id": {"$in": list(versions)}}, session=tx.session)
        seen = {document["_id"]: document["version"] async for document in found}
        fresh = {name: version for name, version in versions.items() if version > seen.get(name, 0)}
        if fresh:
            writes = [ReplaceOne({"_id": name}, {"_id": name, "version": new}, upsert=True) for name, new in fresh.items()]
            await self._seen.bulk_write(writes, ordered=False, session=tx.session)
        return set(fresh)

    async def applications_of(self, attendee_id: str, tx: Tx) -> list[Application]:
        found = self._applications.find({"attendee_id": attendee_id}, session=tx.session)
        return [_application(document) async for document in found]

    async def forget(self, person_id: str, tx: Tx) -> None:
        """Nothing is kept of this person's applications and rankings."""
        which = {"attendee_id": person_id}
        await self._applications.delete_many(which, session=tx.session)
        await self._rankings.delete_many(which, session=tx.session)


def _offered(document: Document) -> Offered:
    values = {name: value for name, value in document.items() if name != "_id"}
    return Offered(document["_id"], **values | {"mentors": tuple(document["mentors"])})


def _application(document: Document) -> Application:
    values = {name: value for name, value in document.items() if name != "_id"}
    meeting = Meeting(**document["meeting"]) if document["meeting"] else None
    return Application(document["_id"], **values | {"meeting": meeting})
