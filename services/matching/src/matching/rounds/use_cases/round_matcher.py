"""Matches a frozen round outside any transaction, stores the result page by page, and checks it as stored."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matching.rounds.domain import rounds as domain
from matching.rounds.domain.entries import ListingEntry, Outcome
from matching.rounds.domain.rounds import Round
from matching.rounds.domain.solution import FrozenRound, Solution, blocking, dissatisfied, solve
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import save_and_publish
from shared.database.leases import Lease
from shared.database.mongo import Tx


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a stored result."""

    blocking_pairs: Sequence[tuple[str, str]]
    seats: int
    dissatisfied_couples: int | None
    """How many couples would rather have another pair of seats that would take them; None if somebody was erased since."""
    repeats: bool | None
    """Whether running the match again gives the same result bit for bit; None if somebody was erased since."""


class RoundMatcher:
    """Matches frozen rounds."""

    def __init__(self, rounds: Rounds, entries: Entries) -> None:
        self._rounds = rounds
        self._entries = entries

    async def solve(self, round: Round) -> Solution:
        """Compute the result. Nothing is stored."""
        frozen, _ = await self._load(round)
        return await asyncio.to_thread(solve, frozen)

    async def save_outcomes(self, id: str, lease: Lease, solution: Solution, numbers: range, tx: Tx) -> Round:
        """Store the outcomes of the attendees on these pages."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "match":
            return round
        pages = [page async for page in self._entries.pages(id, numbers, tx)]
        known = [[solution.outcomes[entry.id] for entry in page.attendees if entry.id in solution.outcomes] for page in pages]
        await self._entries.save_pages(
            [replace(page, outcomes=outcomes) for page, outcomes in zip(pages, known, strict=True)], tx
        )
        return round

    async def save_listings(self, id: str, lease: Lease, listings: Sequence[ListingEntry], erased: int, tx: Tx) -> Round:
        """Store the assigned seats of these listings, unless more attendees were erased meanwhile."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step == "match" and round.erased == erased:
            await self._entries.save_seats(id, listings, tx)
        return round

    async def blocking_pairs(self, round: Round) -> Sequence[tuple[str, str]]:
        """The blocking pairs of the stored result. Raises ``ValueError`` if it is not a valid assignment."""
        frozen, outcomes = await self._load(round)
        return await asyncio.to_thread(blocking, frozen, outcomes, after_erasure=False)

    async def complete(self, id: str, lease: Lease, solution: Solution, erased: int, fault: str | None, tx: Tx) -> Round:
        """End the match: the round is matched, or stopped by a fault. Nothing is done if more attendees were erased meanwhile."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "match" or round.erased != erased:
            return round
        if fault:
            round = domain.stop(round, fault)
            await self._rounds.save(round, tx)
            return round
        return await save_and_publish(
            domain.match(round, solution.matched, solution.input_digest, solution.result_digest), self._rounds, tx
        )

    async def check(self, round: Round) -> Check:
        """Search the stored result for blocking pairs, and match the frozen round again."""
        frozen, outcomes = await self._load(round)
        erased = round.erased != round.erased_before
        pairs = await asyncio.to_thread(blocking, frozen, outcomes, after_erasure=erased)
        couples, repeats = None, None
        if not erased:
            couples = await asyncio.to_thread(dissatisfied, frozen, outcomes)
            again = await asyncio.to_thread(solve, frozen)
            repeats = (again.input_digest, again.result_digest) == (round.input_digest, round.result_digest)
        return Check(pairs, sum(listing.seats for listing in frozen.listings), couples, repeats)

    async def _load(self, round: Round) -> tuple[FrozenRound, Mapping[str, Outcome]]:
        pages = [page async for page in self._entries.pages(round.id)]
        listings = await self._entries.listings(round.id)
        frozen = FrozenRound(round.seed, [one for page in pages for one in page.attendees], list(listings.values()))
        return frozen, {one.attendee_id: one for page in pages for one in page.outcomes}
