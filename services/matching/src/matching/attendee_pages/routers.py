"""All pages of attendees, put together."""

from dataclasses import dataclass

from fastapi import APIRouter

from matching.applications.repository import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.superseder import Superseder
from matching.attendee_pages import applications, applying, home, match_days, matches, overview, placements
from matching.attendee_pages.match_cards import MatchReader
from matching.attendee_pages.turns import Turns
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.hiding.use_cases import HiddenMatches
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.explanations import Explanations
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
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
    placements: Placements
    placements_repository: PlacementsRepository
    live_catalogue: LiveCatalogue
    match_days: MatchDays
    rounds: Rounds
    rankings: Rankings
    entries: Entries
    nominations: Nominations
    nominations_repository: NominationsRepository


def create_routers(guard: Guard, pages: Pages, rooms: AttendeeRooms, database: Database) -> list[APIRouter]:
    """``/home`` and ``/my``."""
    reader = MatchReader(rooms.candidates, rooms.catalogue, rooms.hidden)
    hiding = HiddenMatches(rooms.hidden, rooms.candidates, rooms.catalogue)
    turns = Turns(
        rooms.applications, rooms.nominations_repository, rooms.placements_repository, rooms.rounds, rooms.rankings, rooms.entries
    )
    return [
        home.create_router(guard, pages, rooms.candidates, rooms.catalogue, database),
        overview.create_router(guard, pages, reader, turns, rooms.nominations, rooms.nominations_repository, database),
        matches.create_router(guard, pages, reader, rooms.explanations, hiding, rooms.catalogue, rooms.applications, database),
        applying.create_router(guard, pages, rooms.applicants, rooms.applications, rooms.candidates, rooms.catalogue, database),
        applications.create_router(
            guard, pages, rooms.applicants, rooms.superseder, rooms.applications, rooms.catalogue, database
        ),
        match_days.create_router(
            guard,
            pages,
            rooms.match_days,
            rooms.rounds,
            rooms.rankings,
            rooms.entries,
            rooms.candidates,
            rooms.catalogue,
            rooms.live_catalogue,
            database,
        ),
        placements.create_router(guard, pages, rooms.placements, rooms.placements_repository, database),
    ]
