"""What helps an attendee who has no strong match: skills to add, and listings to start with. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Final, NamedTuple

from matching.engine.score import discipline_fits
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Listing

STRONG: Final = 0.15
"""A match with a lower score is weak. Most matches that readers call good have more."""

MOST_SKILLS: Final = 2
MOST_STARTERS: Final = 3


class Starter(NamedTuple):
    """A listing to start with."""

    listing_id: str
    title: str
    organization: str
    missing: list[str]
    """The skills that it asks for and the attendee does not have, as the host wrote them."""


class FirstSteps(NamedTuple):
    """What helps one attendee."""

    skills: list[str]
    """Skills that listings ask for and the attendee does not have."""
    of_similar: bool
    """Whether these are skills that similar people have."""
    starters: list[Starter]


def first_steps(
    candidate: Candidate, interests: Mapping[str, Interest], listings: Collection[Listing], similar: Mapping[str, float]
) -> FirstSteps:
    """What helps this candidate.

    ``interests``: the candidate's, including attended sessions; ``listings``: those that nothing rules out; ``similar``: the
    terms that similar people have, each with its weight.
    """
    known = interests.keys() | candidate.excluded
    skills = _skills(known, listings, similar)
    starters = [
        Starter(listing.id, listing.title, listing.organization, _missing(interests, listing))
        for listing in _easiest(candidate, interests, listings)[:MOST_STARTERS]
    ]
    return FirstSteps(skills or _skills(known, listings), bool(skills), starters)


def _skills(known: Set[str], listings: Iterable[Listing], similar: Mapping[str, float] | None = None) -> list[str]:
    """The skills that most ``similar`` people have, of those that listings ask for; without these, that most listings ask for."""
    asked, names = Counter[str](), dict[str, str]()
    for listing in listings:
        for key, term in listing.requested_terms.items():
            if term.kind == "skill" and key not in known and (similar is None or key in similar):
                asked[key] += 1
                names.setdefault(key, term.name)
    weights = asked if similar is None else similar
    best = sorted(asked, key=lambda key: (-weights[key], -asked[key], key))
    return [names[key] for key in best[:MOST_SKILLS]]


def _easiest(candidate: Candidate, interests: Mapping[str, Interest], listings: Iterable[Listing]) -> Sequence[Listing]:
    """The listings whose skills the candidate lacks least, those of their discipline first, and none of others only."""

    masteries = {key: interest.mastery for key, interest in interests.items()}

    def lacking(listing: Listing) -> float:
        skills = ((key, term.suffices) for key, term in listing.requested_terms.items() if term.kind == "skill")
        return sum(max(0.0, suffices - masteries.get(key, 0.0)) for key, suffices in skills)

    fitting = {listing.id: discipline_fits(candidate, listing) for listing in listings}
    suitable = [one for one in listings if fitting[one.id] or not (candidate.discipline and one.disciplines)]
    return sorted(suitable, key=lambda one: (not fitting[one.id], round(lacking(one), 6), -one.seats, one.id))


def _missing(interests: Mapping[str, Interest], listing: Listing) -> list[str]:
    return [term.name for key, term in listing.requested_terms.items() if term.kind == "skill" and key not in interests]
