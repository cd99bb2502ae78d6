"""What the lock of a match-day round freezes, some of it in each transaction: listings, attendees, hosts' rankings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from matching.catalogue.repository import CatalogueRepository
from matching.engine.match_day import break_ties
from matching.model.candidates import Candidate, obstacle
from matching.model.listings import Listing
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, caps_left
from matching.rounds.domain.requests import HostRanking
from matching.rounds.domain.rounds import BatchSizes, Round, advance_to, next_step
from matching.rounds.repository.entries import Entries, Page
from matching.rounds.repository.rankings import Ranked, Rankings
from matching.rounds.repository.rounds import Rounds
from shared.database.leases import Lease
from shared.database.mongo import Tx

SCORED: Final = 2_000
"""About how many scores are computed in one transaction, and at most at once."""

Scores = Callable[[str, Sequence[str], Tx], Awaitable[Mapping[str, float]]]
"""The score of each of these attendees for a listing, higher for who suits it better; who is left out is not taken."""


class RoundFreezer:
    """Each step takes the round on by some pages, under the lease, and returns it."""

    def __init__(
        self,
        rounds: Rounds,
        rankings: Rankings,
        entries: Entries,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        scores: Scores,
        sizes: BatchSizes,
    ) -> None:
        self._rounds = rounds
        self._rankings = rankings
        self._entries = entries
        self._candidates = candidates
        self._catalogue = catalogue
        self._scores = scores
        self._sizes = sizes

    async def listings(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Freeze some listings: their seats, and what their hosts said about these."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "listings":
            return round
        ids = round.listing_ids[round.done : round.done + self._sizes.listings]
        listings = await self._catalogue.listings(ids, tx)
        earlier = await self._entries.earlier(round.earlier, ids, tx)
        frozen = []
        for listing_id in ids:
            sent = await self._rankings.of_listing([*round.earlier, id], listing_id, tx)
            before = {round_id: some[listing_id] for round_id, some in earlier.items() if listing_id in some}
            frozen.append(_frozen(listing_id, listings.get(listing_id), sent, before, id))
        await self._entries.save_listings(id, frozen, tx)
        return await self._on(round, len(ids), len(round.listing_ids), tx)

    async def attendees(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Freeze some pages of attendees, each with what they ranked."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "attendees":
            return round
        size = self._sizes.page
        most = size * self._sizes.pages
        ranked = await self._rankings.page(id, round.after, most, tx)
        people = await self._candidates.get_many([one.attendee_id for one in ranked], tx)
        listings = await self._catalogue.listings({listing_id for one in ranked for listing_id in one.listing_ids}, tx)
        attendees = [_attendee(one, people.get(one.attendee_id), listings) for one in ranked]
        pages = [
            Page(id, round.done + number, attendees[start : start + size])
            for number, start in enumerate(range(0, len(attendees), size))
        ]
        await self._entries.save_pages(pages, tx)
        done = round.done + len(pages)
        if len(ranked) < most:
            round = next_step(replace(round, pages=done), "rankings")
        else:
            round = advance_to(round, done, ranked[-1].attendee_id)
        await self._rounds.save(round, tx)
        return round

    async def applicants(self, id: str) -> dict[str, list[str]]:
        """Of each listing, the attendees who ranked it and are not ruled out, once all of them are frozen."""
        applicants: dict[str, list[str]] = {}
        async for page in self._entries.pages(id):
            for attendee in page.attendees:
                for listing_id in attendee.choices:
                    if listing_id not in attendee.ineligible:
                        applicants.setdefault(listing_id, []).append(attendee.id)
        return applicants

    async def rankings(self, id: str, lease: Lease, applicants: Mapping[str, list[str]], erased: int, tx: Tx) -> Round:
        """Freeze the rankings of some listings. ``applicants`` are as ``applicants`` gave them after so many were ``erased``.

        Where there are more of these, nothing is done.
        """
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "rankings" or round.erased != erased:
            return round
        ids = []
        scored = 0
        for listing_id in round.listing_ids[round.done : round.done + self._sizes.listings]:
            ids.append(listing_id)
            scored += len(applicants.get(listing_id, ()))
            if scored >= SCORED:
                break
        listings = await self._entries.listings(id, ids, tx)
        for listing_id, listing in listings.items():
            here = applicants.get(listing_id, [])
            ranking = () if listing.withdrawn else await self._ranking(round, listing_id, here, tx)
            listings[listing_id] = replace(listing, ranking=ranking)
        await self._entries.save_listings(id, listings.values(), tx)
        return await self._on(round, len(ids), len(round.listing_ids), tx)

    async def _ranking(self, round: Round, listing_id: str, applicants: list[str], tx: Tx) -> tuple[str, ...]:
        sent = await self._rankings.of_listing([*round.earlier, round.id], listing_id, tx)
        if sent is None or not applicants:
            return ()
        ranking = sent[1]
        if ranking.attendee_ids is not None:
            applied = set(applicants)
            return tuple(attendee_id for attendee_id in ranking.attendee_ids if attendee_id in applied)
        scores: dict[str, float] = {}
        for start in range(0, len(applicants), SCORED):
            scores |= await self._scores(listing_id, applicants[start : start + SCORED], tx)
        asked = set(applicants)
        return break_ties({one: score for one, score in scores.items() if one in asked and isfinite(score)}, round.seed)

    async def _on(self, round: Round, more: int, of: int, tx: Tx) -> Round:
        done = round.done + more
        following = {"listings": "attendees", "rankings": "match"}
        round = advance_to(round, done) if done < of else next_step(round, following[round.step or ""])  # type: ignore[arg-type]
        await self._rounds.save(round, tx)
        return round


def _frozen(
    id: str, listing: Listing | None, sent: tuple[str, HostRanking] | None, earlier: Mapping[str, ListingEntry], round_id: str
) -> ListingEntry:
    """The listing as the lock freezes it. ``sent`` is its host's last ranking, and from which round; ``earlier`` has the listing
    as it was in the rounds before, of which this one cleans up."""
    if listing is None or not listing.open or not listing.approved:
        return ListingEntry(id, 0, withdrawn=True)
    seats = listing.seats
    if earlier:
        # Not just what the listings service told: it may not know yet who has a seat since.
        seats = min(seats, list(earlier.values())[-1].left)
    if sent is None:
        return ListingEntry(id, seats)
    said_in, ranking = sent
    if ranking.seats is not None and (said_in == round_id or not earlier):
        seats = min(seats, ranking.seats)
    since = [listing for one, listing in earlier.items() if one >= said_in and said_in != round_id]
    return ListingEntry(id, seats, caps=caps_left(ranking.caps, since), reverts_to=ranking.reverts_to)


def _attendee(ranked: Ranked, person: Candidate | None, listings: Mapping[str, Listing]) -> AttendeeEntry:
    if person is None or person.empty:  # agreed to be matched when they ranked, and not any more
        return AttendeeEntry(ranked.attendee_id, tuple(ranked.listing_ids), ineligible=tuple(ranked.listing_ids))
    barred = [id for id in ranked.listing_ids if id in listings and obstacle(person.availability, listings[id])]
    return AttendeeEntry(ranked.attendee_id, tuple(ranked.listing_ids), person.discipline, tuple(barred))
