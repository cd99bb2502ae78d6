"""Nominations in MongoDB: one document for each mentor, nominee and programme, replaced whole.

Two transactions that change one nomination conflict, and one of them runs again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from matching.nominations.domain.nomination import Ids, Nomination, Viewer
from matching.nominations.domain.transitions import STATES, State
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions

_NOMINATION: Final = TypeAdapter(Nomination)


class NominationsRepository:
    """Stores nominations."""

    def __init__(self, db: MongoDatabase) -> None:
        self._nominations = db["nominations"]
        self.versions = Versions(self._nominations)

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Nomination]:
        """The nominations that these documents hold."""
        return [_nomination(document) for document in documents]

    async def ensure_indexes(self) -> None:
        for name in ("attendee_id", "mentor_person_id", "organization_id", "host_id"):
            await self._nominations.create_index([(name, 1), ("_id", 1)])
        await self._nominations.create_index([("listing_id", 1), ("state", 1), ("_id", 1)])
        await self._nominations.create_index([("state", 1), ("listing_id", 1)])
        await self._nominations.create_index([("listing_id", 1), ("changed_at", 1)])

    async def get(self, id: str, tx: Tx | None = None) -> Nomination | None:
        document = await self._nominations.find_one({"_id": id}, session=tx.session if tx else None)
        return _nomination(document) if document else None

    async def by(self, mentor_person_id: str, attendee_id: str, listing_id: str, tx: Tx) -> Nomination | None:
        """This mentor's nomination of the attendee for the programme."""
        whose = {"attendee_id": attendee_id, "listing_id": listing_id, "mentor_person_id": mentor_person_id}
        document = await self._nominations.find_one(whose, session=tx.session)
        return _nomination(document) if document else None

    async def count_proposed(self, mentor_person_id: str, tx: Tx) -> int:
        """How many of the mentor's nominations are not answered yet."""
        return await self._nominations.count_documents(
            {"mentor_person_id": mentor_person_id, "state": "proposed"}, session=tx.session
        )

    async def page(
        self,
        viewer: Viewer,
        after: str,
        limit: int,
        *,
        attendee_id: str | None = None,
        listing_id: str | None = None,
    ) -> list[Nomination]:
        """The first ``limit`` nominations after the id ``after`` that the viewer sees, by id."""
        asked = {name: id for name, id in (("attendee_id", attendee_id), ("listing_id", listing_id)) if id is not None}
        page: Document = {"_id": {"$gt": after}} | _seen_by(viewer) | asked
        if not asked and len(page.get("$or", ())) == 1:  # some servers use no index for "$or"
            page |= page.pop("$or")[0]
        return [_nomination(document) async for document in self._nominations.find(page, sort=[("_id", 1)], limit=limit)]

    async def save(self, new: Iterable[Nomination], changed: Iterable[Nomination], tx: Tx) -> None:
        """Store new nominations, and those that this transaction has read."""
        await save(self._nominations, map(_document, new), map(_document, changed), tx)

    # For those who match and apply

    async def agreed(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, frozenset[str]]:
        """The programmes that each of these attendees agreed to be nominated for; leaves out those with none."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}, "state": "agreed"}
        found: dict[str, set[str]] = {}
        async for document in self._nominations.find(theirs, {"attendee_id": 1, "listing_id": 1}, session=tx.session):
            found.setdefault(document["attendee_id"], set()).add(document["listing_id"])
        return {id: frozenset(listing_ids) for id, listing_ids in found.items()}

    async def has_agreed(self, attendee_ids: Collection[str], listing_id: str, tx: Tx) -> bool:
        """Whether the person with these ids agreed to be nominated for this programme."""
        return any(listing_id in agreed for agreed in (await self.agreed(attendee_ids, tx)).values())

    async def count_agreed(self, listing_ids: Collection[str]) -> dict[str, int]:
        """How many attendees agreed to be nominated for each of these programmes."""
        agreed = {"listing_id": {"$in": list(listing_ids)}, "state": "agreed"}
        found = self._nominations.aggregate([{"$match": agreed}, {"$group": {"_id": "$listing_id", "count": {"$sum": 1}}}])
        return {one["_id"]: one["count"] async for one in found}

    async def nominees(self, listing_id: str, tx: Tx) -> set[str]:
        """The attendees who agreed to be nominated for this programme."""
        found = self._nominations.find({"listing_id": listing_id, "state": "agreed"}, {"attendee_id": 1}, session=tx.session)
        return {document["attendee_id"] async for document in found}

    # The clock

    async def programmes(self, states: Collection[State] = STATES) -> list[str]:
        """The programmes with nominations in one of these states."""
        return sorted(await self._nominations.distinct("listing_id", {"state": {"$in": list(states)}}))

    async def in_states(self, states: Collection[State], listing_id: str, limit: int, tx: Tx) -> list[Nomination]:
        """Nominations for this programme that are in one of these states."""
        its = {"listing_id": listing_id, "state": {"$in": list(states)}}
        found = self._nominations.find(its, sort=[("_id", 1)], limit=limit, session=tx.session)
        return [_nomination(document) async for document in found]

    # Retention and erasure

    async def old(self, listing_id: str, before: datetime, limit: int, tx: Tx) -> list[str]:
        """The ids of nominations for this programme that have not changed since then."""
        which = {"listing_id": listing_id, "changed_at": {"$lte": before}}
        found = self._nominations.find(which, {"_id": 1}, sort=[("_id", 1)], limit=limit, session=tx.session)
        return [document["_id"] async for document in found]

    async def of_nominees(self, attendee_ids: Collection[str], tx: Tx) -> list[str]:
        """The ids of these nominees' nominations."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}}
        return [document["_id"] async for document in self._nominations.find(theirs, {"_id": 1}, session=tx.session)]

    async def delete(self, ids: Collection[str], tx: Tx) -> None:
        await self._nominations.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def of_others_than(self, mentors: Mapping[str, Collection[str]], tx: Tx) -> list[Nomination]:
        """The nominations of these organizations by people who are not among the organization's mentors."""
        proposed = {"organization_id": {"$in": sorted(mentors)}, "mentor_person_id": {"$ne": None}}
        found = self._nominations.find(proposed, {"organization_id": 1, "mentor_person_id": 1}, session=tx.session)
        ids = [one["_id"] async for one in found if one["mentor_person_id"] not in mentors[one["organization_id"]]]
        if not ids:
            return []
        return [_nomination(one) async for one in self._nominations.find({"_id": {"$in": ids}}, session=tx.session)]


def _seen_by(viewer: Viewer) -> Document:
    """Those that ``Viewer.sees``, as a query."""
    views: tuple[tuple[str, Ids, Document], ...] = (
        ("attendee_id", viewer.nominees, {}),
        ("mentor_person_id", viewer.mentors, {}),
        ("organization_id", viewer.organizations, {"mentor_person_id": {"$ne": None}}),
        ("host_id", viewer.hosts, {"state": "agreed"}),
    )
    if any(ids is None and not also for _, ids, also in views):
        return {}
    seen: list[Document] = [{name: {"$in": list(ids)}, **also} for name, ids, also in views if ids]
    return {"$or": seen} if seen else {"_id": {"$in": []}}


def _document(nomination: Nomination) -> Document:
    document: Document = _NOMINATION.dump_python(nomination, mode="json")
    return document | {"_id": document.pop("id"), "changed_at": nomination.changed_at}


def _nomination(document: Document) -> Nomination:
    return _NOMINATION.validate_python({"id": document["_id"], **document})
