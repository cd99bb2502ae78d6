"""Freezes the input of a locked round, in several transactions: listings, attendees and hosts' rankings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from matching.catalogue.repository import CatalogueRepository
from matching.engine.match_day import ranks_of
from matching.model.candidates import Candidate, obstacle
from matching.model.commitments import commitment_of
from matching.model.listings import Listing
from matching.placements.domain.placement import Placement
from matching.placements.repository import PlacementsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, quotas_left, ranked
from matching.rounds.domain.requests import HostRanking
from matching.rounds.domain.rounds import BatchSizes, Round, Step, advance_to, next_step
from matching.rounds.repository.entries import Entries, Page
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings, StoredRanking
from matching.rounds.repository.rounds import Rounds
from matching.seats.use_cases import SeatAllocator
from shared.commitments import clashing
from shared.database.leases import Lease
from shared.database.mongo import Tx

SCORES_AT_ONCE: Final = 2_000
"""How many scores are computed together, and approximately in one transaction."""

Scores = Callable[[str, Sequence[str], Tx], Awaitable[Mapping[str, float]]]
"""Returns these attendees' scores for a listing. Attendees without a score are not taken."""


class RoundFreezer:
    """Freezes rounds. Each call processes some pages, under the lease, and returns the round."""

    def __init__(
        self,
        rounds: Rounds,
        rankings: Rankings,
        entries: Entries,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        seats: SeatAllocator,
        placements: PlacementsRepository,
        partnerships: Partnerships,
        scores: Scores,
        sizes: BatchSizes,
    ) -> None:
        self._rounds = rounds
        self._rankings = rankings
        self._entries = entries
        self._candidates = candidates
        self._catalogue = catalogue
        self._seats = seats
        self._placements = placements
        self._partnerships = partnerships
        self._scores = scores
        self._sizes = sizes

    async def listings(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Freeze some listings: their free seats, which the round holds from now on, and what their hosts have set."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "listings":
            return round
        ids = round.listing_ids[round.done : round.done + self._sizes.listings]
        listings = await self._catalogue.listings(ids, tx)
        earlier = await self._entries.earlier(round.earlier, ids, tx)
        limits = await self._limits(round, tx)
        frozen = []
        most: dict[str, int] = {}
        for listing_id in ids:
            sent = await self._rankings.of_listing([*round.earlier, id], listing_id, tx)
            before = {round_id: entries[listing_id] for round_id, entries in earlier.items() if listing_id in entries}
            entry, limit = _frozen_listing(listing_id, listings.get(listing_id), sent, before, id)
            known = listings.get(listing_id)
            group, together = limits.get((known.organization_id, listing_id), (None, 0)) if known else (None, 0)
            frozen.append(replace(entry, limit=group, limit_seats=together))
            if limit is not None:
                most[listing_id] = limit
        held = await self._seats.hold(id, [entry.id for entry in frozen if not entry.withdrawn], tx, most)
        await self._entries.save_listings(id, [replace(entry, seats=held.get(entry.id, 0)) for entry in frozen], tx)
        return await self._advance(round, len(ids), "attendees", tx)

    async def _limits(self, round: Round, tx: Tx) -> dict[tuple[str, str], tuple[str, int]]:
        """The limit of each organization and listing that is under one: its id, and its seats less those of earlier rounds."""
        limits: dict[tuple[str, str], tuple[str, int]] = {}
        for organization_id, (sent_for, host_limits) in (await self._rankings.limits([*round.earlier, round.id], tx)).items():
            for number, limit in enumerate(host_limits.limits):
                before = [id for id in round.earlier if id >= sent_for]
                entries = await self._entries.earlier(before, limit.listing_ids, tx)
                taken = sum(len(entry.placed) for listings in entries.values() for entry in listings.values())
                left = max(0, limit.seats - taken)
                limits |= {(organization_id, id): (f"{organization_id}/{number}", left) for id in limit.listing_ids}
        return limits

    async def attendees(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Freeze some pages of attendees with their rankings."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "attendees":
            return round
        size = self._sizes.page
        most = size * self._sizes.pages
        ranked = await self._rankings.page(id, round.after, most, tx)
        attendee_ids = [one.attendee_id for one in ranked]
        people = await self._candidates.get_many(attendee_ids, tx)
        merged = await self._candidates.merged_into(attendee_ids, tx)
        others = [id for ids in merged.values() for id in ids]
        live = await self._placements.of_attendees([*attendee_ids, *others], tx, live=True)
        placed = {id: [one for their in (id, *merged.get(id, ())) for one in live.get(their, ())] for id in attendee_ids}
        listings = await self._catalogue.listings({listing_id for one in ranked for listing_id in one.listing_ids}, tx)
        partners = await self._partners(id, {one: (one, *merged.get(one, ())) for one in attendee_ids}, tx)
        attendees = [
            _frozen_attendee(one, people.get(one.attendee_id), listings, placed[one.attendee_id], partners.get(one.attendee_id))
            for one in ranked
        ]
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

    async def _partners(self, round_id: str, ids: Mapping[str, Sequence[str]], tx: Tx) -> dict[str, str]:
        """The partner of each attendee who has one. ``ids``: all ids of each attendee, by the one that is kept."""
        known = await self._partnerships.of_attendees(round_id, [one for its in ids.values() for one in its], tx)
        partners = {id: other for id, its in ids.items() for one in its if one in known and (other := known[one].other(one))}
        persons = await self._candidates.persons(partners.values(), tx)
        return {id: persons[other][0] for id, other in partners.items()}

    async def applicants(self, id: str) -> dict[str, list[str]]:
        """The attendees who ranked each listing and are not ruled out. Call it once all attendees are frozen."""
        applicants: dict[str, list[str]] = {}
        async for page in self._entries.pages(id):
            for attendee in page.attendees:
                for listing_id in attendee.choices:
                    if listing_id not in attendee.ineligible:
                        applicants.setdefault(listing_id, []).append(attendee.id)
        return applicants

    async def rankings(self, id: str, lease: Lease, applicants: Mapping[str, list[str]], erased: int, tx: Tx) -> Round:
        """Freeze the rankings of some listings.

        ``applicants`` were read when ``erased`` attendees had been erased. If more have been erased since, nothing is done.
        """
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "rankings" or round.erased != erased:
            return round
        ids = []
        scored = 0
        for listing_id in round.listing_ids[round.done : round.done + self._sizes.listings]:
            ids.append(listing_id)
            scored += len(applicants.get(listing_id, ()))
            if scored >= SCORES_AT_ONCE:
                break
        listings = await self._entries.listings(id, ids, tx)
        for listing_id, listing in listings.items():
            listing_applicants = applicants.get(listing_id, [])
            ranks = {} if listing.withdrawn else await self._ranks(round, listing_id, listing_applicants, tx)
            listings[listing_id] = ranked(listing, ranks, round.seed)
        await self._entries.save_listings(id, listings.values(), tx)
        return await self._advance(round, len(ids), "match", tx)

    async def _ranks(self, round: Round, listing_id: str, applicants: list[str], tx: Tx) -> dict[str, int]:
        """The host's rank of each applicant whom it takes, from 1 for the best."""
        sent = await self._rankings.of_listing([*round.earlier, round.id], listing_id, tx)
        if sent is None or not applicants:
            return {}
        ranking = sent[1]
        applied = set(applicants)
        if ranking.attendee_ids is not None:
            return {attendee_id: rank for attendee_id, rank in ranking.ranks().items() if attendee_id in applied}
        scores: dict[str, float] = {}
        for start in range(0, len(applicants), SCORES_AT_ONCE):
            scores |= await self._scores(listing_id, applicants[start : start + SCORES_AT_ONCE], tx)
        return ranks_of({id: score for id, score in scores.items() if id in applied and isfinite(score)})

    async def _advance(self, round: Round, listings: int, following: Step, tx: Tx) -> Round:
        """Record that this many more listings are done. After the last one, the ``following`` step begins."""
        done = round.done + listings
        round = advance_to(round, done) if done < len(round.listing_ids) else next_step(round, following)
        await self._rounds.save(round, tx)
        return round


def _frozen_listing(
    id: str, listing: Listing | None, sent: tuple[str, HostRanking] | None, earlier: Mapping[str, ListingEntry], round_id: str
) -> tuple[ListingEntry, int | None]:
    """The listing as frozen by the lock, still without seats, and the most seats that the round assigns (None: all).

    ``sent``: its host's last ranking, with the id of the round for which it was sent; ``earlier``: in a clean-up round, the
    listing's entries in the rounds before.
    """
    if listing is None or not listing.open or not listing.recruits:
        return ListingEntry(id, 0, withdrawn=True), None
    limits = [list(earlier.values())[-1].left] if earlier else []
    town, country = listing.conditions.place, listing.conditions.country
    place = f"{town}, {country}".casefold() if town and country else ""
    frozen = ListingEntry(id, 0, organization_id=listing.organization_id, place=place)
    if sent is None:
        return frozen, min(limits, default=None)
    sent_for, ranking = sent
    if ranking.seats is not None and (sent_for == round_id or not earlier):
        limits.append(ranking.seats)
    since = [entry for earlier_id, entry in earlier.items() if earlier_id >= sent_for and sent_for != round_id]
    caps = quotas_left(ranking.caps, since)
    reserves = {discipline: least for discipline, least in quotas_left(ranking.reserves, since).items() if least}
    return replace(frozen, caps=caps, reserves=reserves, reverts_to=ranking.reverts_to), min(limits, default=None)


def _frozen_attendee(
    ranked: StoredRanking,
    person: Candidate | None,
    listings: Mapping[str, Listing],
    placed: Sequence[Placement],
    partner: str | None,
) -> AttendeeEntry:
    """The attendee as frozen by the lock. Listings in which they have a seat, or that clash with one, are ruled out."""
    choices = tuple(ranked.listing_ids)
    if person is None or person.empty:  # no longer agrees to be matched
        return AttendeeEntry(ranked.attendee_id, choices, ineligible=choices, partner=partner)
    held = {placement.id: placement.commitment for placement in placed}
    seated = {placement.listing_id for placement in placed}
    hours = person.availability.hours_per_week

    known = [listings[id] for id in ranked.listing_ids if id in listings]
    elsewhere = [one.id for one in known if one.id in seated or clashing(commitment_of(one.conditions), held, hours)]
    barred = [one.id for one in known if one.id in elsewhere or obstacle(person.availability, one)]
    return AttendeeEntry(ranked.attendee_id, choices, person.discipline, tuple(barred), tuple(elsewhere), partner)
