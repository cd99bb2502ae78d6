"""What matching does: load, decide, save, publish."""

from matching.domain.recommendations import Candidate, Opening, says_the_same
from matching.repository.recommendations import Repository
from shared.envelope import Event
from shared.events.listings import ListingPublished, ListingWithdrawn
from shared.events.matching import OpeningChanged, RecommendationsChanged
from shared.events.registration import AttendeeProfiled
from shared.mongo import Tx
from shared.topics import OPENINGS, RECOMMENDATIONS


class Matching:
    """The use cases; each runs in the transaction it is given."""

    def __init__(self, repository: Repository, shards: int) -> None:
        self._repository = repository
        self._shards = shards

    async def keep_openings(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these listings, and tell every shard of candidates which openings changed."""
        known = await self._repository.openings({_listing_id(event) for event in events}, tx)
        changed: dict[str, tuple[Opening, Event]] = {}
        for event in events:
            id = _listing_id(event)
            before = changed[id][0] if id in changed else known.get(id)
            opening = _opening(event, before)
            if before is None or opening.version > before.version:
                changed[id] = opening, event
        if not changed:
            return
        openings = [opening for opening, _ in changed.values()]
        await self._repository.save_openings(
            [opening for opening in openings if opening.id not in known],
            [opening for opening in openings if opening.id in known],
            tx,
        )
        for opening, event in changed.values():
            work = OpeningChanged(listing_id=opening.id, version=opening.version)
            for shard in range(self._shards):
                tx.publish(OPENINGS, opening.id, work, version=opening.version, cause=event, partition=shard)

    async def refresh_candidates(self, events: list[Event], tx: Tx) -> None:
        """Bring the lists of best matches up to date with new profiles, and with openings that changed.

        An attendee's recommendations are published where the list says something else than before.
        """
        catalogue = await self._repository.catalogue(tx)
        work = {event.data.listing_id: event for event in events if isinstance(event.data, OpeningChanged)}
        shards = {event.record.partition for event in events if isinstance(event.data, OpeningChanged)}

        known = await self._repository.candidates(
            {event.key for event in events if not isinstance(event.data, OpeningChanged)}, tx
        )
        candidates = dict(known)
        causes: dict[str, Event] = {}
        erased: set[str] = set()
        for event in events:
            if event.data is None:
                candidates[event.key] = Candidate(event.key, event.record.partition)
                causes.pop(event.key, None)
                erased.add(event.key)
                tx.erase(RECOMMENDATIONS, event.key)
            elif isinstance(event.data, AttendeeProfiled):
                candidate = candidates.setdefault(event.key, Candidate(event.key, event.record.partition))
                if event.data.version > candidate.version:
                    candidate.adopt(event.data)
                    candidate.shard = event.record.partition
                    causes[candidate.id] = event
                    erased.discard(candidate.id)

        if work:
            openings = await self._repository.openings(work, tx)
            for id, candidate in (await self._repository.candidates_concerned(shards, openings.values(), tx)).items():
                candidate = candidates.setdefault(id, candidate)
                known.setdefault(id, candidate)
                if id not in causes and id not in erased and catalogue.may_change(candidate, work.keys(), tx.now):
                    causes[id] = next(iter(work.values()))

        refreshed = [candidates[id] for id in causes]
        for candidate in refreshed:
            matches = catalogue.best_matches(candidate, tx.now)
            if not says_the_same(matches, candidate.matches):
                candidate.matches_version += 1
                recommendations = RecommendationsChanged(
                    attendee_id=candidate.id, version=candidate.matches_version, matches=matches
                )
                tx.publish(
                    RECOMMENDATIONS, candidate.id, recommendations, version=candidate.matches_version, cause=causes[candidate.id]
                )
            candidate.matches = matches
        await self._repository.save_candidates(
            [candidate for candidate in refreshed if candidate.id not in known],
            [candidate for candidate in refreshed if candidate.id in known],
            tx,
        )
        if erased:
            await self._repository.erase_candidates(erased, tx)


def _listing_id(event: Event) -> str:
    return event.data.listing_id if isinstance(event.data, ListingPublished | ListingWithdrawn) else event.key


def _opening(event: Event, before: Opening | None) -> Opening:
    if isinstance(event.data, ListingPublished):
        listing = event.data
        return Opening(
            id=listing.listing_id,
            version=listing.version,
            open=True,
            title=listing.title,
            organization=listing.organization,
            url=listing.url,
            skills=listing.skills,
            topics=listing.topics,
            mentor_ids=listing.mentor_person_ids,
            conference_ids=listing.conference_ids,
            deadline=listing.deadline,
        )
    if isinstance(event.data, ListingWithdrawn):
        return Opening(id=event.data.listing_id, version=event.data.version, open=False)
    # A tombstone: the listing was erased, whatever version was known.
    return Opening(id=event.key, version=before.version + 1 if before else 1, open=False)
