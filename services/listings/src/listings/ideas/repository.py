"""MongoDB: ideas, and the attendees who may propose some."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import DeleteOne, ReplaceOne, UpdateOne

from listings.ideas.domain.idea import Done, Idea, Origin
from listings.ideas.domain.proposal import Proposal
from listings.ideas.domain.transitions import LIVE
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions
from shared.free_text import STORED


class IdeasRepository:
    """Ideas. A page holds the first ``limit`` ids after ``after``, in order."""

    def __init__(self, db: MongoDatabase) -> None:
        self._ideas = db["ideas"]
        self.versions = Versions(self._ideas)

    async def ensure_indexes(self) -> None:
        await self._ideas.create_index([("attendee_id", 1), ("key", 1)], unique=True)
        await self._ideas.create_index([("shown_in", 1), ("_id", 1)])
        await self._ideas.create_index("origin.attendee_id", sparse=True)
        await self._ideas.create_index([("state", 1), ("expires_at", 1)])

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Idea]:
        """The ideas that these documents hold."""
        return [_idea(document) for document in documents]

    async def idea(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Idea | None:
        document = await self._ideas.find_one({"_id": id}, session=session)
        return _idea(document) if document else None

    async def of_author(self, attendee_id: str, after: str, limit: int) -> list[Idea]:
        """The attendee's ideas, in the order of their keys."""
        page = {"attendee_id": attendee_id, "key": {"$gt": after}}
        return [_idea(document) async for document in self._ideas.find(page, sort=[("key", 1)], limit=limit)]

    async def by_key(self, attendee_id: str, key: str, session: AsyncIOMotorClientSession | None = None) -> Idea | None:
        """The attendee's idea under this key."""
        document = await self._ideas.find_one({"attendee_id": attendee_id, "key": key}, session=session)
        return _idea(document) if document else None

    async def of_persons(self, attendee_ids: Collection[str], tx: Tx) -> list[Idea]:
        """All ideas that are these attendees', or were before they were merged into others."""
        found = self._ideas.find(_of(attendee_ids), sort=[("_id", 1)], session=tx.session)
        return [_idea(document) async for document in found]

    async def count_live_of_author(self, attendee_id: str, tx: Tx) -> int:
        theirs = {"attendee_id": attendee_id, "state": {"$in": list(LIVE)}}
        return await self._ideas.count_documents(theirs, session=tx.session)

    async def count_of_author(self, attendee_id: str, tx: Tx) -> int:
        return await self._ideas.count_documents({"attendee_id": attendee_id}, session=tx.session)

    async def live(self, conference_ids: Collection[str], after: str, limit: int) -> list[Idea]:
        """Live ideas that hosts of these conferences see."""
        page = {"shown_in": {"$in": list(conference_ids)}, "state": {"$in": list(LIVE)}, "_id": {"$gt": after}}
        return [_idea(document) async for document in self._ideas.find(page, sort=[("_id", 1)], limit=limit)]

    async def due(self, now: datetime, limit: int, tx: Tx) -> list[Idea]:
        """Live ideas whose time is up, the longest overdue first."""
        due = {"state": {"$in": list(LIVE)}, "expires_at": {"$lte": now}}
        found = self._ideas.find(due, sort=[("expires_at", 1)], limit=limit, session=tx.session)
        return [_idea(document) async for document in found]

    async def save(self, ideas: Collection[Idea], tx: Tx) -> None:
        writes = [ReplaceOne({"_id": idea.id}, _document(idea), upsert=True) for idea in ideas]
        if writes:
            await self._ideas.bulk_write(writes, ordered=False, session=tx.session)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> list[str]:
        """Delete all ideas of these attendees. Returns their ids."""
        found = self._ideas.find(_of(attendee_ids), {"_id": 1}, session=tx.session)
        ids = [document["_id"] async for document in found]
        if ids:
            await self._ideas.delete_many({"_id": {"$in": ids}}, session=tx.session)
        return ids


class Author(NamedTuple):
    """An attendee, as last published by registration."""

    version: int
    """Of what it said."""
    conference_ids: list[str]
    """The conferences they attended; none if they do not agree to be matched."""
    merged_into: str | None = None
    """The attendee of the same person who is kept."""


class AuthorsRepository:
    """Attendees who may propose ideas, with the conferences they attended, as last published by registration."""

    def __init__(self, db: MongoDatabase) -> None:
        self._authors = db["authors"]

    async def lock(self, attendee_id: str, tx: Tx) -> list[str] | None:
        """The conferences of the attendee, whom no other transaction can lock or change before this one ends.

        None if the attendee is not known, or attended no conference.
        """
        document = await self._authors.find_one_and_update(
            {"_id": attendee_id, "conference_ids": {"$ne": []}}, {"$inc": {"locks": 1}}, session=tx.session
        )
        return document["conference_ids"] if document else None

    async def known(self, attendee_ids: Collection[str], tx: Tx | None = None) -> dict[str, Author]:
        """The known ones of these attendees."""
        found = self._authors.find({"_id": {"$in": list(attendee_ids)}}, session=tx and tx.session)
        return {
            document["_id"]: Author(document["version"], document["conference_ids"], document.get("merged_into"))
            async for document in found
        }

    async def save(self, changed: Mapping[str, Author | None], tx: Tx) -> None:
        """Store these; None: forget the attendee."""
        writes: list[UpdateOne | DeleteOne] = []
        for id, known in changed.items():
            if known is None:
                writes.append(DeleteOne({"_id": id}))
            else:
                writes.append(UpdateOne({"_id": id}, {"$set": known._asdict()}, upsert=True))
        if writes:
            await self._authors.bulk_write(writes, ordered=False, session=tx.session)


def _of(attendee_ids: Collection[str]) -> Document:
    ids = {"$in": list(attendee_ids)}
    return {"$or": [{"attendee_id": ids}, {"origin.attendee_id": ids}]}


def _document(idea: Idea) -> Document:
    return {
        "_id": idea.id,
        "attendee_id": idea.attendee_id,
        "key": idea.key,
        "proposal": idea.proposal.model_dump(mode="json", exclude={"conference_ids"}),
        "conference_ids": idea.proposal.conference_ids,
        "state": idea.state,
        "version": idea.version,
        "proposed_at": idea.proposed_at,
        "expires_at": idea.expires_at,
        "shown_in": list(idea.shown_in),
        "origin": asdict(idea.origin) if idea.origin else None,
        "asked_by": list(idea.asked_by),
        "declined": list(idea.declined),
        "organization_id": idea.organization_id,
        "listing_id": idea.listing_id,
        "gave_way": idea.gave_way,
        "done": asdict(idea.done) if idea.done else None,
    }


def _idea(document: Document) -> Idea:
    proposal = document["proposal"] | {"conference_ids": document["conference_ids"]}
    done, origin = document["done"], document["origin"]
    return from_document(
        Idea,
        document,
        id=document["_id"],
        proposal=Proposal.model_validate(proposal, context=STORED),
        asked_by=tuple(document["asked_by"]),
        declined=tuple(document["declined"]),
        shown_in=tuple(document["shown_in"]),
        origin=from_document(Origin, origin) if origin else None,
        done=from_document(Done, done) if done else None,
    )
