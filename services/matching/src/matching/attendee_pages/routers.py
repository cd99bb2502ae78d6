"""All pages of attendees, put together."""

from dataclasses import dataclass

from fastapi import APIRouter

from matching.applications.repository import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.superseder import Superseder
from matching.attendee_pages import applications, applying, home, matches, overview
from matching.attendee_pages.matches import MatchReader
from matching.attendee_pages.turns import Turns
from matching.catalogue.repository import CatalogueRepository
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.hiding.use_cases import HiddenMatches
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.explanations import Explanations
from shared.database.mongo import Database
from shared.web.access.guard import Guard
from shared.web.pages.pages import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeRooms:
    """What the pages of attendees need of the rooms below them."""

    candidates: CandidatesRepository
    catalogue: CatalogueRepository
    explanations: Explanations
    hidden: HiddenListingsRepository
    applications: ApplicationsRepository
    applicants: Applicants
    superseder: Superseder
    nominations: Nominations
    nominations_repository: NominationsRepository


def create_routers(guard: Guard, pages: Pages, rooms: AttendeeRooms, database: Database) -> list[APIRouter]:
    """``/home`` and ``/my``."""
    reader = MatchReader(rooms.candidates, rooms.catalogue, rooms.hidden)
    hiding = HiddenMatches(rooms.hidden, rooms.candidates, rooms.catalogue)
    turns = Turns(rooms.applications, rooms.nominations_repository)
    return [
        home.create_router(guard, pages, rooms.candidates, rooms.catalogue, database),
        overview.create_router(guard, pages, reader, turns, rooms.nominations, rooms.nominations_repository, database),
        matches.create_router(guard, pages, reader, rooms.explanations, hiding, rooms.catalogue, rooms.applications, database),
        applying.create_router(guard, pages, rooms.applicants, rooms.applications, rooms.candidates, rooms.catalogue, database),
        applications.create_router(
            guard, pages, rooms.applicants, rooms.superseder, rooms.applications, rooms.catalogue, database
        ),
    ]
