"""Wires the pages for mentors."""

from fastapi import APIRouter

from matching.desk.people import People
from matching.mentoring import mentees, nominations
from matching.mentoring.mentor import Mentoring
from matching.rooms import Rooms
from shared.runtime.service import Service
from shared.web.access.guard import Guard


def create_routers(guard: Guard, service: Service, rooms: Rooms) -> list[APIRouter]:
    """``/mentor``."""
    database, pages = service.database, service.pages
    mentoring = Mentoring(guard, rooms.placements_repository, People(rooms.applications))
    return [
        mentees.create_router(
            guard, pages, mentoring, rooms.placements_repository, rooms.placements, rooms.roles, rooms.terms, database
        ),
        nominations.create_router(
            guard,
            pages,
            mentoring,
            rooms.nominations,
            rooms.nominations_repository,
            rooms.applications,
            rooms.candidates,
            rooms.catalogue,
            rooms.roles,
            database,
        ),
    ]
