"""Keeping the catalogue: listings and schedules in, work for every shard of candidates out."""

import asyncio
from dataclasses import replace
from typing import Final

from matching.catalogue import repository as repository
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.commands import RescoreConference, RescoreListing
from matching.model.conferences import Conference, scheduled
from matching.model.listings import Conditions, Listing, requested_terms_of
from matching.model.terms import Terms
from shared.contract.envelope import Event
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.contract.events.registration import ConferenceScheduled
from shared.contract.topics import LISTINGS, RESCORING
from shared.database.mongo import Tx

SHARDS: Final = RESCORING.partitions


class LiveCatalogue:
    """Keeps the catalogue, and holds it in memory as it is now."""

    def __init__(self, catalogue: repository.CatalogueRepository, terms: Terms, weights: Weights, numbering: Numbering) -> None:
        self._repository = catalogue
        self._terms = terms
        self._turn = asyncio.Lock()
        self._revision = 0
        self._catalogue = CatalogueSnapshot(weights, numbering)

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these listings and schedules, and tell every shard of candidates what changed."""
        await self._keep_listings([event for event in events if _is_of_listing(event)], tx)
        await self._keep_conferences([event for event in events if isinstance(event.data, ConferenceScheduled)], tx)

    async def _keep_listings(self, events: list[Event], tx: Tx) -> None:
        known = await self._repository.listings({_listing_id(event) for event in events}, tx) if events else {}
        changed: dict[str, tuple[Listing, Event]] = {}
        for event in events:
            id = _listing_id(event)
            before = changed[id][0] if id in changed else known.get(id)
            listing = self._listing(event, before)
            if before is None or listing.version > before.version:
                changed[id] = listing, event
        if changed:
            await self._repository.save([listing for listing, _ in changed.values()], (), known, tx)
        for listing, event in changed.values():
            self._publish_to_shards(
                RescoreListing(listing_id=listing.id, version=listing.version), listing.id, listing.version, event, tx
            )

    async def _keep_conferences(self, events: list[Event], tx: Tx) -> None:
        known = (
            await self._repository.conferences(
                {event.data.conference_id for event in events if isinstance(event.data, ConferenceScheduled)}, tx
            )
            if events
            else {}
        )
        changed: dict[str, tuple[Conference, Event]] = {}
        for event in events:
            if isinstance(event.data, ConferenceScheduled):
                id = event.data.conference_id
                before = changed[id][0] if id in changed else known.get(id)
                if before is None or event.data.version > before.version:
                    changed[id] = scheduled(event.data, self._terms), event
        if changed:
            await self._repository.save((), [conference for conference, _ in changed.values()], known, tx)
        for conference, event in changed.values():
            before = known.get(conference.id)
            if before is None or before.sessions != conference.sessions:
                work = RescoreConference(conference_id=conference.id, version=conference.version)
                self._publish_to_shards(work, conference.id, conference.version, event, tx)

    def _publish_to_shards(self, work: RescoreListing | RescoreConference, key: str, version: int, cause: Event, tx: Tx) -> None:
        for shard in range(SHARDS):
            tx.publish(RESCORING, key, work, version=version, cause=cause, partition=shard)

    def _listing(self, event: Event, before: Listing | None) -> Listing:
        if isinstance(event.data, ListingPublished):
            return self._published(event.data)
        if isinstance(event.data, ListingWithdrawn):
            known = before or Listing(event.data.listing_id, 0, open=False)
            # What it asked for stays: who is placed in it is counted by that. Nobody need know its mentors any more.
            return replace(known, version=event.data.version, open=False, mentor_ids=[])
        # A tombstone: the listing was erased, whatever version was known.
        return Listing(id=event.key, version=before.version + 1 if before else 1, open=False)

    def _published(self, listing: ListingPublished) -> Listing:
        conditions = Conditions()
        if given := listing.conditions:
            conditions = Conditions(
                given.starts, given.ends, given.hours_per_week, given.country, given.remote, given.work_permission
            )
        return Listing(
            id=listing.listing_id,
            version=listing.version,
            open=True,
            title=listing.title,
            organization=listing.organization,
            organization_id=listing.organization_id,
            url=listing.url,
            requested_terms=requested_terms_of(listing, self._terms),
            mentor_ids=listing.mentor_person_ids,
            conference_ids=listing.conference_ids,
            disciplines=list(listing.disciplines),
            crossing=listing.crossing,
            conditions=conditions,
            seats=listing.seats,
            approved=listing.approved,
            deadline=listing.deadline,
        )

    async def current(self, tx: Tx) -> CatalogueSnapshot:
        """The catalogue as of this transaction, or a newer one."""
        revision = await self._repository.revision(tx)
        async with self._turn:
            if revision > self._revision:
                await self._read_changes(revision, tx)
            return self._catalogue

    async def _read_changes(self, revision: int, tx: Tx) -> None:
        news = await self._repository.changes_since(self._revision, tx)
        self._catalogue = self._catalogue.changed(news.listings, news.conferences, news.counts_by_shard)
        self._revision = revision

    async def count_open(self) -> int:
        """How many listings there are."""
        return await self._repository.count_open()


def _is_of_listing(event: Event) -> bool:
    # A tombstone has no data that would tell. That of a conference says nothing here: what sessions were about stays.
    return isinstance(event.data, ListingPublished | ListingWithdrawn) or (
        event.data is None and event.record.topic.endswith(LISTINGS.name)
    )


def _listing_id(event: Event) -> str:
    return event.data.listing_id if isinstance(event.data, ListingPublished | ListingWithdrawn) else event.key
