"""Projections of other services' events that mails need: listings, applications, rankings, placements, rounds, nominations."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from notifications.rules.domain.applications import OPEN_AGAIN, Application
from notifications.rules.domain.progress import Progress
from notifications.rules.repository.ideas import IdeaProjections
from notifications.work_batches import TOGETHER, drop
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.wording.conditions import ListingConditions
from shared.wording.dates import Meeting

_CONDITIONS: Final = TypeAdapter(ListingConditions)


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing, as far as mails need it. ``url`` is not checked."""

    id: str
    version: int
    title: str
    organization_id: str
    organization: str
    url: str
    mentors: tuple[str, ...]
    open: bool = True
    closed_at: datetime | None = None
    conditions: ListingConditions = field(default_factory=ListingConditions)


class Projections:
    """Stores the projections; each accepts only newer versions."""

    def __init__(self, db: MongoDatabase) -> None:
        self._listings = db["listings"]
        self._applications = db["applications"]
        self._rankings = db["rankings"]
        self._rounds = db["rounds"]
        self._progress = db["progress"]
        self.ideas = IdeaProjections(db)

    async def ensure_indexes(self) -> None:
        await self.ideas.ensure_indexes()
        await self._listings.create_index("organization_id")
        await self._applications.create_index([("listing_id", 1), ("changed_at", 1)])
        await self._applications.create_index("attendee_id")
        await self._applications.create_index("changed_at")
        await self._rankings.create_index([("round_id", 1), ("attendee_id", 1)])
        await self._rankings.create_index("attendee_id")
        await self._progress.create_index("over_at")
        await self._progress.create_index("listing_id")
        await self._progress.create_index("attendee_id")
        await self._progress.create_index("round_id")

    async def listings(self, ids: Collection[str], tx: Tx) -> dict[str, Listing]:
        """The known listings among these, open or closed."""
        if not ids:
            return {}
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _listing(document) async for document in found}

    async def listings_of(self, organization_id: str, tx: Tx) -> list[Listing]:
        found = self._listings.find({"organization_id": organization_id}, session=tx.session)
        return [_listing(document) async for document in found]

    async def save_listings(self, new: Iterable[Listing], changed: Iterable[Listing], tx: Tx) -> None:
        await save(self._listings, map(_listing_document, new), map(_listing_document, changed), tx)

    async def applications(self, ids: Collection[str], tx: Tx) -> dict[str, Application]:
        if not ids:
            return {}
        found = self._applications.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _application(document) async for document in found}

    async def applications_to(self, listing_ids: Collection[str], since: datetime, tx: Tx) -> list[Application]:
        """The applications to these listings that changed since then."""
        which = {"listing_id": {"$in": list(listing_ids)}, "changed_at": {"$gte": since}}
        return [_application(document) async for document in self._applications.find(which, session=tx.session)]

    async def applied(self, listing_id: str, attendee_ids: Collection[str], tx: Tx) -> set[str]:
        """The attendees among these who applied to the listing, whatever became of it."""
        which = {"listing_id": listing_id, "attendee_id": {"$in": list(attendee_ids)}}
        found = self._applications.find(which, {"attendee_id": 1}, session=tx.session)
        return {document["attendee_id"] async for document in found}

    async def superseded(self, attendee_id: str, at: datetime, tx: Tx) -> list[Application]:
        """The attendee's applications that were superseded at that moment, and have not changed since; by their ids."""
        which = {"attendee_id": attendee_id, "state": "superseded", "changed_at": at}
        return [_application(document) async for document in self._applications.find(which, session=tx.session).sort("_id")]

    async def placements_of(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, list[Progress]]:
        """These attendees' upcoming and current placements."""
        live: dict[str, list[Progress]] = {}
        if not attendee_ids:
            return live
        async for document in self._progress.find({"attendee_id": {"$in": list(attendee_ids)}}, session=tx.session):
            if (placement := _progress(document)).is_live:
                live.setdefault(placement.attendee_id, []).append(placement)
        return live

    async def ruled_out(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, set[str]]:
        """The listings not to be recommended to each attendee: they have or had a placement there, or their application is open,
        or was ended by themselves or the host."""
        found: dict[str, set[str]] = {}
        if not attendee_ids:
            return found
        which = {"attendee_id": {"$in": list(attendee_ids)}}
        applied = which | {"state": {"$nin": list(OPEN_AGAIN)}}
        for collection, selection in ((self._applications, applied), (self._progress, which)):
            async for document in collection.find(selection, {"attendee_id": 1, "listing_id": 1}, session=tx.session):
                found.setdefault(document["attendee_id"], set()).add(document["listing_id"])
        return found

    async def save_applications(self, new: Iterable[Application], changed: Iterable[Application], tx: Tx) -> None:
        await save(self._applications, map(_document, new), map(_document, changed), tx)

    async def save_round(self, id: str, name: str, listing_ids: list[str], tx: Tx) -> None:
        document = {"_id": id, "name": name, "listing_ids": listing_ids}
        await self._rounds.replace_one({"_id": id}, document, upsert=True, session=tx.session)

    async def listings_of_round(self, id: str, tx: Tx) -> list[Listing]:
        """The open listings of a round, as far as they are known."""
        document = await self._rounds.find_one({"_id": id}, session=tx.session)
        ids = document.get("listing_ids", []) if document else []
        return [listing for listing in (await self.listings(ids, tx)).values() if listing.open]

    async def round_name(self, id: str, tx: Tx) -> str:
        """The round's name; "" if it is not known."""
        document = await self._rounds.find_one({"_id": id}, session=tx.session) if id else None
        return document["name"] if document else ""

    async def save_ranking(self, key: str, round_id: str, attendee_id: str, listings: int, tx: Tx) -> None:
        """Save that an attendee ranked this many listings in a round; with 0, delete the ranking. ``key`` identifies it."""
        if listings:
            document = {"_id": key, "round_id": round_id, "attendee_id": attendee_id}
            await self._rankings.replace_one({"_id": key}, document, upsert=True, session=tx.session)
        else:
            await self.forget_ranking(key, tx)

    async def forget_ranking(self, key: str, tx: Tx) -> None:
        await self._rankings.delete_one({"_id": key}, session=tx.session)

    async def forget_application(self, id: str, tx: Tx) -> None:
        await self._applications.delete_one({"_id": id}, session=tx.session)

    async def forget_placement(self, id: str, tx: Tx) -> None:
        """Delete who had this placement."""
        await self._forget_placements({"_id": f"placement/{id}"}, tx)

    async def count_ranked(self, round_id: str, tx: Tx) -> int:
        return await self._rankings.count_documents({"round_id": round_id}, session=tx.session)

    async def mark_seated(self, round_id: str, attendee_id: str, tx: Tx) -> None:
        """Save that the attendee got a seat in the round, so that they get no mails about its clean-up round."""
        which = {"round_id": round_id, "attendee_id": attendee_id}
        await self._rankings.update_many(which, {"$set": {"seated": True}}, session=tx.session)

    async def ranked(self, round_id: str, after: str, most: int, tx: Tx) -> list[str]:
        """The ids greater than ``after``, in order, of attendees who ranked listings in the round and got no seat in it."""
        which = {"round_id": round_id, "attendee_id": {"$gt": after}, "seated": {"$ne": True}}
        found = self._rankings.find(which, {"attendee_id": 1}, session=tx.session).sort("attendee_id").limit(most)
        return [document["attendee_id"] async for document in found]

    async def took_part(self, clean_up_id: str, ids: Collection[str], tx: Tx) -> set[str]:
        """Those of these attendees who are no newcomers to a clean-up round, such as ``spring~2``.

        They ranked in the first round, ``spring``, or have a seat of a clean-up round before. To any other round, all are
        newcomers.
        """
        root, _, number = clean_up_id.partition("~")
        if not number:
            return set()
        earlier = [f"{root}~{n}" for n in range(1, int(number))]
        known = [{"round_id": root}, {"round_id": {"$in": earlier}, "seated": True}]
        found = self._rankings.find({"attendee_id": {"$in": list(ids)}, "$or": known}, {"attendee_id": 1}, session=tx.session)
        return {document["attendee_id"] async for document in found}

    async def progress(self, ids: Collection[str], tx: Tx) -> dict[str, Progress]:
        """How far these placements, rounds and nominations have come, as far as they are known."""
        if not ids:
            return {}
        found = self._progress.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _progress(document) async for document in found}

    async def save_progress(self, new: Iterable[Progress], changed: Iterable[Progress], tx: Tx) -> None:
        await save(self._progress, map(_document, new), map(_document, changed), tx)

    async def forget_progress(self, id: str, tx: Tx) -> None:
        await self._progress.delete_one({"_id": id}, session=tx.session)

    async def count_placed(self, round_id: str, tx: Tx) -> int:
        return await self._progress.count_documents({"round_id": round_id}, session=tx.session)

    async def placed(self, round_id: str, listing_ids: Collection[str], tx: Tx) -> list[tuple[str, str]]:
        """The listing and the attendee of each seat that the round assigned in these listings. Erased attendees have no id."""
        which = {"round_id": round_id, "listing_id": {"$in": list(listing_ids)}}
        found = self._progress.find(which, {"listing_id": 1, "attendee_id": 1}, session=tx.session).sort("_id")
        return [(document["listing_id"], document["attendee_id"]) async for document in found]

    async def applications_of(self, attendee_id: str, tx: Tx) -> list[Application]:
        found = self._applications.find({"attendee_id": attendee_id}, session=tx.session)
        return [_application(document) async for document in found]

    async def forget(self, person_id: str, tx: Tx) -> None:
        """Delete this person's applications and rankings, and who had their placements."""
        which = {"attendee_id": person_id}
        await self._forget_placements(which, tx)
        await self._applications.delete_many(which, session=tx.session)
        await self._rankings.delete_many(which, session=tx.session)

    async def _forget_placements(self, which: Document, tx: Tx) -> None:
        await self._progress.update_many(which, {"$set": {"attendee_id": "", "named": [], "hired": ""}}, session=tx.session)

    # Deleting what ended long ago. If its event is read again, that is harmless, as its mails are not worth sending any more.

    async def sweep_applications(self, before: datetime, tx: Tx) -> bool:
        """Delete a batch of applications that have not changed since then. Returns whether there may be more."""
        return await drop(self._applications, {"changed_at": {"$lt": before}}, tx) == TOGETHER

    async def sweep_progress(self, before: datetime, tx: Tx) -> bool:
        """Delete a batch of placements, rounds and nominations that ended before, with the rounds' rankings.

        Returns whether there may be more.
        """
        found = self._progress.find({"over_at": {"$lt": before}}, {"_id": 1}, session=tx.session).limit(TOGETHER)
        ids = [document["_id"] async for document in found]
        rounds = {"$in": [id.removeprefix("round/") for id in ids if id.startswith("round/")]}
        if await drop(self._rankings, {"round_id": rounds}, tx):
            return True
        await self._rounds.delete_many({"_id": rounds}, session=tx.session)
        await self._progress.delete_many({"_id": {"$in": ids}}, session=tx.session)
        return len(ids) == TOGETHER

    async def listings_closed(self, before: datetime) -> list[str]:
        found = self._listings.find({"closed_at": {"$lt": before}}, {"_id": 1})
        return [document["_id"] async for document in found]

    async def drop_listings(self, ids: list[str], before: datetime, tx: Tx) -> None:
        """Delete the listings among these that closed before, unless a known application, placement or nomination needs them."""
        which = {"listing_id": {"$in": ids}}
        still_needed = [
            *await self._applications.distinct("listing_id", which, session=tx.session),
            *await self._progress.distinct("listing_id", which, session=tx.session),
        ]
        unneeded = {"_id": {"$in": ids, "$nin": still_needed}, "closed_at": {"$lt": before}}
        await self._listings.delete_many(unneeded, session=tx.session)


def _document(record: Listing | Application | Progress) -> Document:
    """The document of a record, with its id as ``_id``."""
    values = asdict(record)
    return {"_id": values.pop("id")} | values


def _listing_document(listing: Listing) -> Document:
    conditions = _CONDITIONS.dump_python(listing.conditions, mode="json")
    return _document(listing) | {"mentors": list(listing.mentors), "conditions": conditions}


def _listing(document: Document) -> Listing:
    conditions = _CONDITIONS.validate_python(document.get("conditions", {}))
    return from_document(Listing, document, id=document["_id"], mentors=tuple(document["mentors"]), conditions=conditions)


def _progress(document: Document) -> Progress:
    return from_document(Progress, document, id=document["_id"], named=tuple(document.get("named", ())))


def _application(document: Document) -> Application:
    return from_document(
        Application,
        document,
        id=document["_id"],
        meeting=from_document(Meeting, document["meeting"]) if document["meeting"] else None,
        slots=tuple(from_document(Meeting, slot) for slot in document.get("slots", ())),
        changed_terms=tuple(document.get("changed_terms", ())),
    )
