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

    async def of(self, listing: Listing, ids: Collection[str], tx: Tx) -> dict[str, UnnamedPerson]:
        """Those of these attendees who agreed to be shown to the listing's host."""
        if not ids:
            return {}
        ranked = await self._candidates.shown_to(listing.organization_id, listing.id, MOST_PLACES)
        places = {id: place for place, id in enumerate(ranked, 1)}
        found = await self._candidates.get_many(ids, tx)
        snapshot = await self._catalogue.current(tx)
        shown = {}
        for id, candidate in found.items():
            if candidate.empty or not candidate.is_shown_to(listing.organization_id):
                continue
            profile = shown_profile(candidate, snapshot.interests(candidate), self._terms.name)
            skills = [skill.term for skill in profile.skills]
            skills.sort(key=lambda skill: self._terms.normalise(skill) not in listing.requested_terms)
            shown[id] = UnnamedPerson(places.get(id), skills[:MOST_SKILLS])
        return shown


def resolved(form: Form, listing_id: str, ids: Collection[str]) -> Form:
    """The form with the ids of attendees in place of ``candidate_id``, which a page has for people without a name."""
    known = {candidate_id(listing_id, id): id for id in ids}
    return Form({name: [known.get(value, value) for value in values] for name, values in form.values.items()}, form.faults)
