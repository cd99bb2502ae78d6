"""Candidates with their lists in MongoDB. Each shard of candidates has a revision.

Every transaction that changes a shard's candidates gives the shard a new random revision. (Random, so that uncommitted changes
cannot be mistaken for those of another instance.) So an instance knows whether its copy in memory is complete, and two instances
that work on the same shard cannot both write to it.
"""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict
from datetime import date
from typing import Any, Final
from weakref import WeakKeyDictionary

import bson
from pymongo import ReplaceOne

from matching.model.candidates import Attended, Availability, Candidate, Interest, ScoredListings
from shared.contract.events.matching import Match, Reason
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions

_WITHOUT_MATCHES: Final = {"matches": 0}


class CandidatesRepository:
    """Stores candidates."""

    def __init__(self, db: MongoDatabase) -> None:
        self._candidates = db["candidates"]
        self.versions = Versions(self._candidates, "matches_version", {"matches_version": {"$gt": 0}})
        self._revisions = db["revisions"]
        self._persons: WeakKeyDictionary[Tx, dict[str, tuple[str, ...]]] = WeakKeyDictionary()
        """What each transaction has read. A transaction sees no changes but its own."""

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Candidate]:
        """The candidates that these documents hold."""
        return [_candidate(document) for document in documents]

    async def ensure_indexes(self) -> None:
        await self._candidates.create_index("shard")
        await self._candidates.create_index("merged_into", sparse=True)
        await self._candidates.create_index("shown.listing_id", sparse=True)

    async def revisions(self, shards: Collection[int], tx: Tx) -> dict[int, str]:
        """The revision of each shard as of this transaction; "" if the shard never had a candidate."""
        found = self._revisions.find({"_id": {"$in": [_shard_id(shard) for shard in shards]}}, session=tx.session)
        revisions = {document["_id"]: document["revision"] async for document in found}
        return {shard: revisions.get(_shard_id(shard), "") for shard in shards}

    async def of_shard(self, shard: int, tx: Tx) -> AsyncIterator[tuple[Candidate, ScoredListings]]:
        """All candidates of a shard, each with its list as ids and scores, without the matches themselves."""
        async for document in self._candidates.find({"shard": shard}, _WITHOUT_MATCHES, session=tx.session, batch_size=1000):
            yield _profiled(document)

    async def batches(self, size: int) -> AsyncIterator[list[tuple[Candidate, ScoredListings]]]:
        """All candidates, as ``of_shard`` gives them. Each batch is read when it is needed."""
        cursor = self._candidates.find({}, _WITHOUT_MATCHES, batch_size=size)
        while documents := await cursor.to_list(size):
            yield [_profiled(document) for document in documents]

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Candidate]:
        """The known candidates with these ids."""
        found = self._candidates.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _candidate(document) async for document in found}

    async def profiles(self, ids: Collection[str], tx: Tx) -> list[Candidate]:
        """The known candidates with these ids, without their matches."""
        found = self._candidates.find({"_id": {"$in": list(ids)}}, _WITHOUT_MATCHES, session=tx.session)
        return [_profiled(document)[0] async for document in found]

    async def persons(self, ids: Collection[str], tx: Tx) -> dict[str, tuple[str, ...]]:
        """All ids of each of these people, starting with the one that is kept. People have several ids after a merge."""
        known = self._persons.setdefault(tx, {})
        if missing := [id for id in ids if id not in known]:
            merges = await self._merges({"_id": {"$in": missing}}, tx)
            roots = {id: merges.get(id, id) for id in missing}
            others = await self.merged_into(set(roots.values()), tx)
            known.update({id: (root, *others.get(root, ())) for id, root in roots.items()})
        return {id: known[id] for id in ids}

    async def merged_into(self, ids: Collection[str], tx: Tx) -> dict[str, list[str]]:
        """The other ids of each of these people, sorted, by the id that is kept. People with only one id are omitted."""
        others: dict[str, list[str]] = {}
        for id, kept in sorted((await self._merges({"merged_into": {"$in": sorted(ids)}}, tx)).items()):
            others.setdefault(kept, []).append(id)
        return others

    async def _merges(self, which: Document, tx: Tx) -> dict[str, str]:
        # Two queries, each by an index: for a single query with "$or", some servers read all candidates.
        found = self._candidates.find(which, {"merged_into": 1}, session=tx.session)
        return {document["_id"]: document["merged_into"] async for document in found if document.get("merged_into")}

    async def shards(self, ids: Collection[str], tx: Tx) -> dict[str, int]:
        """The shard of each of these candidates, without unknown ones."""
        found = self._candidates.find({"_id": {"$in": list(ids)}}, {"shard": 1}, session=tx.session)
        return {document["_id"]: document["shard"] async for document in found}

    async def get(self, id: str) -> Candidate | None:
        document = await self._candidates.find_one({"_id": id})
        return _candidate(document) if document else None

    async def get_for_update(self, id: str, tx: Tx) -> Candidate | None:
        """Get the candidate, and prevent other transactions from changing or erasing them before this one ends.

        Otherwise, data about somebody could survive a concurrent erasure.
        """
        document = await self._candidates.find_one_and_update({"_id": id}, {"$inc": {"held": 1}}, session=tx.session)
        return _candidate(document) if document else None

    async def with_matches(self, limit: int) -> list[Candidate]:
        """Some candidates with matches, in no particular order."""
        found = self._candidates.find({"listed": {"$gt": 0}}, limit=limit)
        return [_candidate(document) async for document in found]

    async def shown_to(self, organization_id: str, listing_ids: Collection[str], most: int) -> dict[str, list[str]]:
        """By listing of this organization, the ids of up to ``most`` people who match it and agreed to be shown, best first."""
        agreed = {"$or": [{"hosts": [organization_id, True]}, {"sharing": True, "hosts": {"$ne": [organization_id, False]}}]}
        theirs = {"shown.listing_id": {"$in": list(listing_ids)}}
        best: list[Document] = [
            # First by the index: some servers read all candidates for a query with "$or".
            {"$match": theirs},
            {"$match": agreed},
            {"$project": {"shown": 1}},
            {"$unwind": "$shown"},
            {"$match": theirs},
            {"$sort": {"shown.score": -1, "_id": 1}},
            {"$group": {"_id": "$shown.listing_id", "ids": {"$push": "$_id"}}},
            {"$project": {"ids": {"$slice": ["$ids", most]}}},
        ]
        found = {document["_id"]: document["ids"] async for document in self._candidates.aggregate(best)}
        return {id: found.get(id, []) for id in listing_ids}

    async def save(
        self,
        new: Iterable[Candidate],
        changed: Iterable[Candidate],
        erased: Collection[str],
        revisions: dict[int, str],
        tx: Tx,
    ) -> None:
        """Store these candidates, and delete erased ones. ``revisions``: the new revisions of the changed shards."""
        self._persons.pop(tx, None)
        await save(self._candidates, map(candidate_document, new), map(candidate_document, changed), tx)
        if erased:
            await self._candidates.delete_many({"_id": {"$in": list(erased)}}, session=tx.session)
        if revisions:
            writes: list[Any] = [
                ReplaceOne({"_id": _shard_id(shard)}, {"revision": revision}, upsert=True)
                for shard, revision in revisions.items()
            ]
            await self._revisions.bulk_write(writes, ordered=False, session=tx.session)

    async def statistics(self) -> dict[str, int]:
        """The number of candidates, of candidates with recommendations, and of all their matches."""
        group = {"_id": None, "recommendations": {"$sum": 1}, "matches": {"$sum": "$listed"}}
        sums = await self._candidates.aggregate([{"$match": {"listed": {"$gt": 0}}}, {"$group": group}]).to_list(None)
        return {
            "candidates": await self._candidates.count_documents({}),
            "recommendations": sums[0]["recommendations"] if sums else 0,
            "matches": sums[0]["matches"] if sums else 0,
        }


def _shard_id(shard: int) -> str:
    return f"shard/{shard}"


def candidate_document(candidate: Candidate) -> Document:
    """The document of a candidate.

    Profile and matches are stored as binary BSON. Nobody searches in them, and parsing them would take the server longer than
    everything else.
    """
    profile = {
        "interests": [
            [key, interest.declared, interest.level, [[*session, title] for session, title in interest.sessions.items()]]
            for key, interest in candidate.interests.items()
        ],
        "sessions": candidate.sessions,
        "met": list(candidate.met.items()),
        "met_again": list(candidate.met_again.items()),
        "conference_ids": sorted(candidate.conference_ids),
        "availability": _availability_document(candidate.availability),
        "excluded": sorted(candidate.excluded),
        "best": [(match.listing_id, match.score) for match in candidate.matches],
    }
    indexed: Document = {}  # these fields are indexed only where present
    if candidate.merged_into:
        indexed["merged_into"] = candidate.merged_into
    if candidate.sharing:
        indexed["sharing"] = True
    if candidate.hosts:
        indexed["hosts"] = [list(one) for one in candidate.hosts.items()]
    if candidate.matches and (candidate.sharing or any(candidate.hosts.values())):
        indexed["shown"] = [{"listing_id": one.listing_id, "score": one.score} for one in candidate.matches]
    return indexed | {
        "_id": candidate.id,
        "shard": candidate.shard,
        "version": candidate.version,
        "discipline": candidate.discipline,
        "profile": bson.encode(profile),
        "matches": bson.encode({"matches": [match.model_dump() for match in candidate.matches]}),
        "matches_version": candidate.matches_version,
        "listed": len(candidate.matches),
    }


def _candidate(document: Document) -> Candidate:
    candidate, _ = _profiled(document)
    candidate.matches = [_match(match) for match in bson.decode(document["matches"])["matches"]]
    return candidate


def _profiled(document: Document) -> tuple[Candidate, ScoredListings]:
    profile = bson.decode(document["profile"])
    candidate = Candidate(
        id=document["_id"],
        shard=document["shard"],
        version=document["version"],
        interests={
            key: Interest(declared, level, {Attended(*session): title for *session, title in sessions})
            for key, declared, level, sessions in profile["interests"]
        },
        sessions=[Attended(*session) for session in profile["sessions"]],
        met=dict(profile["met"]),
        met_again=dict(profile.get("met_again", ())),  # candidates of earlier releases have none
        conference_ids=set(profile["conference_ids"]),
        discipline=document["discipline"],
        merged_into=document.get("merged_into"),
        availability=_availability(profile["availability"]),
        matches_version=document["matches_version"],
        sharing=document.get("sharing", False),
        hosts=dict(document.get("hosts", ())),
        excluded=frozenset(profile.get("excluded", ())),  # as above
    )
    return candidate, [(id, score) for id, score in profile["best"]]


def _match(document: Document) -> Match:
    # Without validation: it was valid when it was written, and each candidate has ten.
    reasons = [Reason.model_construct(**reason) for reason in document.pop("reasons")]
    return Match.model_construct(**document, reasons=reasons)


def _availability_document(availability: Availability) -> Document | None:
    if availability == Availability():  # as most candidates have
        return None
    document = asdict(availability)
    for name in ("starts", "ends"):
        document[name] = document[name] and document[name].isoformat()
    for name in ("countries", "work_permission"):
        document[name] = None if document[name] is None else sorted(document[name])
    return document


def _availability(document: Document | None) -> Availability:
    if document is None:
        return Availability()
    for name in ("starts", "ends"):
        document[name] = document[name] and date.fromisoformat(document[name])
    for name in ("countries", "work_permission"):
        document[name] = None if document[name] is None else frozenset(document[name])
    return from_document(Availability, document)
