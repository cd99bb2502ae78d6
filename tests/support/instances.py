"""Instances of the matching service without Kafka, which share a database, and the events that they read."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.model.commands import RescoreListing
from matching.nominations.repository import NominationsRepository
from matching.placements.repository import PlacementsRepository
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.held_shards import HeldShards
from matching.recommendations.use_cases.recommendations import Recommendations
from matching.settings import Settings
from shared.contract.envelope import Event, Received
from shared.contract.events.examples import EXAMPLES
from shared.contract.events.listings import ListingPublished
from shared.contract.events.registration import AttendeeProfiled
from shared.database.mongo import Database, Tx
from support.worlds import PlainTerms

SHARDS = (0, 1)


class Aborted(Exception):
    """The transaction is not to be committed."""


async def nothing_else(attendee_ids: Collection[str], tx: Tx) -> None:
    """There is nothing else to be erased."""


class Instance:
    """One instance of the service, without Kafka."""

    def __init__(self) -> None:
        self.database = Database("matching", Settings())
        numbering, terms = Numbering(), PlainTerms()
        self.candidates = CandidatesRepository(self.database.db)
        self.catalogue = CatalogueRepository(self.database.db)
        self.live_catalogue = LiveCatalogue(self.catalogue, terms, Weights(), numbering)
        self.shards = HeldShards(self.candidates, numbering)
        self.placements = PlacementsRepository(self.database.db)
        applications, self.nominations = ApplicationsRepository(self.database.db), NominationsRepository(self.database.db)
        hidden = HiddenListingsRepository(self.database.db)
        commitments = CommitmentFinder(self.placements, applications, self.nominations, self.candidates, self.catalogue, hidden)
        self.recommendations = Recommendations(
            self.candidates, self.live_catalogue, self.shards, terms, commitments.find, self.nominations.nominees, nothing_else
        )

    async def refresh(self, *events: Event, abort: bool = False) -> list[Any]:
        """Apply a batch. Gives what it publishes."""

        async def work(tx: Tx) -> list[Any]:
            await self.recommendations.refresh(list(events), tx)
            if abort:
                raise Aborted
            return list(tx.outgoing)

        return await self.database.transact(work)

    async def listed(self, attendee: str) -> list[str]:
        """The ids of the listings that are recommended to the attendee, sorted."""
        candidate = await self.candidates.get(attendee)
        assert candidate
        return sorted(match.listing_id for match in candidate.matches)

    async def publish(self, listing: str, *skills: str) -> None:
        await self.database.transact(lambda tx: self.live_catalogue.apply([published(listing, *skills)], tx))

    async def holds_what_the_database_has(self) -> None:
        async def work(tx: Tx) -> None:
            catalogue = await self.live_catalogue.current(tx)
            await self.shards.bring_up_to_date(SHARDS, catalogue, tx)
            for shard in SHARDS:
                kept = [one async for one in self.candidates.of_shard(shard, tx)]
                assert self.shards.index.attending("c1", {shard}) == sorted(candidate.id for candidate, _ in kept)
                for listing in catalogue.listings:
                    holding = sorted(candidate.id for candidate, best in kept if listing in dict(best))
                    assert self.shards.index.holding(listing, {shard}) == holding

        await self.database.transact(work)


def event(data: Any, key: str, shard: int) -> Event:
    record = Received("any", b"", [], key=key.encode(), partition=shard)
    return Event("id", "test", "type", datetime.now(UTC), "correlation", data, record)


def published(listing: str, *skills: str) -> Event:
    plain: dict[str, Any] = {
        "topics": [],
        "title": "A",
        "description": None,
        "requirements": [],
        "research": None,
        "conditions": None,
        "deadline": None,
        "idea_author_id": None,
        "author_only_until": None,
    }
    data = EXAMPLES["listings.listing.published.v1"][0].data | plain | {"listing_id": listing, "version": 1, "skills": skills}
    return event(ListingPublished.model_validate(data), listing, 0)


def profiled(attendee: str, version: int, skills: Sequence[str], shard: int) -> Event:
    plain: dict[str, Any] = {"conference_ids": ["c1"], "interests": [], "met": [], "availability": None, "sessions": []}
    interests = [{"kind": "skill", "term": skill, "declared": True} for skill in skills]
    data = plain | {"attendee_id": attendee, "version": version, "interests": interests}
    return event(AttendeeProfiled.model_validate(data), attendee, shard)


def erased(attendee: str, shard: int) -> Event:
    return event(None, attendee, shard)


def opened(listing: str, shard: int) -> Event:
    return event(RescoreListing(listing_id=listing, version=1), listing, shard)
