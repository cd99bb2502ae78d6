"""Wires the pages for organizers."""

from fastapi import APIRouter

from matching.host_answers.repository import HostAnswersRepository
from matching.host_answers.use_cases import HostAnswersCounter
from matching.organizing import answers, day, days, internships, planning
from matching.organizing.desk import OrganizerDesk
from matching.organizing.offered import OfferedInternships
from matching.rooms import Rooms
from matching.rounds.api.rounds import RoundTransactions
from matching.rounds.use_cases.round_matcher import RoundMatcher
from shared.runtime.service import Service
from shared.web.access.guard import Guard


def create_routers(guard: Guard, service: Service, rooms: Rooms) -> list[APIRouter]:
    """``/organize-days``, and the worker that counts how hosts answer."""
    database, rounds, rankings, entries = service.database, rooms.rounds, rooms.rankings, rooms.entries
    desk = OrganizerDesk(guard, rooms.catalogue, service.pages)
    transact = RoundTransactions(database)
    offered = OfferedInternships(rooms.live_catalogue, database)
    matcher = RoundMatcher(rounds, entries)
    host_answers = HostAnswersRepository(database.db)
    service.every(2.0, HostAnswersCounter(host_answers, rooms.applications, rooms.roles).count)
    return [
        days.create_router(guard, desk, rooms.catalogue, rounds),
        planning.create_router(guard, desk, offered, rounds, rooms.match_days, transact),
        internships.create_router(guard, desk, offered, rounds, rooms.match_days, transact),
        answers.create_router(guard, desk, rooms.catalogue, host_answers, rooms.nominations_repository),
        day.create_router(guard, desk, rooms.catalogue, rounds, rankings, entries, rooms.match_days, matcher, transact, database),
    ]
