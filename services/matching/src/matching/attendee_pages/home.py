"""The target of the site's ``/``: the reader's area, a choice of several, or a welcome page."""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.catalogue.repository import CatalogueRepository
from matching.recommendations.repository import CandidatesRepository
from shared.database.mongo import Database, Tx
from shared.web.access.guard import Guard, public
from shared.web.access.roles import ROLES, Grant
from shared.web.access.sessions import SignInSession
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

_HOST: Final = ("admin", "contact")


class AreaOfReader(NamedTuple):
    """A part of the site that somebody may enter. ``name`` is of an organization or a conference; "" for none."""

    text: str
    name: str
    path: str
    about: str


def create_router(
    guard: Guard, pages: Pages, candidates: CandidatesRepository, catalogue: CatalogueRepository, database: Database
) -> PageRouter:
    """``/home``."""
    router = PageRouter(dependencies=[Depends(public("a welcome; whoever is signed in sees where their own areas are"))])

    @router.get("/home")
    async def show_home(request: Request) -> Response:
        """Lead on to the reader's only area, or show which there are."""
        session = await guard.people.session(request) if guard.people else None
        if session is None:
            return pages.page("attendee/welcome", request, indexed=True)
        grants = await guard.grants_of(session, list(ROLES))
        areas = await database.transact(lambda tx: _areas(session, grants, tx))
        return see_other(areas[0].path) if len(areas) == 1 else pages.page("attendee/home", request, areas=areas)

    async def _areas(session: SignInSession, grants: Collection[Grant], tx: Tx) -> list[AreaOfReader]:
        names = {
            "organization": await catalogue.organization_names(
                {one.id for one in grants if ROLES[one.role].bound_to == "organization"}, tx
            ),
            "conference": await catalogue.conference_names({one.id for one in grants if one.role == "organizer"}, tx),
        }
        known = await candidates.get_many(session.person_ids, tx)
        others = list(dict.fromkeys(_others(grants, names)))
        attends = bool(known) or not others
        own = AreaOfReader(translatable("Your internships"), "", "/my", translatable("Matches, applications and placements."))
        return [own, *others] if attends else others

    return router


def _others(grants: Collection[Grant], names: dict[str, dict[str, str]]) -> Iterator[AreaOfReader]:
    """The areas besides an attendee's own."""
    for grant in sorted(grants, key=lambda one: (one.role, one.id)):
        if grant.role in _HOST:
            about = translatable("Listings, applications, match days and placements.")
            name = names["organization"].get(grant.id, grant.id)
            yield AreaOfReader(translatable("Host desk"), name, f"/desk/{grant.id}", about)
        elif grant.role == "mentor":
            yield AreaOfReader(translatable("Your mentees"), "", "/mentor", translatable("Your mentees, and nominations."))
        elif grant.role == "organizer":
            about = translatable("The conference: attendance, match days and results.")
            name = names["conference"].get(grant.id, grant.id)
            yield AreaOfReader(translatable("Conference"), name, f"/organize/{grant.id}", about)
        elif grant.role == "operator":
            about = translatable("What all conferences led to.")
            yield AreaOfReader(translatable("Insight"), "", "/insight/page", about)
