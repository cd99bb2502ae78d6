"""Has the engine match a frozen round, and converts its result. Pure, and slow: run it in a thread."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from matching.engine.match_day import (
    Applicant,
    Assignment,
    ChoiceResults,
    Couple,
    Host,
    blocking_pairs,
    break_ties,
    dissatisfied_couples,
    match_couples,
)
from matching.engine.match_day.dissatisfied_couples import are_together
from matching.rounds.domain.couples import couples_of
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
    couples = _couples(frozen)
    result = match_couples(applicants, hosts, couples, limits)
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
        _digest(
            [
                frozen.seed,
                sorted(map(_attendee_input, frozen.attendees)),
                sorted(map(_listing_input, frozen.listings)),
                *[[couple.members, couple.pairs] for couple in couples],
            ]
        ),
        _digest([sorted((outcome.attendee_id, outcome.listing_id or "") for outcome in outcomes), result.capacities]),
    )


def blocking(frozen: FrozenRound, outcomes: Mapping[str, Outcome], *, after_erasure: bool) -> list[tuple[str, str]]:
    """The blocking pairs (attendee, listing) of the stored outcomes.

    ``after_erasure``: seats of attendees who were erased since the match no longer exist; reverted seats stay where they went.

    Raises:
        ValueError: they are not a valid assignment, because a listing exceeds its seats or caps, or an outcome is missing.
    """
    applicants, hosts = _participants(frozen)
    together = _together(frozen, outcomes, after_erasure=after_erasure)
    capacities = {listing.id: listing.capacity for listing in frozen.listings if not listing.withdrawn}
    limits = _limits(frozen)
    if after_erasure:
        gone = Counter(limit for one in frozen.listings if (limit := one.limit) for _ in range(one.unseated))
        limits = {limit: most - gone[limit] for limit, most in limits.items()}
        hosts = [replace(host, seats=capacities[host.id], reverts_to=None) for host in hosts]
    return blocking_pairs(applicants, hosts, Assignment(_seats(outcomes), capacities), limits, together)


def dissatisfied(frozen: FrozenRound, outcomes: Mapping[str, Outcome]) -> int:
    """How many couples would rather have another pair of seats that would take them; 0 unless no stable result was found."""
    applicants, hosts = _participants(frozen)
    capacities = {listing.id: listing.capacity for listing in frozen.listings if not listing.withdrawn}
    result = Assignment(_seats(outcomes), capacities)
    return len(dissatisfied_couples(applicants, hosts, _couples(frozen), result, _limits(frozen)))


def _couples(frozen: FrozenRound) -> list[Couple]:
    return couples_of(frozen.attendees, {listing.id: listing for listing in frozen.listings}, frozen.seed)


def _together(frozen: FrozenRound, outcomes: Mapping[str, Outcome], *, after_erasure: bool) -> set[str]:
    """The attendees who were seated as a couple. Whoever lost their partner since keeps their seat, and may claim no other."""
    by_id = {one.id: one for one in frozen.attendees}
    together = {id for couple in _couples(frozen) if are_together(couple, _seats(outcomes)) for id in couple.members}
    lost = {one.id for one in frozen.attendees if one.partner is not None and not _takes_part(by_id.get(one.partner))}
    return together | lost if after_erasure else together


def _takes_part(attendee: AttendeeEntry | None) -> bool:
    return attendee is not None and attendee.placed_elsewhere != attendee.choices


def _seats(outcomes: Mapping[str, Outcome]) -> dict[str, str | None]:
    return {outcome.attendee_id: outcome.listing_id for outcome in outcomes.values()}


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
