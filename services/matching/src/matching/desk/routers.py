"""Builds the host desk's routers from the other rooms."""

from collections.abc import Sequence

from fastapi import APIRouter

from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.bulk_answers import BulkAnswers
from matching.applications.worker import PendingCommandsWorker
from matching.desk import (
    answers,
    application,
    applications,
    candidates,
    figures,
    match_days,
    nominations,
    placement,
    placements,
    skills,
    today,
)
from matching.desk.desk import Desk
from matching.desk.people import People
from matching.desk.unnamed import UnnamedPeople
from matching.rooms import Rooms
from shared.runtime.service import Service
from shared.web.access.guard import Guard


def create_routers(guard: Guard, service: Service, rooms: Rooms) -> Sequence[APIRouter]:
    """The routes below ``/desk``, and the worker that carries out bulk answers once they can no longer be undone."""
    database = service.database
    pending = PendingCommands(database.db)
    bulk_answers = BulkAnswers(rooms.hosts, rooms.applications, pending, rooms.seats)
    service.on_start(pending.ensure_indexes)
    service.every(5.0, PendingCommandsWorker(bulk_answers, pending, database).work)
    desk = Desk(service.pages, guard, rooms.roles, rooms.catalogue)
    people = People(rooms.applications)
    unnamed = UnnamedPeople(rooms.candidates, rooms.live_catalogue, rooms.terms)
    rounds, rankings, entries = rooms.rounds, rooms.rankings, rooms.entries
    return (
        today.create_router(
            desk, people, rooms.applications, pending, rooms.placements_repository, rounds, rankings, rooms.seats, database
        ),
        answers.create_router(desk, bulk_answers, rooms.applications, pending, database),
        applications.create_router(desk, rooms.applications, pending),
        candidates.create_router(desk, rooms.invitations, database),
        application.create_router(desk, rooms.hosts, rooms.applications, pending, rooms.seats, rooms.terms, database),
        match_days.create_router(
            desk, people, unnamed, rooms.match_days, rounds, rankings, entries, rooms.applications, database
        ),
        nominations.create_router(desk, rooms.nominations_repository, rooms.applications),
        placements.create_router(desk, people, rooms.placements_repository),
        placement.create_router(desk, people, rooms.placements, rooms.placements_repository, rooms.terms, database),
        skills.create_router(desk, rooms.live_catalogue, rooms.terms, database),
        figures.create_router(desk, rooms.applications, rooms.placements_repository),
    )
