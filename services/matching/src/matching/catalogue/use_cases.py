"""Keeps the catalogue up to date, and tells every shard of candidates to rescore changed listings and conferences."""

import asyncio
from dataclasses import replace
from typing import Final

from matching.catalogue.repository import CatalogueRepository
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.commands import RescoreConference, RescoreListing
from matching.model.conferences import Conference, conference_of
from matching.model.listings import Listing, listing_of
from matching.model.terms import Terms
from shared.contract.envelope import Event
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.contract.events.registration import ConferenceScheduled
from shared.contract.topics import LISTINGS, RESCORING
from shared.database.mongo import Tx

SHARDS: Final = RESCORING.partitions


class LiveCatalogue:
    """The current catalogue: applies events to the database, and holds a snapshot in memory."""

    def __init__(self, catalogue: CatalogueRepository, terms: Terms, weights: Weights, numbering: Numbering) -> None:
        self._repository = catalogue
        self._terms = terms
        self._lock = asyncio.Lock()
        self._revision = 0
        self._snapshot = CatalogueSnapshot(weights, numbering)

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Store new versions of listings and schedules, and command every shard to rescore them."""
        await self._update_listings([event for event in events if _concerns_listing(event)], tx)
        await self._update_conferences(events, tx)

    async def _update_listings(self, events: list[Event], tx: Tx) -> None:
        known = await self._repository.listings({_listing_id(event) for event in events}, tx) if events else {}
        changed: dict[str, tuple[Listing, Event]] = {}
        for event in events:
            id = _listing_id(event)
            before = changed[id][0] if id in changed else known.get(id)
            listing = self._listing_after(event, before)
            if before is None or listing.version > before.version:
                changed[id] = listing, event
        if changed:
            await self._repository.save([listing for listing, _ in changed.values()], (), known, tx)
        for listing, event in changed.values():
            command = RescoreListing(listing_id=listing.id, version=listing.version)
            self._command_shards(command, listing.id, listing.version, event, tx)

    async def _update_conferences(self, events: list[Event], tx: Tx) -> None:
        scheduled = [(event.data, event) for event in events if isinstance(event.data, ConferenceScheduled)]
        ids = {schedule.conference_id for schedule, _ in scheduled}
        known = await self._repository.conferences(ids, tx) if ids else {}
        changed: dict[str, tuple[Conference, Event]] = {}
        for schedule, event in scheduled:
            id = schedule.conference_id
            before = changed[id][0] if id in changed else known.get(id)
            if before is None or schedule.version > before.version:
                changed[id] = conference_of(schedule, self._terms), event
        if changed:
            await self._repository.save((), [conference for conference, _ in changed.values()], known, tx)
        for conference, event in changed.values():
            before = known.get(conference.id)
            if before is None or before.sessions != conference.sessions:
                command = RescoreConference(conference_id=conference.id, version=conference.version)
                self._command_shards(command, conference.id, conference.version, event, tx)

    def _command_shards(
        self,
        command: RescoreListing | RescoreConference,
        key: str,
        version: int,
        cause: Event | None,
        tx: Tx,
        part: str = "",
    ) -> None:
        for shard in range(SHARDS):
            tx.publish(RESCORING, key, command, version=version, cause=cause, partition=shard, part=part)

    def _listing_after(self, event: Event, before: Listing | None) -> Listing:
        if isinstance(event.data, ListingPublished):
            listing = listing_of(event.data, self._terms)
            # Once everybody may apply, that is final. The author's own application ends the time reserved for them.
            return listing if before is None or before.author_only_until else listing.open_to_all()
        if isinstance(event.data, ListingWithdrawn):
            known = before or Listing(event.data.listing_id, 0, open=False)
            # Its terms stay, because insight counts placements by them. Its mentors are no longer needed.
            closed, capacity = event.data.reason == "closed", event.data.capacity or known.capacity
            return replace(
                known.open_to_all(), version=event.data.version, open=False, closed=closed, capacity=capacity, mentor_ids=[]
            )
        # A tombstone: the listing was erased. It has no version, so it gets the next one.
        return Listing(id=event.key, version=before.version + 1 if before else 1, open=False, closed=True)

    async def open_to_all(self, listing: Listing, tx: Tx) -> None:
        """Open the listing to everybody, and have it recommended, because the author of its idea has applied."""
        await self._repository.save([listing.open_to_all()], (), {listing.id}, tx)
        command = RescoreListing(listing_id=listing.id, version=listing.version)
        self._command_shards(command, listing.id, listing.version, None, tx, part="open-to-all")

    async def current(self, tx: Tx) -> CatalogueSnapshot:
        """A snapshot as of this transaction, or a newer one."""
        revision = await self._repository.revision(tx)
        async with self._lock:
            if revision > self._revision:
                await self._read_changes(revision, tx)
            return self._snapshot

    async def _read_changes(self, revision: int, tx: Tx) -> None:
        changes = await self._repository.changes_since(self._revision, tx)
        self._snapshot = self._snapshot.changed(changes.listings, changes.conferences, changes.counts_by_shard)
        self._revision = revision

    async def count_open(self) -> int:
        """How many listings are open."""
        return await self._repository.count_open()


def _concerns_listing(event: Event) -> bool:
    # A tombstone has no data; its topic gives the type. Tombstones of conferences are ignored: the sessions' terms stay.
    return isinstance(event.data, ListingPublished | ListingWithdrawn) or (
        event.data is None and event.record.topic.endswith(LISTINGS.name)
    )


def _listing_id(event: Event) -> str:
    return event.data.listing_id if isinstance(event.data, ListingPublished | ListingWithdrawn) else event.key
