"""The entries of a locked round: attendees and listings as frozen by the lock, with the results of the match. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from matching.engine.match_day import break_ties
from shared.contract.events.fields import Discipline


@dataclass(frozen=True, slots=True)
class AttendeeEntry:
    """An attendee in a locked round."""

    id: str
    choices: tuple[str, ...]
    """The listings that the attendee ranked, best first."""
    discipline: str | None = None
    ineligible: tuple[str, ...] = ()
    """The choices that are ruled out, by the listing's conditions or by a placement of the attendee."""
    placed_elsewhere: tuple[str, ...] = ()
    """The ineligible choices that are ruled out by a placement of the attendee."""
    partner: str | None = None
    """The attendee with whom they want to go together; empty if that one was erased since."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attendee's outcome."""

    attendee_id: str
    listing_id: str | None
    results: tuple[str, ...]
    """The result of each choice, as in ``shared.contract.events.matching.Choice.result``."""
    reverted_from: str | None = None
    """The listing from which the seat reverted, if it did."""


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """A listing in a locked round. The fields from ``capacity`` on are set by the match."""

    id: str
    seats: int
    """How many seats this round assigns; 0 for a withdrawn listing."""
    withdrawn: bool = False
    caps: Mapping[str, int] = field(default_factory=dict)
    reserves: Mapping[str, int] = field(default_factory=dict)
    reverts_to: str | None = None
    ranking: tuple[str, ...] | None = None
    """The applicants whom the host ranks, best first; None until rankings are frozen. Those on one rank are in drawn order."""
    ranks: tuple[int, ...] = ()
    """The rank of each of them, from 1 for the best; empty if no two share one, and the listing is under no limit."""
    limit: str | None = None
    """The limit that it shares with other listings, by its id."""
    limit_seats: int = 0
    """The most seats of all listings under this limit together."""
    organization_id: str = ""
    place: str = ""
    """Its town and country; empty if not stated."""
    capacity: int = 0
    """Its seats after reversion, minus those of attendees who have been erased since."""
    got: int = 0
    """How many seats of other listings it filled."""
    given: int = 0
    """How many of its own seats were filled by another listing."""
    placed: tuple[str, ...] = ()
    """The attendees who got its seats, best first."""
    taken: Mapping[str, int] = field(default_factory=dict)
    """How many of the placed attendees belong to each discipline."""
    unseated: int = 0
    """How many attendees lost its seats since the match, because they were erased or took another placement."""
    results: Mapping[str, int] = field(default_factory=dict)
    """How many of the attendees who ranked it got each result."""

    @property
    def left(self) -> int:
        """How many seats are left."""
        return max(0, self.seats + self.got - self.given - len(self.placed))

    @property
    def lost_by_lot(self) -> int:
        """How many attendees lost a draw among those on one rank."""
        return sum(count for result, count in self.results.items() if result.endswith("_by_lot"))


def ranked(listing: ListingEntry, ranks: Mapping[str, int], seed: str) -> ListingEntry:
    """The listing with its host's ranking. The seed decides the order of attendees on one rank."""
    ranking = break_ties({id: -rank for id, rank in ranks.items()}, seed)
    in_order = tuple(ranks[id] for id in ranking)
    needed = listing.limit or len(set(in_order)) < len(in_order)
    return replace(listing, ranking=ranking, ranks=in_order if needed else ())


def assign_seats(
    listings: Iterable[ListingEntry],
    attendees: Mapping[str, AttendeeEntry],
    outcomes: Iterable[Outcome],
    capacities: Mapping[str, int],
) -> tuple[list[ListingEntry], list[Outcome]]:
    """Add the placed attendees to the listings, and the origin of reverted seats to the outcomes.

    A listing's own seats are assigned first, then those of the listings that revert to it, in the order of their ids.
    """
    outcomes = list(outcomes)
    seated: dict[str, set[str]] = {}
    results: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.listing_id is not None:
            seated.setdefault(outcome.listing_id, set()).add(outcome.attendee_id)
        for listing_id, result in zip(attendees[outcome.attendee_id].choices, outcome.results, strict=True):
            results.setdefault(listing_id, Counter())[result] += 1
    assigned = {}
    for listing in listings:
        attendees_here = seated.get(listing.id, set())
        placed = tuple(id for id in listing.ranking or () if id in attendees_here)
        disciplines = Counter(attendees[id].discipline for id in placed)
        assigned[listing.id] = replace(
            listing,
            capacity=capacities.get(listing.id, 0),
            got=0,
            given=0,
            placed=placed,
            taken={discipline: count for discipline, count in disciplines.items() if discipline},
            results=dict(results.get(listing.id, {})),
        )
    owners: dict[str, str] = {}
    for source in sorted(assigned.values(), key=lambda listing: listing.id):
        if source.reverts_to is None or (target := assigned.get(source.reverts_to)) is None:
            continue
        unfilled = source.seats - len(source.placed)
        reverted = target.placed[target.seats + target.got :][: max(0, unfilled)]
        owners |= dict.fromkeys(reverted, source.id)
        assigned[source.id] = replace(source, given=len(reverted))
        assigned[target.id] = replace(target, got=target.got + len(reverted))
    return list(assigned.values()), [replace(outcome, reverted_from=owners.get(outcome.attendee_id)) for outcome in outcomes]


def placed_elsewhere(attendee: AttendeeEntry) -> AttendeeEntry:
    """The attendee after taking another placement at that time, which rules out every choice."""
    return replace(attendee, ineligible=attendee.choices, placed_elsewhere=attendee.choices)


def without_partner(attendee: AttendeeEntry, erased: Collection[str]) -> AttendeeEntry:
    """The attendee without any of these as their partner."""
    return replace(attendee, partner="") if attendee.partner in erased else attendee


def without(listing: ListingEntry, attendee: AttendeeEntry, *, matched: bool) -> ListingEntry:
    """The listing without an attendee who was erased or took another placement.

    After the match, their seat is free for a later round. In this round, the seat and their place under the discipline's cap and
    in its reserve still count as taken, because they were taken when the others were matched.
    """
    ranking, ranks = listing.ranking, listing.ranks
    if ranking and attendee.id in ranking:
        place = ranking.index(attendee.id)
        listing = replace(listing, ranking=ranking[:place] + ranking[place + 1 :], ranks=ranks[:place] + ranks[place + 1 :])
    if not matched or attendee.id not in listing.placed:
        return listing
    caps, reserves, taken = dict(listing.caps), dict(listing.reserves), dict(listing.taken)
    for counts in (caps, reserves, taken):
        if counts.get(attendee.discipline or ""):
            counts[attendee.discipline or ""] -= 1
    placed = tuple(id for id in listing.placed if id != attendee.id)
    unseated = listing.unseated + 1
    left = replace(listing, caps=caps, reserves=reserves, taken=taken)
    return replace(left, capacity=listing.capacity - 1, placed=placed, unseated=unseated)


def with_seats_left(listings: Iterable[ListingEntry]) -> list[ListingEntry]:
    """The listings with seats left, within their limits, those with the most first."""
    listings = list(listings)
    placed = Counter(limit for one in listings if (limit := one.limit) for _ in one.placed)
    free = [one for one in listings if one.left and (one.limit is None or placed[one.limit] < one.limit_seats)]
    return sorted(free, key=lambda one: (-one.left, one.id))


def quotas_left(quotas: Mapping[Discipline, int], earlier: Iterable[ListingEntry]) -> dict[str, int]:
    """A listing's caps or reserves, minus the seats that it assigned in earlier rounds."""
    left: dict[str, int] = dict(quotas.items())
    for listing in earlier:
        for discipline, count in listing.taken.items():
            if discipline in left:
                left[discipline] = max(0, left[discipline] - count)
    return left
