"""Applications in MongoDB: one document for each pair of an attendee and a listing, replaced whole.

Two transactions that change one application conflict, and one of them runs again. So do two that create the first application
of a pair, because both hold the attendee.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter

from matching.applications.domain.application import (
    NOT_RECOMMENDED,
    PRIVATE,
    Answers,
    Application,
    answers,
)
from matching.applications.domain.transitions import AWAITING, LIVE, State
from matching.applications.repository.unsent_letters import UnsentLetters
from matching.placements.repository import count_ever_in
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions
from shared.free_text import STORED

_APPLICATION = TypeAdapter(Application)
_CURSOR = "applications"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ApplicationsRepository:
    """Stores applications, and the revision of the catalogue up to which they are up to date with their listings."""

    def __init__(self, db: MongoDatabase) -> None:
        self._applications = db["applications"]
        self.versions = Versions(self._applications)
        self.unsent_letters = UnsentLetters(db)
        self._openings = db["openings"]
        self._revisions = db["revisions"]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Application]:
        """The applications that these documents hold."""
        return [_application(document) for document in documents]

    async def ensure_indexes(self) -> None:
        for name in ("attendee_id", "listing_id", "organization_id"):
            await self._applications.create_index([(name, 1), ("_id", 1)])
        await self._applications.create_index([("organization_id", 1), ("answered", 1), ("unanswered", 1)])
        await self._applications.create_index([("organization_id", 1), ("state", 1), ("submitted_at", 1)])
        for name in ("submitted_at", "due"):
            await self._applications.create_index([("organization_id", 1), (name, 1)])
        for name in ("due", "over_since"):
            await self._applications.create_index(name, sparse=True)
        await self.unsent_letters.ensure_indexes()

    async def get(self, id: str, tx: Tx | None = None) -> Application | None:
        document = await self._applications.find_one({"_id": id}, session=tx.session if tx else None)
        return _application(document) if document else None

    async def of_pair(self, listing_id: str, attendee_id: str, tx: Tx) -> Application | None:
        """The attendee's application for the listing."""
        return next(iter(await self.for_listing(listing_id, [attendee_id], tx)), None)

    async def for_listing(self, listing_id: str, attendee_ids: Collection[str], tx: Tx) -> list[Application]:
        """The applications of these attendees for the listing."""
        which = {"attendee_id": {"$in": list(attendee_ids)}, "listing_id": listing_id}
        return [_application(document) async for document in self._applications.find(which, session=tx.session)]

    async def get_many(self, ids: Collection[str], tx: Tx) -> list[Application]:
        """The known applications with these ids."""
        found = self._applications.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return [_application(document) async for document in found]

    async def page(
        self,
        after: str,
        limit: int,
        *,
        attendee_id: str | None = None,
        listing_id: str | None = None,
        state: State | None = None,
        organizations: Collection[str] | None = None,
    ) -> list[Application]:
        """The first ``limit`` applications after the id ``after``, sorted by id. ``organizations``: only theirs; None: all."""
        page: Document = {"_id": {"$gt": after}}
        page |= {
            name: value
            for name, value in (("attendee_id", attendee_id), ("listing_id", listing_id), ("state", state))
            if value is not None
        }
        if organizations is not None:
            page["organization_id"] = {"$in": list(organizations)}
        return [_application(document) async for document in self._applications.find(page, sort=[("_id", 1)], limit=limit)]

    async def of_attendees(self, attendee_ids: Collection[str], skip: int, limit: int, tx: Tx) -> list[Application]:
        """The applications of the person with these ids, sorted by sending time, latest first."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}}
        sort = [("submitted_at", -1), ("_id", 1)]
        found = self._applications.find(theirs, sort=sort, skip=skip, limit=limit, session=tx.session)
        return [_application(document) async for document in found]

    async def to_host(
        self,
        organization_id: str,
        limit: int,
        *,
        listing_id: str | None = None,
        states: Collection[State] = (),
        due_before: datetime | None = None,
        skip: int = 0,
        oldest: bool = False,
    ) -> list[Application]:
        """Some applications to a host, newest first, or ``oldest`` first. ``states``: only in these states; empty: in any."""
        its = _to_host(organization_id, listing_id)
        if states:
            its["state"] = {"$in": list(states)}
        if due_before is not None:
            its["due"] = {"$lt": due_before}
        order = 1 if oldest else -1
        found = self._applications.find(its, sort=[("submitted_at", order), ("_id", order)], skip=skip, limit=limit)
        return [_application(document) async for document in found]

    async def live_by_listing(
        self, organization_id: str, listing_ids: Collection[str], most: int
    ) -> dict[str, list[Application]]:
        """Up to ``most`` live applications for each of these listings of a host, oldest first."""
        its = {"organization_id": organization_id, "listing_id": {"$in": list(listing_ids)}, "state": {"$in": list(LIVE)}}
        limit = most * len(listing_ids)
        live: dict[str, list[Application]] = {id: [] for id in listing_ids}
        async for document in self._applications.find(its, sort=[("submitted_at", 1), ("_id", 1)], limit=limit):
            if len(live[document["listing_id"]]) < most:
                live[document["listing_id"]].append(_application(document))
        return live

    async def due_of_host(self, organization_id: str, limit: int) -> list[Application]:
        """The applications to a host with a pending answer or offer, sorted by when that is due."""
        its = {"organization_id": organization_id, "due": {"$gt": _LONG_AGO}}
        return [_application(document) async for document in self._applications.find(its, sort=[("due", 1)], limit=limit)]

    async def count_by_state(self, organization_id: str, listing_id: str | None = None) -> dict[State, int]:
        """How many applications to a host are in each state."""
        its = {"$match": _to_host(organization_id, listing_id)}
        found = self._applications.aggregate([its, {"$group": {"_id": "$state", "count": {"$sum": 1}}}])
        return {document["_id"]: document["count"] async for document in found}

    async def of_pairs(self, pairs: Collection[tuple[str, str]]) -> list[Application]:
        """The existing applications for these pairs of a listing and an attendee."""
        listing_ids, attendee_ids = {listing for listing, _ in pairs}, {attendee for _, attendee in pairs}
        which = {"attendee_id": {"$in": sorted(attendee_ids)}, "listing_id": {"$in": sorted(listing_ids)}}
        found = [_application(document) async for document in self._applications.find(which)]
        return [one for one in found if (one.listing_id, one.attendee_id) in pairs]

    async def ever_in(self, organization_id: str, states: Collection[State]) -> dict[str, int]:
        """How many applications to a host were ever in each of these states."""
        return await count_ever_in(self._applications, organization_id, states)

    async def live(self, attendee_ids: Collection[str], tx: Tx) -> list[Application]:
        """These attendees' live applications."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}, "state": {"$in": list(LIVE)}}
        return [_application(document) async for document in self._applications.find(theirs, session=tx.session)]

    async def not_recommended(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, list[Application]]:
        """Each attendee's applications whose listings are not recommended to them, unless their terms have changed."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}, "state": {"$in": list(NOT_RECOMMENDED)}}
        found: dict[str, list[Application]] = {}
        async for document in self._applications.find(theirs, session=tx.session):
            application = _application(document)
            found.setdefault(application.attendee_id, []).append(application)
        return found

    async def count_live(self, attendee_ids: Collection[str], tx: Tx) -> int:
        """How many live applications the person with these ids has."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}, "state": {"$in": list(LIVE)}}
        return await self._applications.count_documents(theirs, session=tx.session)

    async def answers_of(self, organization_id: str) -> Answers:
        """How a host answers, over all applications to it, including repeated attempts."""
        sums = {"_id": None, "answered": {"$sum": "$answered"}, "unanswered": {"$sum": "$unanswered"}}
        its = {"$match": {"organization_id": organization_id}}
        found = await self._applications.aggregate([its, {"$group": sums}]).to_list(None)
        return Answers(found[0]["answered"], found[0]["unanswered"]) if found else Answers()

    async def to_organizations(self, organization_ids: Collection[str], limit: int) -> list[Application]:
        """Applications to these organizations whose attendees share their names with them, sorted by id."""
        shared = {"organization_id": {"$in": list(organization_ids)}, "state": {"$nin": list(PRIVATE)}, "letter": {"$ne": None}}
        found = self._applications.find(shared, sort=[("_id", 1)], limit=limit)
        return [_application(document) async for document in found]

    async def count_by_host(self, organization_ids: Collection[str], soon: datetime) -> dict[str, tuple[Answers, int, int]]:
        """How each of these hosts answers, how many applications it has to answer, and how many of them by ``soon``."""
        to_answer: Document = {"$in": ["$state", list(AWAITING)]}
        counted: Document = {
            "_id": "$organization_id",
            "answered": {"$sum": "$answered"},
            "unanswered": {"$sum": "$unanswered"},
            "waiting": {"$sum": {"$cond": [to_answer, 1, 0]}},
            "soon": {"$sum": {"$cond": [{"$and": [to_answer, {"$lt": ["$due", soon]}]}, 1, 0]}},
        }
        theirs = {"$match": {"organization_id": {"$in": list(organization_ids)}}}
        return {
            one["_id"]: (Answers(one["answered"], one["unanswered"]), one["waiting"], one["soon"])
            async for one in self._applications.aggregate([theirs, {"$group": counted}])
        }

    async def opened(self, attendee_id: str, tx: Tx) -> list[str]:
        """The listings for which the attendee previewed an application."""
        document = await self._openings.find_one({"_id": attendee_id}, session=tx.session)
        return document["listing_ids"] if document else []

    async def add_opened(self, attendee_id: str, listing_id: str, known: Sequence[str], tx: Tx) -> None:
        """Add a listing to the ``known`` ones. The transaction must hold the candidate."""
        document = {"_id": attendee_id, "listing_ids": [*known, listing_id]}
        await save(self._openings, () if known else [document], [document] if known else (), tx)

    async def add(self, application: Application, tx: Tx) -> None:
        await save(self._applications, [_document(application)], (), tx)

    async def save(self, applications: Iterable[Application], tx: Tx) -> None:
        """Store applications that this transaction has read."""
        await save(self._applications, (), map(_document, applications), tx)

    # The clock

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> list[str]:
        """The ids of some applications that are due for ``pass_time``, sorted by due time."""
        due: Document = {"due": {"$lte": now}}
        if without:
            due["_id"] = {"$nin": list(without)}
        return [document["_id"] async for document in self._applications.find(due, {"_id": 1}, sort=[("due", 1)], limit=limit)]

    async def followed(self) -> int:
        """The revision of the catalogue up to which applications are up to date with their listings."""
        document = await self._revisions.find_one({"_id": _CURSOR})
        return document["revision"] if document else 0

    async def follow(self, revision: int) -> None:
        """Note that applications are up to date with listings up to this revision. Another instance may already be further."""
        await self._revisions.update_one({"_id": _CURSOR}, {"$max": {"revision": revision}}, upsert=True)

    async def live_at(self, listing_ids: Collection[str]) -> list[str]:
        """The ids of all live applications to these listings."""
        theirs = {"listing_id": {"$in": list(listing_ids)}, "state": {"$in": list(LIVE)}}
        return [document["_id"] async for document in self._applications.find(theirs, {"_id": 1})]

    async def over(self, before: datetime, limit: int, without: Collection[str] = ()) -> list[str]:
        """The ids of some applications that ended before this time and still have a letter."""
        over: Document = {"over_since": {"$lt": before}, "_id": {"$nin": list(without)}}
        return [document["_id"] async for document in self._applications.find(over, {"_id": 1}, limit=limit)]

    # Erasure

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> list[str]:
        """Delete these attendees' applications, their previews and unsent letters. Returns the applications' ids."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}}
        ids = [document["_id"] async for document in self._applications.find(theirs, {"_id": 1}, session=tx.session)]
        if ids:
            await self._applications.delete_many({"_id": {"$in": ids}}, session=tx.session)
        await self._openings.delete_many({"_id": {"$in": list(attendee_ids)}}, session=tx.session)
        await self.unsent_letters.forget(attendee_ids, tx)
        return ids


def _to_host(organization_id: str, listing_id: str | None) -> Document:
    return {"organization_id": organization_id} | ({"listing_id": listing_id} if listing_id else {})


def _document(application: Application) -> Document:
    document: Document = _APPLICATION.dump_python(application, mode="json")  # BSON has no dates without a time
    told = answers(application.history)
    document |= {"_id": document.pop("id"), "answered": told.answered, "unanswered": told.unanswered}
    if application.due is not None:  # indexed only while something is due
        document["due"] = application.due
    if application.letter is not None and application.over_since is not None:
        document["over_since"] = application.over_since
    return document


def _application(document: Document) -> Application:
    return _APPLICATION.validate_python({"id": document["_id"], **document}, context=STORED)
