"""People who have not applied, as a host may rank them: without names, and only if they agreed to be shown to it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from matching.catalogue.use_cases import LiveCatalogue
from matching.invitations.domain import candidate_id
from matching.model.listings import Listing
from matching.model.terms import Terms
from matching.recommendations.repository import CandidatesRepository
from shared.database.mongo import Tx
from shared.web.pages.forms import Form

MOST_PLACES: Final = 200
MOST_SKILLS: Final = 5


@dataclass(frozen=True, slots=True)
class UnnamedPerson:
    """Somebody whom the host may see, but not by name."""

    place: int | None
    """Their number among the listing's candidates; None if they are not among the first."""
    skills: list[str]
    """Their surest skills, first those that the listing asks for."""


class Nameless(NamedTuple):
    """Whom a listing's host ranks, or may rank, without knowing their names."""

    listing: Listing
    ranked: Collection[str]
    others: Collection[str]
    most: int
    """How many of the others to look at: first the listing's best candidates."""


class Unnamed(NamedTuple):
    """Those who agreed to be shown to a listing's host, of whom it ranks and of the others."""

    people: dict[str, UnnamedPerson]
    more: int
    """How many of the others were not looked at."""


class UnnamedPeople:
    """Finds people whom a host may see without their names."""

    def __init__(self, candidates: CandidatesRepository, catalogue: LiveCatalogue, terms: Terms) -> None:
        self._candidates = candidates
        self._catalogue = catalogue
        self._terms = terms

    async def of(self, organization_id: str, asked: Collection[Nameless], tx: Tx) -> dict[str, Unnamed]:
        """By listing, those who agreed to be shown to this organization."""
        candidates = await self._candidates.shown_to(organization_id, [one.listing.id for one in asked], MOST_PLACES)
        places = {id: {one: place for place, one in enumerate(theirs, 1)} for id, theirs in candidates.items()}
        wanted = {}
        for listing, ranked, others, most in asked:
            place = places[listing.id]
            best = sorted(others, key=lambda one: (place.get(one, MOST_PLACES + 1), one))
            wanted[listing.id] = [*ranked, *best[:most]]
        skills = await self._skills(organization_id, {id for ids in wanted.values() for id in ids}, tx)
        unnamed = {}
        for listing, _, others, most in asked:

            def is_not_asked(key: str, listing: Listing = listing) -> bool:
                return key not in listing.requested_terms

            people = {
                id: UnnamedPerson(
                    places[listing.id].get(id),
                    [self._terms.name(key) for key in sorted(skills[id], key=is_not_asked)[:MOST_SKILLS]],
                )
                for id in wanted[listing.id]
                if id in skills
            }
            unnamed[listing.id] = Unnamed(people, max(0, len(others) - most))
        return unnamed

    async def _skills(self, organization_id: str, ids: Collection[str], tx: Tx) -> dict[str, list[str]]:
        """The keys of the skills, topics and interests of each who agreed to be shown, the surest first."""
        snapshot = await self._catalogue.current(tx)
        skills = {}
        for candidate in await self._candidates.profiles(ids, tx):
            if candidate.is_shown_to(organization_id):
                interests = snapshot.interests(candidate)
                skills[candidate.id] = sorted(interests, key=lambda key: (-interests[key].mastery, key))
        return skills


def resolved(form: Form, listing_id: str, ids: Collection[str]) -> Form:
    """The form with the ids of attendees in place of ``candidate_id``, which a page has for people without a name."""
    known = {candidate_id(listing_id, id): id for id in ids}
    return Form({name: [known.get(value, value) for value in values] for name, values in form.values.items()}, form.faults)
