"""People who have not applied, as a host may rank them: without names, and only if they agreed to be shown to it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from matching.applications.domain.profile import shown_profile
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


class UnnamedPeople:
    """Finds people whom a host may see without their names."""

    def __init__(self, candidates: CandidatesRepository, catalogue: LiveCatalogue, terms: Terms) -> None:
        self._candidates = candidates
        self._catalogue = catalogue
        self._terms = terms

    async def of(
        self, organization_id: str, asked: Collection[tuple[Listing, Collection[str]]], tx: Tx
    ) -> dict[str, dict[str, UnnamedPerson]]:
        """By listing, those of these attendees who agreed to be shown to this organization."""
        found = await self._candidates.get_many({id for _, ids in asked for id in ids}, tx)
        snapshot = await self._catalogue.current(tx)
        skills: dict[str, list[str]] = {}
        for id, candidate in found.items():
            if not candidate.empty and candidate.is_shown_to(organization_id):
                profile = shown_profile(candidate, snapshot.interests(candidate), self._terms.name)
                skills[id] = [skill.term for skill in profile.skills]
        people = {}
        for listing, ids in asked:
            shown = [id for id in ids if id in skills]
            ranked = await self._candidates.shown_to(organization_id, listing.id, MOST_PLACES) if shown else ()
            places = {id: place for place, id in enumerate(ranked, 1)}

            def is_not_asked(skill: str, listing: Listing = listing) -> bool:
                return self._terms.normalise(skill) not in listing.requested_terms

            people[listing.id] = {
                id: UnnamedPerson(places.get(id), sorted(skills[id], key=is_not_asked)[:MOST_SKILLS]) for id in shown
            }
        return people


def resolved(form: Form, listing_id: str, ids: Collection[str]) -> Form:
    """The form with the ids of attendees in place of ``candidate_id``, which a page has for people without a name."""
    known = {candidate_id(listing_id, id): id for id in ids}
    return Form({name: [known.get(value, value) for value in values] for name, values in form.values.items()}, form.faults)
