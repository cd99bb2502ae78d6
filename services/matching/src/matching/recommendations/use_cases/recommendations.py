"""Keeping every attendee's list of best matches up to date, and publishing it where it says something new."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final
from uuid import uuid4

from matching.catalogue.use_cases import LiveCatalogue
from matching.engine import index
from matching.engine.index import Numbering
from matching.engine.snapshot import CatalogueSnapshot, same_content
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, ScoredListings
from matching.model.commands import RescoreConference, RescoreListing
from matching.model.terms import Terms
from matching.recommendations.repository import CandidatesRepository
from shared.contract.envelope import Event
from shared.contract.events.matching import RecommendationsChanged
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import RECOMMENDATIONS, RESCORING
from shared.database.mongo import Tx

MAX_REFRESHED: Final = 200
"""How many lists one transaction refreshes at most because of listings and schedules. The others follow in the next ones."""

INDEX_BATCH: Final = 500
"""How many candidates are put into the index together as a shard is read: five times quicker than each by itself."""

Held = tuple[Candidate, ScoredListings]

Forget = Callable[[Collection[str], Tx], Awaitable[None]]
"""Erases all else that the service knows of attendees."""


class HeldShards:
    """The candidates of the shards that this instance works on, held in memory.

    What is held of a shard is all there is if it has the shard's revision. What a transaction changes is put in once it is seen
    by its revision that it was committed: by the next one, or when the shard is counted. Else the shard is read again.
    """

    def __init__(self, candidates: CandidatesRepository, numbering: Numbering) -> None:
        self._repository = candidates
        self.index = index.CandidateIndex(numbering)
        self._revisions: dict[int, str] = {}
        self._pending: dict[int, tuple[str, dict[str, Candidate | None], CatalogueSnapshot]] = {}

    async def bring_up_to_date(self, shards: Collection[int], catalogue: CatalogueSnapshot, tx: Tx) -> None:
        """Hold these shards as of this transaction."""
        for shard, revision in (await self._repository.revisions(shards, tx)).items():
            self.apply_committed(shard, revision)
            self._pending.pop(shard, None)  # of a transaction that was not committed
            if self._revisions.get(shard) != revision:
                self.let_go(shard)
                some: list[Held] = []
                async for one in self._repository.of_shard(shard, tx):
                    some.append(one)
                    if len(some) == INDEX_BATCH:
                        self._put(some, catalogue)
                        some = []
                self._put(some, catalogue)
                self._revisions[shard] = revision

    def apply_committed(self, shard: int, revision: str) -> None:
        """Put in what was changed here last, if it was committed: if it is what has this revision."""
        changed_to, changes, catalogue = self._pending.get(shard, (None, {}, None))
        if changed_to != revision or catalogue is None:
            return
        for id, candidate in changes.items():
            if candidate is None:
                self.index.remove(id)
        kept = (candidate for candidate in changes.values() if candidate is not None)
        self._put([(one, [(match.listing_id, match.score) for match in one.matches]) for one in kept], catalogue)
        self._revisions[shard] = revision
        del self._pending[shard]

    def _put(self, candidates: Iterable[Held], catalogue: CatalogueSnapshot) -> None:
        self.index.put_many((candidate, catalogue.interests(candidate), best) for candidate, best in candidates)

    def will_change(self, shard: int, revision: str, changes: dict[str, Candidate | None], catalogue: CatalogueSnapshot) -> None:
        """Remember what this transaction makes of the shard, None for who is erased, until it is seen that it was committed."""
        self._pending[shard] = revision, changes, catalogue

    def candidate_counts(self, shard: int) -> CandidateCounts:
        """What the candidates of a shard that is held have, and are shown."""
        return self.index.candidate_counts({shard})

    def let_go(self, shard: int) -> None:
        """Hold this shard no longer: another instance works on it."""
        self._revisions.pop(shard, None)
        self._pending.pop(shard, None)
        self.index.drop_shard(shard)

    def held(self) -> dict[int, str]:
        """The shards that are held, with the revisions that they have here."""
        return dict(self._revisions)

    def is_current(self, shard: int, revision: str) -> bool:
        """Whether the shard is held as of this revision, or will be with what was changed here last."""
        changed_to = self._pending[shard][0] if shard in self._pending else None
        return revision in (self._revisions.get(shard), changed_to)


class Recommendations:
    """The use cases; each runs in the transaction it is given."""

    def __init__(
        self, candidates: CandidatesRepository, live_catalogue: LiveCatalogue, shards: HeldShards, terms: Terms, forget: Forget
    ) -> None:
        self._repository = candidates
        self._live_catalogue = live_catalogue
        self._shards = shards
        self._terms = terms
        self._forget = forget

    async def refresh(self, events: list[Event], tx: Tx) -> None:
        """Bring the lists of best matches up to date with new profiles, and with listings and schedules that changed.

        An attendee's recommendations are published where the list says something else than before.
        """
        catalogue = await self._live_catalogue.current(tx)
        shards = {event.record.partition for event in events}
        await self._shards.bring_up_to_date(shards, catalogue, tx)

        work: dict[str, Event] = {}
        for event in events:
            if isinstance(event.data, RescoreListing | RescoreConference):
                work |= dict.fromkeys(self._concerned(event, event.data, catalogue, MAX_REFRESHED - len(work), tx), event)
        about = {event.key for event in events if not isinstance(event.data, RescoreListing | RescoreConference)}
        known = await self._repository.get_many(about | work.keys(), tx)

        candidates = dict(known)
        causes = {id: event for id, event in work.items() if id in known}
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
                    candidate.adopt(event.data, self._terms)
                    candidate.shard = event.record.partition
                    causes[candidate.id] = event
                    erased.discard(candidate.id)

        for id, event in causes.items():
            self._refresh_one(candidates[id], catalogue, event, tx)
        refreshed = [candidates[id] for id in causes]
        changes: dict[int, dict[str, Candidate | None]] = {shard: {} for shard in shards}
        for candidate in (*refreshed, *(candidates[id] for id in erased)):
            changes[candidate.shard][candidate.id] = None if candidate.id in erased else candidate
        changed = {shard: uuid4().hex for shard in shards if changes[shard]}
        await self._repository.save(
            [candidate for candidate in refreshed if candidate.id not in known],
            [candidate for candidate in refreshed if candidate.id in known],
            erased,
            changed,
            tx,
        )
        await self._forget(erased, tx)
        for shard, revision in changed.items():
            self._shards.will_change(shard, revision, changes[shard], catalogue)

    def _concerned(
        self, event: Event, work: RescoreListing | RescoreConference, catalogue: CatalogueSnapshot, most: int, tx: Tx
    ) -> list[str]:
        """The candidates of its shard whose lists the work may change, ``most`` of them. For the rest it is published again."""
        shard = {event.record.partition}
        index = self._shards.index
        if isinstance(work, RescoreConference):
            key = work.conference_id
            ids = index.attending(key, shard)
        else:
            key = work.listing_id
            ids = index.holding(key, shard)
            if key in catalogue.listings:
                ids = sorted({*ids, *index.entering(key, catalogue.index, shard, tx.now)})
        ids = [id for id in ids if work.after is None or id > work.after]
        if len(ids) > most:
            ids = ids[:most]
            rest = work.model_copy(update={"after": ids[-1]}) if ids else work
            partition, part = event.record.partition, f"rest-of-{event.record.offset}"
            tx.publish(RESCORING, key, rest, version=work.version, cause=event, partition=partition, part=part)
        return ids

    def _refresh_one(self, candidate: Candidate, catalogue: CatalogueSnapshot, cause: Event, tx: Tx) -> None:
        matches = catalogue.best_matches(candidate, tx.now)
        if not same_content(matches, candidate.matches):
            candidate.matches_version += 1
            news = RecommendationsChanged(attendee_id=candidate.id, version=candidate.matches_version, matches=matches)
            tx.publish(RECOMMENDATIONS, candidate.id, news, version=candidate.matches_version, cause=cause)
        candidate.matches = matches
