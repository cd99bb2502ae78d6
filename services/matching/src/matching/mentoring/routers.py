"""Wires the pages for mentors."""

from dataclasses import dataclass

from fastapi import APIRouter

from matching.applications.repository import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.mentoring import mentees, nominations
from matching.mentoring.mentor import Mentoring
from matching.model.terms import Terms
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.recommendations.repository import CandidatesRepository
from matching.roles.repository import RolesRepository
from shared.database.mongo import Database
from shared.web.access.guard import Guard
from shared.web.pages.pages import Pages


@dataclass(frozen=True, slots=True)
class MentorRooms:
    """What the pages for mentors show and change."""

    placements: PlacementsRepository
    operations: Placements
    applications: ApplicationsRepository
    nominations: NominationsRepository
    nominating: Nominations
    candidates: CandidatesRepository
    catalogue: CatalogueRepository
    roles: RolesRepository
    terms: Terms


def create_routers(guard: Guard, pages: Pages, database: Database, rooms: MentorRooms) -> list[APIRouter]:
    """``/mentor``."""
    mentoring = Mentoring(guard, rooms.placements, rooms.applications, database)
    return [
        mentees.create_router(guard, pages, mentoring, rooms.placements, rooms.operations, rooms.roles, rooms.terms, database),
        nominations.create_router(
            guard,
            pages,
            mentoring,
            rooms.nominating,
            rooms.nominations,
            rooms.applications,
            rooms.candidates,
            rooms.catalogue,
            rooms.roles,
            database,
        ),
    ]
