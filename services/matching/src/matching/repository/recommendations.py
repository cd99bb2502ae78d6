"""MongoDB: documents to domain types and back. Every query of the service is here."""

from collections.abc import Collection, Iterable
from typing import Any

from matching.domain.recommendations import Candidate, Catalogue, Opening
from shared.events.matching import Match
from shared.events.registration import Interest
from shared.mongo import Document, MongoDatabase, Tx, save


class Repository:
    """Openings and candidates.

    Every instance holds all openings in memory. Their collection has a revision, counted up by each transaction that
    changes any, and each opening bears the revision of its last change: so an instance reads just what is new.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._openings = db["openings"]
        self._revisions = db["revisions"]
        self._candidates = db["candidates"]
        self._held: dict[str, Opening] = {}
        self._held_revision = 0
        self._catalogue = Catalogue(())

    async def ensure_indexes(self) -> None:
        await self._openings.create_index("revision")
        await self._candidates.create_index([("shard", 1), ("terms", 1)])
        await self._candidates.create_index([("shard", 1), ("met", 1)])
        await self._candidates.create_index([("shard", 1), ("matches.listing_id", 1)])

    # Openings

    async def openings(self, ids: Collection[str], tx: Tx) -> dict[str, Opening]:
        """Those of the openings that are known, closed ones too."""
        found = self._openings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _opening(document) async for document in found}

    async def save_openings(self, new: Iterable[Opening], changed: Iterable[Opening], tx: Tx) -> None:
        counter = await self._revisions.find_one_and_update(
            {"_id": "openings"}, {"$inc": {"revision": 1}}, upsert=True, return_document=True, session=tx.session
        )
        revision = counter["revision"]
        await save(
            self._openings,
            (_opening_document(opening, revision) for opening in new),
            (_opening_document(opening, revision) for opening in changed),
            tx,
        )

    async def catalogue(self, tx: Tx) -> Catalogue:
        """All open openings, as of this transaction."""
        counter = await self._revisions.find_one({"_id": "openings"}, session=tx.session)
        revision = counter["revision"] if counter else 0
        if revision == self._held_revision:
            return self._catalogue
        if revision < self._held_revision:  # the database was restored to an earlier state
            self._held, self._held_revision = {}, 0
        news = self._openings.find({"revision": {"$gt": self._held_revision}}, session=tx.session)
        async for document in news:
            opening = _opening(document)
            if opening.open:
                self._held[opening.id] = opening
            else:
                self._held.pop(opening.id, None)
        self._held_revision = revision
        self._catalogue = Catalogue(self._held.values())
        return self._catalogue

    # Candidates

    async def candidates(self, ids: Collection[str], tx: Tx) -> dict[str, Candidate]:
        """Those of the candidates that are known."""
        return await self._find({"_id": {"$in": list(ids)}}, tx)

    async def candidates_concerned(self, shards: Collection[int], openings: Iterable[Opening], tx: Tx) -> dict[str, Candidate]:
        """The candidates of these shards who have anything in common with one of the openings, or have it in their list."""
        openings = list(openings)
        terms = {term for opening in openings for term in opening.terms()}
        mentors = {mentor for opening in openings for mentor in opening.mentor_ids}
        concerned: dict[str, Candidate] = {}
        for name, values in (("terms", terms), ("met", mentors), ("matches.listing_id", {opening.id for opening in openings})):
            if values:
                concerned |= await self._find({"shard": {"$in": list(shards)}, name: {"$in": list(values)}}, tx)
        return concerned

    async def _find(self, criteria: Document, tx: Tx) -> dict[str, Candidate]:
        found = self._candidates.find(criteria, session=tx.session)
        return {document["_id"]: _candidate(document) async for document in found}

    async def candidate(self, id: str) -> Candidate | None:
        document = await self._candidates.find_one({"_id": id})
        return _candidate(document) if document else None

    async def some_candidates(self, limit: int) -> list[Candidate]:
        """Candidates with matches, in no particular order."""
        found = self._candidates.find({"matches.0": {"$exists": True}}, limit=limit)
        return [_candidate(document) async for document in found]

    async def save_candidates(self, new: Iterable[Candidate], changed: Iterable[Candidate], tx: Tx) -> None:
        await save(self._candidates, map(_candidate_document, new), map(_candidate_document, changed), tx)

    async def erase_candidates(self, ids: Collection[str], tx: Tx) -> None:
        await self._candidates.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def statistics(self) -> dict[str, int]:
        """How many of each there are; ``recommendations`` counts the attendees who have any, ``matches`` the pairs."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"matches.0": {"$exists": True}}},
            {"$group": {"_id": None, "recommendations": {"$sum": 1}, "matches": {"$sum": {"$size": "$matches"}}}},
        ]
        sums = await self._candidates.aggregate(pipeline).to_list(None)
        return {
            "candidates": await self._candidates.count_documents({}),
            "openings": await self._openings.count_documents({"open": True}),
            "recommendations": sums[0]["recommendations"] if sums else 0,
            "matches": sums[0]["matches"] if sums else 0,
        }


def _opening_document(opening: Opening, revision: int) -> Document:
    return {
        "_id": opening.id,
        "revision": revision,
        "version": opening.version,
        "open": opening.open,
        "title": opening.title,
        "organization": opening.organization,
        "url": opening.url,
        "skills": opening.skills,
        "topics": opening.topics,
        "mentor_ids": opening.mentor_ids,
        "conference_ids": opening.conference_ids,
        "deadline": opening.deadline,
    }


def _opening(document: Document) -> Opening:
    del document["revision"]
    return Opening(id=document.pop("_id"), **document)


def _candidate_document(candidate: Candidate) -> Document:
    return {
        "_id": candidate.id,
        "shard": candidate.shard,
        "version": candidate.version,
        "terms": list(candidate.interests),
        "interests": [interest.model_dump() for interest in candidate.interests.values()],
        "met": list(candidate.met),
        "conference_ids": list(candidate.conference_ids),
        "matches": [match.model_dump() for match in candidate.matches],
        "matches_version": candidate.matches_version,
    }


def _candidate(document: Document) -> Candidate:
    return Candidate(
        id=document["_id"],
        shard=document["shard"],
        version=document["version"],
        interests=dict(zip(document["terms"], map(Interest.model_validate, document["interests"]), strict=True)),
        met=set(document["met"]),
        conference_ids=set(document["conference_ids"]),
        matches=[Match.model_validate(match) for match in document["matches"]],
        matches_version=document["matches_version"],
    )
