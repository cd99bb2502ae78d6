"""Wires the pages for organizers."""

from dataclasses import dataclass

from fastapi import APIRouter

from matching.applications.repository import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.nominations.repository import NominationsRepository
from matching.organizing import answers, day, days, planning
from matching.organizing.desk import OrganizerDesk
from matching.rounds.api.rounds import RoundTransactions
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.round_matcher import RoundMatcher
from shared.database.mongo import Database
from shared.web.access.guard import Guard
from shared.web.pages.pages import Pages


@dataclass(frozen=True, slots=True)
class OrganizerRooms:
    """What the pages for organizers show and change."""

    catalogue: CatalogueRepository
    applications: ApplicationsRepository
    nominations: NominationsRepository
    match_days: MatchDays


def create_routers(guard: Guard, pages: Pages, database: Database, rooms: OrganizerRooms) -> list[APIRouter]:
    """``/organize-days``."""
    desk = OrganizerDesk(guard, rooms.catalogue, pages)
    rounds, rankings, entries = Rounds(database.db), Rankings(database.db), Entries(database.db)
    transact = RoundTransactions(database)
    matcher = RoundMatcher(rounds, entries)
    return [
        days.create_router(guard, desk, rooms.catalogue, rounds),
        planning.create_router(guard, desk, rooms.catalogue, rounds, rooms.match_days, transact),
        answers.create_router(guard, desk, rooms.catalogue, rooms.applications, rooms.nominations),
        day.create_router(guard, desk, rooms.catalogue, rounds, rankings, entries, rooms.match_days, matcher, transact, database),
    ]
