"""What takes part in a locked round: attendees and listings as the lock froze them, and what the match gave them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shared.contract.events.fields import Discipline


@dataclass(frozen=True, slots=True)
class AttendeeEntry:
    """An attendee in a locked round."""

    id: str
    choices: tuple[str, ...]
    """The listings that they ranked, best first."""
    discipline: str | None = None
    ineligible: tuple[str, ...] = ()
    """Those of the choices whose conditions rule them out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the match gave an attendee."""

    attendee_id: str
    listing_id: str | None
    results: tuple[str, ...]
    """Of each choice, a word of ``shared.contract.events.matching.Choice.result``."""
    reverted_from: str | None = None
    """The listing whose unfilled seat it is, where it is another's."""


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """A listing in a locked round. What comes of the match is empty before it."""

    id: str
    seats: int
    """How many are given in this round; none of one that was withdrawn."""
    withdrawn: bool = False
    caps: Mapping[str, int] = field(default_factory=dict)
    reverts_to: str | None = None
    ranking: tuple[str, ...] | None = None
    """Who applied and would be taken, best first; None until that is frozen."""
    capacity: int = 0
    """Its seats after unfilled ones reverted, less those of who was erased since."""
    got: int = 0
    """Seats of other listings that it filled."""
    given: int = 0
    """Seats of its own that another listing filled."""
    placed: tuple[str, ...] = ()
    """Who has its seats, best first."""
    taken: Mapping[str, int] = field(default_factory=dict)
    """How many of them are of which discipline."""
    results: Mapping[str, int] = field(default_factory=dict)
    """Of all who ranked it, how many were given which result."""

    @property
    def left(self) -> int:
        """The seats that nobody has."""
        return max(0, self.seats + self.got - self.given - len(self.placed))


def assign_seats(
    listings: Iterable[ListingEntry],
    attendees: Mapping[str, AttendeeEntry],
    outcomes: Iterable[Outcome],
    capacities: Mapping[str, int],
) -> tuple[list[ListingEntry], list[Outcome]]:
    """The listings with who has their seats, and the outcomes with whose seats these are where they reverted.

    A listing's own seats are given out first; then those of the listings that revert to it, in the order of their ids.
    """
    outcomes = list(outcomes)
    seated: dict[str, set[str]] = {}
    results: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.listing_id is not None:
            seated.setdefault(outcome.listing_id, set()).add(outcome.attendee_id)
        for listing_id, result in zip(attendees[outcome.attendee_id].choices, outcome.results, strict=True):
            results.setdefault(listing_id, Counter())[result] += 1
    settled = {}
    for listing in listings:
        here = seated.get(listing.id, set())
        placed = tuple(id for id in listing.ranking or () if id in here)
        disciplines = Counter(attendees[id].discipline for id in placed)
        settled[listing.id] = replace(
            listing,
            capacity=capacities.get(listing.id, 0),
            got=0,
            given=0,
            placed=placed,
            taken={discipline: count for discipline, count in disciplines.items() if discipline},
            results=dict(results.get(listing.id, {})),
        )
    owners: dict[str, str] = {}
    for source in sorted(settled.values(), key=lambda listing: listing.id):
        if source.reverts_to is None or (target := settled.get(source.reverts_to)) is None:
            continue
        unfilled = source.seats - len(source.placed)
        beyond = target.placed[target.seats + target.got :][: max(0, unfilled)]
        owners |= dict.fromkeys(beyond, source.id)
        settled[source.id] = replace(source, given=len(beyond))
        settled[target.id] = replace(target, got=target.got + len(beyond))
    return list(settled.values()), [replace(one, reverted_from=owners.get(one.attendee_id)) for one in outcomes]


def without(listing: ListingEntry, attendee: AttendeeEntry, *, matched: bool) -> ListingEntry:
    """The listing without this attendee, who is erased.

    Once it is ``matched``, a seat of theirs is free for a later round. In this one it counts as taken, as does the room under
    their discipline's cap: it was when everybody else was matched.
    """
    ranking = None if listing.ranking is None else tuple(id for id in listing.ranking if id != attendee.id)
    listing = replace(listing, ranking=ranking)
    if not matched or attendee.id not in listing.placed:
        return listing
    caps, taken = dict(listing.caps), dict(listing.taken)
    for counts in (caps, taken):
        if attendee.discipline in counts:
            counts[attendee.discipline] -= 1
    placed = tuple(id for id in listing.placed if id != attendee.id)
    return replace(listing, capacity=listing.capacity - 1, caps=caps, placed=placed, taken=taken)


def caps_left(caps: Mapping[Discipline, int], earlier: Iterable[ListingEntry]) -> dict[str, int]:
    """A listing's caps, less the seats that it gave in earlier rounds."""
    left: dict[str, int] = dict(caps.items())
    for listing in earlier:
        for discipline, count in listing.taken.items():
            if discipline in left:
                left[discipline] = max(0, left[discipline] - count)
    return left
