"""Has the engine match a frozen round, and converts its result. Pure, and slow: run it in a thread."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from matching.engine.match_day import Applicant, Assignment, ChoiceResults, Host, blocking_pairs, break_ties, match
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, Outcome, assign_seats


@dataclass(frozen=True, slots=True)
class FrozenRound:
    """Everything that the match of a round depends on."""

    seed: str
    attendees: Sequence[AttendeeEntry]
    listings: Sequence[ListingEntry]


@dataclass(frozen=True, slots=True)
class Solution:
    """The result of a match, with digests (SHA-256, in hexadecimal) of its input and of the result."""

    listings: Sequence[ListingEntry]
    outcomes: Mapping[str, Outcome]
    """The outcomes, by attendee id."""
    matched: int
    input_digest: str
    result_digest: str


def solve(frozen: FrozenRound) -> Solution:
    """Match the round. The same frozen round gives the same solution, bit for bit."""
    applicants, hosts = _participants(frozen)
    limits = _limits(frozen)
    result = match(applicants, hosts, limits)
    choice_results = ChoiceResults(applicants, hosts, result, limits)
    attendees = {attendee.id: attendee for attendee in frozen.attendees}
    outcomes = []
    for attendee in frozen.attendees:
        known = dict.fromkeys(attendee.ineligible, "ineligible") | dict.fromkeys(attendee.placed_elsewhere, "placed_elsewhere")
        results = choice_results.of(attendee.id, known)
        outcomes.append(Outcome(attendee.id, result.seats[attendee.id], tuple(result for _, result in results)))
    listings, outcomes = assign_seats(frozen.listings, attendees, outcomes, result.capacities)
    return Solution(
        listings,
        {outcome.attendee_id: outcome for outcome in outcomes},
        sum(seat is not None for seat in result.seats.values()),
        _digest([frozen.seed, sorted(map(_attendee_input, frozen.attendees)), sorted(map(_listing_input, frozen.listings))]),
        _digest([sorted((outcome.attendee_id, outcome.listing_id or "") for outcome in outcomes), result.capacities]),
    )


def blocking(frozen: FrozenRound, outcomes: Mapping[str, Outcome], *, after_erasure: bool) -> list[tuple[str, str]]:
    """The blocking pairs (attendee, listing) of the stored outcomes.

    ``after_erasure``: seats of attendees who were erased since the match no longer exist; reverted seats stay where they went.

    Raises:
        ValueError: they are not a valid assignment, because a listing exceeds its seats or caps, or an outcome is missing.
    """
    applicants, hosts = _participants(frozen)
    capacities = {listing.id: listing.capacity for listing in frozen.listings if not listing.withdrawn}
    limits = _limits(frozen)
    if after_erasure:
        gone = Counter(limit for one in frozen.listings if (limit := one.limit) for _ in range(one.unseated))
        limits = {limit: most - gone[limit] for limit, most in limits.items()}
        hosts = [replace(host, seats=capacities[host.id], reverts_to=None) for host in hosts]
    seats = {outcome.attendee_id: outcome.listing_id for outcome in outcomes.values()}
    return blocking_pairs(applicants, hosts, Assignment(seats, capacities), limits)


def _participants(frozen: FrozenRound) -> tuple[list[Applicant], list[Host]]:
    drawn = break_ties({one.id: 0 for one in frozen.attendees}, frozen.seed) if _limits(frozen) else ()
    lots = {id: lot for lot, id in enumerate(drawn)}
    applicants = [Applicant(one.id, one.choices, one.discipline, lots.get(one.id, 0)) for one in frozen.attendees]
    hosts = [
        Host(one.id, one.seats, one.ranking or (), dict(one.caps), one.reverts_to, one.ranks, one.limit, dict(one.reserves))
        for one in frozen.listings
        if not one.withdrawn
    ]
    return applicants, hosts


def _limits(frozen: FrozenRound) -> dict[str, int]:
    return {one.limit: one.limit_seats for one in frozen.listings if one.limit}


def _attendee_input(attendee: AttendeeEntry) -> list[object]:
    return [attendee.id, attendee.choices, attendee.discipline or "", attendee.ineligible]


def _listing_input(listing: ListingEntry) -> list[object]:
    caps = sorted(listing.caps.items())
    limit = (listing.limit, listing.limit_seats, listing.ranks) if listing.limit else ()
    reserves = (sorted(listing.reserves.items()),) if listing.reserves else ()
    reverts_to, ranking = listing.reverts_to or "", listing.ranking or ()
    return [listing.id, listing.withdrawn, listing.seats, caps, reverts_to, ranking, *limit, *reserves]


def _digest(value: object) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
