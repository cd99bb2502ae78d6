"""Keeps each attendee's list of best matches up to date, and publishes meaningful changes. Erases attendees."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final
from uuid import uuid4

from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.snapshot import CatalogueSnapshot, same_content
from matching.model.candidates import Candidate
from matching.model.commands import RescoreCandidate, RescoreConference, RescoreListing
from matching.model.commitments import FREE, Commitments
from matching.model.listings import INTERNSHIP
from matching.model.terms import Terms
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.recommendations.use_cases.held_shards import HeldShards
from shared.contract.envelope import Event
from shared.contract.events.matching import RecommendationsChanged
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import RECOMMENDATIONS, RESCORING
from shared.database.mongo import Tx

MAX_REFRESHED: Final = 200
"""How many lists one transaction refreshes because of commands. Other lists follow in later transactions."""

Forget = Callable[[Collection[str], Tx], Awaitable[None]]
"""Erases everything else that the service stores about attendees (``AttendeeEraser``)."""

FindCommitments = Callable[[Collection[str], Tx], Awaitable[Mapping[str, Commitments]]]
"""Finds these attendees' commitments, under any of their ids; omits attendees without any."""

FindNominees = Callable[[str, Tx], Awaitable[Collection[str]]]
"""Finds the attendees who agreed to be nominated for this leadership programme."""

COMMANDS: Final = (RescoreListing, RescoreConference, RescoreCandidate)


class Recommendations:
    """Refreshes recommendations, in the transaction given."""

    def __init__(
        self,
        candidates: CandidatesRepository,
        live_catalogue: LiveCatalogue,
        shards: HeldShards,
        terms: Terms,
        commitments: FindCommitments,
        nominees: FindNominees,
        forget: Forget,
    ) -> None:
        self._repository = candidates
        self._rescorer = CandidateRescorer(candidates)
        self._live_catalogue = live_catalogue
        self._shards = shards
        self._terms = terms
        self._commitments = commitments
        self._nominees = nominees
        self._forget = forget

    async def refresh(self, events: list[Event], tx: Tx) -> None:
        """Apply profiles, tombstones and commands, and refresh every list that they affect.

        A list is published if it is news to the attendee. A tombstone erases the attendee: the candidate with their list, and
        everything else by ``Forget``.
        """
        catalogue = await self._live_catalogue.current(tx)
        shards = {event.record.partition for event in events}
        await self._shards.bring_up_to_date(shards, catalogue, tx)

        affected: dict[str, Event] = {}
        for event in events:
            if isinstance(event.data, RescoreListing | RescoreConference):
                most = MAX_REFRESHED - len(affected)
                affected |= dict.fromkeys(await self._affected(event, event.data, catalogue, most, tx), event)
            elif isinstance(event.data, RescoreCandidate):
                affected[event.data.attendee_id] = event
        profiled = {event.key for event in events if not isinstance(event.data, COMMANDS)}
        known = await self._repository.get_many(profiled | affected.keys(), tx)

        kept_before = {id: candidate.merged_into for id, candidate in known.items()}
        candidates = dict(known)
        causes = {id: event for id, event in affected.items() if id in known}
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
                    candidate.update_from(event.data, self._terms)
                    candidate.shard = event.record.partition
                    causes[candidate.id] = event
                    erased.discard(candidate.id)

        commitments = await self._commitments(causes.keys(), tx) if causes else {}
        for id, event in causes.items():
            self._refresh_one(candidates[id], commitments.get(id, FREE), catalogue, event, tx)
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
        await self._follow_merges(kept_before, changes, tx)
        for shard, revision in changed.items():
            self._shards.will_change(shard, revision, changes[shard], catalogue)

    async def _affected(
        self, event: Event, command: RescoreListing | RescoreConference, catalogue: CatalogueSnapshot, most: int, tx: Tx
    ) -> list[str]:
        """Up to ``most`` candidates whose lists the command may change. For the rest, the command is published again."""
        shard = {event.record.partition}
        index = self._shards.index
        if isinstance(command, RescoreConference):
            key = command.conference_id
            ids = index.attending(key, shard)
        else:
            key = command.listing_id
            ids = index.holding(key, shard)
            if key in catalogue.listings:
                ids = sorted({*ids, *index.entering(key, catalogue.index, shard, tx.now)})
                if catalogue.listings[key].kind != INTERNSHIP:  # the index does not know who is nominated
                    persons = await self._repository.persons(await self._nominees(key, tx), tx)
                    shards = await self._repository.shards({their[0] for their in persons.values()}, tx)
                    ids = sorted({*ids, *(id for id, where in shards.items() if where in shard)})
        ids = [id for id in ids if command.after is None or id > command.after]
        if len(ids) > most:
            ids = ids[:most]
            rest = command.model_copy(update={"after": ids[-1]}) if ids else command
            partition, part = event.record.partition, f"rest-of-{event.record.offset}"
            tx.publish(RESCORING, key, rest, version=command.version, cause=event, partition=partition, part=part)
        return ids

    async def _follow_merges(
        self, before: Mapping[str, str | None], changes: Mapping[int, Mapping[str, Candidate | None]], tx: Tx
    ) -> None:
        """Request new lists for candidates affected by a merge or split, because merged candidates share their commitments.

        ``before``: the id into which each of the known candidates was merged.
        """
        for id, candidate in ((id, candidate) for changed in changes.values() for id, candidate in changed.items()):
            now = candidate.merged_into if candidate else None
            for kept in (before.get(id), now) if before.get(id) != now else ():
                if kept is not None:
                    await self._rescorer.rescore(kept, f"merge/{id}", candidate.version if candidate else 0, tx)

    def _refresh_one(
        self, candidate: Candidate, commitments: Commitments, catalogue: CatalogueSnapshot, cause: Event, tx: Tx
    ) -> None:
        matches = catalogue.best_matches(candidate, tx.now, commitments)
        if not same_content(matches, candidate.matches):
            candidate.matches_version += 1
            changed = RecommendationsChanged(attendee_id=candidate.id, version=candidate.matches_version, matches=matches)
            tx.publish(RECOMMENDATIONS, candidate.id, changed, version=candidate.matches_version, cause=cause)
        candidate.matches = matches
