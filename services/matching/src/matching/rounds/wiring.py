"""Wires the room of match days."""

import secrets
from dataclasses import dataclass

from fastapi import APIRouter

from matching.catalogue.repository import CatalogueRepository
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.erasure import PlacementEraser
from matching.placements.use_cases.placement_maker import PlacementMaker, Superseded
from matching.placements.use_cases.placements import Placements
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.api import partners as partners_api
from matching.rounds.api import rankings as rankings_api
from matching.rounds.api import releases as releases_api
from matching.rounds.api import rounds as rounds_api
from matching.rounds.domain.partners import ALPHABET, CODE_LENGTH
from matching.rounds.domain.rounds import BatchSizes
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.erasure import AttendeeEraser
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.partners import Partners
from matching.rounds.use_cases.round_freezer import RoundFreezer, Scores
from matching.rounds.use_cases.round_matcher import RoundMatcher
from matching.rounds.use_cases.round_publisher import RoundPublisher
from matching.rounds.use_cases.seats_of_rounds import SeatsOfRounds
from matching.rounds.worker import RoundsWorker
from matching.seats.repository import SeatsRepository
from matching.seats.use_cases import SeatAllocator
from shared.runtime.service import Service
from shared.web.access.guard import Guard


@dataclass(frozen=True)
class Ranking:
    """The parts of match days that other rooms use."""

    rounds: Rounds
    rankings: Rankings
    partnerships: Partnerships
    entries: Entries
    match_days: MatchDays
    partners: Partners
    eraser: AttendeeEraser
    routers: list[APIRouter]


def match_days(
    service: Service,
    guard: Guard,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    seats_repository: SeatsRepository,
    placements_repository: PlacementsRepository,
    seats: SeatAllocator,
    placements: PlacementMaker,
    operations: Placements,
    scores: Scores,
    superseded: Superseded,
) -> Ranking:
    """Match-day rounds, including their background work."""
    database = service.database
    rounds = Rounds(database.db)
    rankings = Rankings(database.db)
    partnerships = Partnerships(database.db)
    entries = Entries(database.db)
    sizes = BatchSizes()
    for repository in (rounds, rankings, partnerships, entries):
        service.on_start(repository.ensure_indexes)
    earlier = SeatsOfRounds(rounds, entries, catalogue, seats_repository, placements, database, sizes)
    service.on_start(earlier.adopt)
    days = MatchDays(rounds, rankings, entries, candidates, catalogue, seats, draw=lambda: secrets.token_hex(16))
    partners = Partners(rounds, partnerships, candidates, draw=_draw_code)
    freezer = RoundFreezer(
        rounds, rankings, entries, candidates, catalogue, seats, placements_repository, partnerships, scores, sizes
    )
    matcher = RoundMatcher(rounds, entries)
    publisher = RoundPublisher(rounds, entries, candidates, catalogue, seats, placements, sizes, superseded)
    worker = RoundsWorker(days, freezer, matcher, publisher, rounds, database, sizes)
    service.every(1.0, worker.work)
    transact = rounds_api.RoundTransactions(database)
    eraser = AttendeeEraser(rounds, rankings, partnerships, entries, PlacementEraser(placements_repository, seats))
    routers: list[APIRouter] = [
        rounds_api.create_router(guard, days, rounds, rankings, transact),
        rankings_api.create_router(guard, days, rounds, rankings, entries, catalogue, matcher, transact),
        partners_api.create_router(guard, partners, rounds, partnerships, transact),
        releases_api.create_router(guard, rounds, operations, database),
    ]
    return Ranking(rounds, rankings, partnerships, entries, days, partners, eraser, routers)


def _draw_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
