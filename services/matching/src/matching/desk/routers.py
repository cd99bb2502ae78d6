"""Makes the routers of the host desk of what the other rooms have."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from matching.applications.repository import ApplicationsRepository, PendingRejections
from matching.applications.use_cases.application_keeper import ApplicationKeeper
from matching.applications.use_cases.hosts import Hosts
from matching.applications.use_cases.rejections import Rejections
from matching.applications.worker import RejectionsWorker
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.desk import answers, application, applications, candidates, figures, match_days, placement, placements, today
from matching.desk.desk import Desk
from matching.desk.people import People
from matching.model.terms import Terms
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.recommendations.repository import CandidatesRepository
from matching.roles.repository import RolesRepository
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.seats.use_cases import SeatKeeper
from shared.runtime.service import Service
from shared.web.access.guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the desk reads and changes."""

    roles: RolesRepository
    catalogue: CatalogueRepository
    applications: ApplicationsRepository
    keeper: ApplicationKeeper
    hosts: Hosts
    placements: PlacementsRepository
    placing: Placements
    seats: SeatKeeper
    match_days: MatchDays
    candidates: CandidatesRepository
    live_catalogue: LiveCatalogue
    terms: Terms


def create_routers(guard: Guard, service: Service, rooms: Rooms) -> Sequence[APIRouter]:
    """``/desk`` and all below it, with the work that tells applicants of a no once it cannot be undone any more."""
    database = service.database
    pending = PendingRejections(database.db)
    rejections = Rejections(rooms.keeper, rooms.applications, pending)
    service.on_start(pending.ensure_indexes)
    service.every(5.0, RejectionsWorker(rejections, pending, database).work)
    desk = Desk(service.pages, guard, rooms.roles, rooms.catalogue)
    people = People(rooms.applications)
    rounds, rankings, entries = Rounds(database.db), Rankings(database.db), Entries(database.db)
    return (
        today.create_router(desk, people, rooms.applications, pending, rooms.placements, rounds, rankings, rooms.seats, database),
        answers.create_router(desk, rejections, rooms.applications, pending, database),
        applications.create_router(desk, rooms.applications, pending),
        candidates.create_router(desk, rooms.candidates, rooms.live_catalogue, rooms.applications, rooms.terms, database),
        application.create_router(desk, rooms.hosts, rooms.applications, pending, rooms.seats, database),
        match_days.create_router(desk, people, rooms.match_days, rounds, rankings, entries, rooms.applications, database),
        placements.create_router(desk, people, rooms.placements),
        placement.create_router(desk, people, rooms.placing, rooms.placements, rooms.terms, database),
        figures.create_router(desk, rooms.applications, rooms.placements),
    )
