"""The latest figures in MongoDB, and the data they are counted from."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Final

from motor.motor_asyncio import AsyncIOMotorCollection

from matching.catalogue.repository import CatalogueRepository
from matching.insight.domain.figures import Insight
from matching.insight.domain.funnel import reached
from matching.insight.domain.tallies import CountedPerson
from matching.insight.domain.turnout import Turnout, turnout_of
from matching.model.candidates import Candidate, ScoredListings
from matching.model.conferences import Conference
from matching.model.listings import Listing
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.registration import TurnoutCounted
from shared.database.leases import Leases
from shared.database.mongo import Document, MongoDatabase, Tx

BATCH: Final = 25
"""How many candidates are counted at once: few, because counting blocks the event loop."""
READ: Final = 8
"""For how many batches the history is read at once: each read is a way to the database and back."""


class Insights:
    """Stores the figures of each conference and of all together, and the lease on counting them."""

    def __init__(self, db: MongoDatabase) -> None:
        self._insights = db["insights"]
        self.leases = Leases(db["leases"])
        self._candidates = CandidatesRepository(db)
        self._catalogue = CatalogueRepository(db)
        self._conferences = db["conferences"]
        self._rankings = db["round_rankings"]
        self._application_documents = db["applications"]
        self._placement_documents = db["placements"]
        self._opening_documents = db["openings"]
        self._turnouts = db["turnout"]

    async def get(self, conference_id: str | None) -> Insight | None:
        """The last figures of a conference, or of all (None); None before the first count."""
        document = await self._insights.find_one({"_id": _id(conference_id)}, {"_id": 0})
        return Insight.model_validate(document) if document else None

    async def conference(self, id: str) -> Conference | None:
        """The conference without its sessions; None if it is unknown."""
        return await self._catalogue.conference_head(id)

    async def save(self, insight: Insight) -> None:
        """Store these figures. They replace earlier ones."""
        id = _id(insight.conference_id)
        await self._insights.replace_one({"_id": id}, {"_id": id} | insight.model_dump(), upsert=True)

    async def forget(self, before: datetime) -> None:
        """Delete figures that were last counted before this time."""
        await self._insights.delete_many({"as_of": {"$lt": before}})

    # What is counted

    async def listings(self) -> list[Listing]:
        """All listings, including closed ones."""
        return [listing async for listing in self._catalogue.all_listings()]

    async def conferences(self) -> list[Conference]:
        return [conference async for conference in self._catalogue.all_conferences()]

    async def taken(self) -> Counter[str]:
        """How many people have a seat, by listing. Whoever left early has none."""
        seats: list[Document] = [
            {"$match": {"state": {"$ne": "ended"}}},
            {"$group": {"_id": "$listing_id", "taken": {"$sum": 1}}},
        ]
        return Counter({document["_id"]: document["taken"] async for document in self._placement_documents.aggregate(seats)})

    async def people(self) -> AsyncIterator[list[CountedPerson]]:
        """All candidates in batches. Somebody who changes meanwhile is counted as before or as after the change."""
        async for batches in self._read():
            ids = [candidate.id for batch in batches for candidate, _ in batch]
            opened, ranked, applications, placements = await asyncio.gather(
                self._opened(ids),
                self._ranked(ids),
                self._of(self._application_documents, ids, "answered", "unanswered"),
                self._of(self._placement_documents, ids, "hire.said_by"),
            )
            for batch in batches:
                await asyncio.sleep(0)  # others have their turn
                yield [
                    _person(
                        candidate,
                        best,
                        opened.get(candidate.id, ()),
                        ranked.get(candidate.id, ()),
                        applications.get(candidate.id, ()),
                        placements.get(candidate.id, ()),
                    )
                    for candidate, best in batch
                ]

    async def _read(self) -> AsyncIterator[list[list[tuple[Candidate, ScoredListings]]]]:
        """All candidates, ``READ`` batches at a time."""
        batches = []
        async for batch in self._candidates.batches(BATCH):
            batches.append(batch)
            if len(batches) == READ:
                yield batches
                batches = []
        if batches:
            yield batches

    async def _opened(self, attendee_ids: list[str]) -> dict[str, list[str]]:
        """The listings for which each of these attendees looked at an application."""
        found = self._opening_documents.find({"_id": {"$in": attendee_ids}})
        return {document["_id"]: document["listing_ids"] async for document in found}

    async def _ranked(self, attendee_ids: list[str]) -> dict[str, set[str]]:
        """The listings that each of these attendees ranked, in any round."""
        ranked: dict[str, set[str]] = defaultdict(set)
        async for document in self._rankings.find({"attendee_id": {"$in": attendee_ids}}, {"attendee_id": 1, "listing_ids": 1}):
            ranked[document["attendee_id"]].update(document["listing_ids"])
        return ranked

    async def _of(
        self, collection: AsyncIOMotorCollection[Document], attendee_ids: list[str], *fields: str
    ) -> dict[str, list[Document]]:
        """The listing, all states, and these fields, of the applications or placements of each of these attendees."""
        shown = dict.fromkeys(("attendee_id", "listing_id", "history.state", *fields), 1)
        documents: dict[str, list[Document]] = defaultdict(list)
        async for document in collection.find({"attendee_id": {"$in": attendee_ids}}, shown):
            documents[document["attendee_id"]].append(document)
        return documents

    # Turnout

    async def turnouts(self) -> dict[str, Turnout]:
        """How many came to each conference, as last counted."""
        return {
            document["_id"]: turnout_of(TurnoutCounted.model_validate(document["counted"]))
            async for document in self._turnouts.find()
        }

    async def turnout_versions(self, conference_ids: Collection[str], tx: Tx) -> dict[str, int]:
        """The stored version of each of these conferences' turnouts."""
        found = self._turnouts.find({"_id": {"$in": list(conference_ids)}}, {"counted.version": 1}, session=tx.session)
        return {document["_id"]: document["counted"]["version"] async for document in found}

    async def save_turnouts(self, counted: Iterable[TurnoutCounted], tx: Tx) -> None:
        for one in counted:
            document = {"_id": one.conference_id, "counted": one.model_dump()}
            await self._turnouts.replace_one({"_id": one.conference_id}, document, upsert=True, session=tx.session)

    async def forget_turnouts(self, conference_ids: Collection[str], tx: Tx) -> None:
        if conference_ids:
            await self._turnouts.delete_many({"_id": {"$in": list(conference_ids)}}, session=tx.session)


def _states(document: Document) -> set[str]:
    return {step["state"] for step in document["history"]}


def _id(conference_id: str | None) -> str:
    # A conference may have the id "all".
    return "all" if conference_id is None else f"conference/{conference_id}"


def _person(
    candidate: Candidate,
    best: ScoredListings,
    opened: Collection[str],
    ranked: Collection[str],
    applications: Collection[Document],
    placements: Collection[Document],
) -> CountedPerson:
    return CountedPerson(
        conference_ids=candidate.conference_ids,
        discipline=candidate.discipline,
        interests={key: interest.sessions.keys() for key, interest in candidate.interests.items()},
        sessions=candidate.sessions,
        excluded=candidate.excluded,
        matches=[listing_id for listing_id, _ in best],
        ranked=ranked,
        placed={one["listing_id"] for one in placements if "ended" not in _states(one)},
        stages=reached(
            [(one["listing_id"], _states(one)) for one in applications],
            [(one["listing_id"], _states(one), bool(one.get("hire"))) for one in placements],
            ranked,
            opened,
        ),
        answered={one["listing_id"] for one in applications if one["answered"]},
        unanswered={one["listing_id"] for one in applications if one["unanswered"]},
    )
