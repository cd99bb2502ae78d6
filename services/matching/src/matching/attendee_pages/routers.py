"""All pages of attendees, put together."""

from fastapi import APIRouter

from matching.attendee_pages import applications, applying, home, match_days, matches, overview, own_data, placements
from matching.attendee_pages.evidence import EvidenceReader
from matching.attendee_pages.match_cards import MatchReader
from matching.attendee_pages.turns import Turns
from matching.recommendations.hiding.use_cases import HiddenMatches
from matching.rooms import Rooms
from shared.runtime.service import Service
from shared.web.access.guard import Guard


def create_routers(guard: Guard, service: Service, rooms: Rooms) -> list[APIRouter]:
    """``/home`` and ``/my``."""
    database, pages = service.database, service.pages
    reader = MatchReader(rooms.candidates, rooms.catalogue, rooms.hidden, rooms.roles)
    hiding = HiddenMatches(rooms.hidden, rooms.candidates, rooms.catalogue)
    turns = Turns(
        rooms.applications,
        rooms.nominations_repository,
        rooms.placements_repository,
        rooms.rounds,
        rooms.rankings,
        rooms.entries,
        rooms.invitations,
    )
    return [
        home.create_router(guard, pages, rooms.candidates, rooms.catalogue, database),
        overview.create_router(guard, pages, reader, turns, rooms.nominations, rooms.nominations_repository, database),
        matches.create_router(
            guard,
            pages,
            reader,
            EvidenceReader(rooms.live_catalogue, rooms.placements_repository, rooms.roles, rooms.terms),
            rooms.explanations,
            rooms.first_steps,
            hiding,
            rooms.catalogue,
            rooms.applications,
            rooms.invitations,
            database,
        ),
        applying.create_router(
            guard, pages, rooms.applicants, rooms.applications, rooms.candidates, rooms.catalogue, rooms.terms, database
        ),
        applications.create_router(
            guard, pages, rooms.applicants, rooms.superseder, rooms.applications, rooms.catalogue, database
        ),
        match_days.create_router(
            guard,
            pages,
            rooms.match_days,
            rooms.partners,
            rooms.rounds,
            rooms.rankings,
            rooms.partnerships,
            rooms.entries,
            rooms.candidates,
            rooms.catalogue,
            rooms.live_catalogue,
            database,
        ),
        placements.create_router(guard, pages, rooms.placements, rooms.placements_repository, database),
        own_data.create_router(guard, rooms, database),
    ]
