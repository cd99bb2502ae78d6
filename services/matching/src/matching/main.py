"""Composition root of the matching service."""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial

from fastapi import APIRouter, FastAPI

from matching.applications.api import attendees as attendees_api
from matching.applications.api import hosts as hosts_api
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.application_changer import ApplicationChanger
from matching.applications.use_cases.clock import ApplicationClock
from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.applications.use_cases.erasure import ApplicationEraser
from matching.applications.use_cases.hosts import Hosts
from matching.applications.use_cases.obstacles import Obstacles
from matching.applications.use_cases.retention import Retention
from matching.applications.use_cases.superseder import Superseder
from matching.applications.worker import ApplicationsWorker, RetentionWorker
from matching.attendee_pages import routers as attendee_pages
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.desk import routers as desk
from matching.engine.index import Numbering
from matching.engine.vocabulary import SemanticVocabulary, Vocabulary
from matching.engine.warm_up import warm_up
from matching.insight.api import insight as insight_api
from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter, TurnoutRecorder
from matching.invitations.wiring import invitations
from matching.mentoring import routers as mentoring
from matching.model.terms import Terms
from matching.nominations import api as nominations_api
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from matching.nominations.worker import NominationsWorker
from matching.organizing import routers as organizing
from matching.placements.api import placements as placements_api
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placement_maker import PlacementMaker
from matching.placements.use_cases.placements import Placements
from matching.recommendations import api as recommendations_api
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_counter import CandidateCounter
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.recommendations.use_cases.explanations import Explanations
from matching.recommendations.use_cases.first_steps import FirstStepsFinder
from matching.recommendations.use_cases.held_shards import HeldShards
from matching.recommendations.use_cases.recommendations import Recommendations
from matching.roles.repository import RolesRepository
from matching.roles.use_cases import RoleRecorder
from matching.rooms import Rooms
from matching.rounds.wiring import match_days
from matching.seats.repository import SeatsRepository
from matching.seats.use_cases import SeatAllocator
from matching.settings import Settings
from shared.contract.topics import CONFERENCES, LISTINGS, ORGANIZATIONS, PROFILES, RESCORING, TURNOUT
from shared.database.mongo import Tx
from shared.runtime.access import guard_by_copies, people_by_copies
from shared.runtime.service import Service
from shared.web.access.guard import Guard


@lru_cache(1)
def _shipped_vocabulary() -> Vocabulary:
    """Read once, though a process makes several apps, as those of the tests do: it never changes."""
    return Vocabulary.load()


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("matching", settings)
    known_roles = roles(service)
    guard = guard_by_copies(service, people_by_copies(service), known_roles)
    directory = settings.embeddings_directory
    vocabulary = SemanticVocabulary.load(directory) if directory else _shipped_vocabulary()
    numbering = Numbering()
    catalogue = CatalogueRepository(service.database.db)
    candidates = CandidatesRepository(service.database.db)
    service.on_start(partial(asyncio.to_thread, warm_up))
    service.on_start(catalogue.ensure_indexes)
    service.on_start(candidates.ensure_indexes)

    live_catalogue = LiveCatalogue(catalogue, vocabulary, settings.weights, numbering)
    shards = HeldShards(candidates, numbering)
    placing = seats_and_placements(service, candidates, catalogue, known_roles)
    nominating = nominations(service, guard, settings, candidates, catalogue, known_roles)
    nominated = nominating.repository
    explanations = Explanations(candidates, live_catalogue, nominated.agreed)
    applying = applications(service, guard, settings, candidates, catalogue, live_catalogue, vocabulary, placing, nominated)
    superseded = applying.superseder.supersede
    operations = Placements(
        placing.placements_repository,
        placing.placements,
        placing.seats,
        candidates,
        catalogue,
        known_roles,
        vocabulary,
        superseded,
    )
    ranking = match_days(
        service,
        guard,
        candidates,
        catalogue,
        placing.seats_repository,
        placing.placements_repository,
        placing.seats,
        placing.placements,
        operations,
        explanations.scores,
        superseded,
    )

    hidden = HiddenListingsRepository(service.database.db)
    inviting, invitations_router = invitations(
        service,
        guard,
        candidates,
        catalogue,
        live_catalogue,
        applying.repository,
        applying.obstacles,
        hidden,
        vocabulary,
        keep=timedelta(days=settings.keep_applications_days),
    )

    async def forget(attendee_ids: Collection[str], tx: Tx) -> None:
        await nominating.nominations.erase(attendee_ids, tx)
        await applying.eraser.erase(attendee_ids, tx)
        await ranking.eraser.erase(attendee_ids, tx)
        await hidden.erase(attendee_ids, tx)
        await inviting.erase(attendee_ids, tx)

    commitments = CommitmentFinder(placing.placements_repository, applying.repository, nominated, candidates, catalogue, hidden)
    recommendations = Recommendations(
        candidates, live_catalogue, shards, vocabulary, commitments.find, nominated.nominees, forget=forget
    )
    service.consume(LISTINGS, CONFERENCES, handler=live_catalogue.apply, group="catalogue")
    # Together, because a candidate's profile and the listings that reach them must not be applied at the same time.
    service.consume(PROFILES, RESCORING, handler=recommendations.refresh, group="candidates")
    service.every(settings.candidate_counts_seconds, CandidateCounter(candidates, catalogue, shards, service.database).count)
    recommendations_router = recommendations_api.create_router(guard, candidates, live_catalogue, explanations, service.database)
    placements_router = placements_api.create_router(guard, operations, placing.placements_repository, service.database)
    routers = (
        recommendations_router,
        placements_router,
        *ranking.routers,
        nominating.router,
        *applying.routers,
        invitations_router,
    )
    rooms = Rooms(
        applicants=applying.applicants,
        applications=applying.repository,
        candidates=candidates,
        catalogue=catalogue,
        entries=ranking.entries,
        explanations=explanations,
        first_steps=FirstStepsFinder(live_catalogue, shards, commitments.find),
        hidden=hidden,
        hosts=applying.hosts,
        invitations=inviting,
        changer=applying.changer,
        live_catalogue=live_catalogue,
        match_days=ranking.match_days,
        nominations=nominating.nominations,
        nominations_repository=nominated,
        placements=operations,
        placements_repository=placing.placements_repository,
        partners=ranking.partners,
        partnerships=ranking.partnerships,
        rankings=ranking.rankings,
        roles=known_roles,
        rounds=ranking.rounds,
        seats=placing.seats,
        superseder=applying.superseder,
        terms=vocabulary,
    )
    pages = [
        router for area in (attendee_pages, desk, organizing, mentoring) for router in area.create_routers(guard, service, rooms)
    ]
    return service.app(guard, *routers, *pages, insight(service, guard, settings))


def roles(service: Service) -> RolesRepository:
    """Who has which roles."""
    repository = RolesRepository(service.database.db)
    service.on_start(repository.ensure_indexes)
    return repository


def insight(service: Service, guard: Guard, settings: Settings) -> APIRouter:
    """The results of conferences, counted in the background."""
    insights = Insights(service.database.db)
    counting = InsightCounter(insights, timedelta(seconds=settings.insight_seconds))
    service.every(min(2.0, settings.insight_seconds), counting.count)
    service.consume(TURNOUT, handler=TurnoutRecorder(insights).apply, group="insight")
    return insight_api.create_router(guard, insights, service.pages)


@dataclass(frozen=True)
class Placing:
    """Who has the seats of listings."""

    seats_repository: SeatsRepository
    placements_repository: PlacementsRepository
    seats: SeatAllocator
    placements: PlacementMaker


def seats_and_placements(
    service: Service, candidates: CandidatesRepository, catalogue: CatalogueRepository, known_roles: RolesRepository
) -> Placing:
    """Seats and placements."""
    seats_repository, placements_repository = SeatsRepository(service.database.db), PlacementsRepository(service.database.db)
    for repository in (seats_repository, placements_repository):
        service.on_start(repository.ensure_indexes)
    seats = SeatAllocator(seats_repository, catalogue)
    maker = PlacementMaker(placements_repository, seats, candidates, known_roles)
    return Placing(seats_repository, placements_repository, seats, maker)


@dataclass(frozen=True)
class Nominating:
    """Nominations, as other rooms meet them."""

    repository: NominationsRepository
    nominations: Nominations
    router: APIRouter


def nominations(
    service: Service,
    guard: Guard,
    settings: Settings,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    known_roles: RolesRepository,
) -> Nominating:
    """Nominations, with what time and changes of staff make of them."""
    database = service.database
    repository = NominationsRepository(database.db)
    service.on_start(repository.ensure_indexes)
    keep = timedelta(days=settings.keep_applications_days)
    operations = Nominations(repository, candidates, catalogue, known_roles, lambda: secrets.token_hex(16), keep)
    worker = NominationsWorker(operations, repository, database)
    service.every(5.0, worker.work)
    service.every(600.0, worker.sweep)
    # Roles as registration and listings publish them, in a group of their own, so that they are read from the start.
    recorder = RoleRecorder(known_roles, operations.follow_staff)
    service.consume(CONFERENCES, ORGANIZATIONS, handler=recorder.apply, group="roles")
    return Nominating(repository, operations, nominations_api.create_router(guard, operations, repository, database))


@dataclass(frozen=True)
class Applying:
    """Applications, as other rooms meet them."""

    repository: ApplicationsRepository
    obstacles: Obstacles
    applicants: Applicants
    superseder: Superseder
    eraser: ApplicationEraser
    hosts: Hosts
    changer: ApplicationChanger
    routers: list[APIRouter]


def applications(
    service: Service,
    guard: Guard,
    settings: Settings,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    live_catalogue: LiveCatalogue,
    terms: Terms,
    placing: Placing,
    nominated: NominationsRepository,
) -> Applying:
    """Applications, with what time and listings make of them."""
    database, seats, placements = service.database, placing.seats, placing.placements
    repository = ApplicationsRepository(database.db)
    service.on_start(repository.ensure_indexes)
    changer = ApplicationChanger(repository, seats, CandidateRescorer(candidates))
    superseder = Superseder(changer, repository, catalogue, placements)
    obstacles = Obstacles(repository, nominated, placements)
    applicants = Applicants(
        changer,
        repository,
        obstacles,
        candidates,
        catalogue,
        live_catalogue,
        terms,
        placements,
        superseder.supersede,
        settings.answer_days,
    )
    hosts = Hosts(changer, catalogue, seats, placements)
    worker = ApplicationsWorker(ApplicationClock(changer, repository, catalogue), repository, catalogue, database)
    service.every(2.0, worker.work)
    retention = Retention(repository, placing.placements_repository)
    keep = timedelta(days=settings.keep_applications_days)
    sweeper = RetentionWorker(retention, repository, placing.placements_repository, database, keep)
    service.every(600.0, sweeper.sweep)
    attendees_router = attendees_api.create_router(guard, applicants, repository, database)
    hosts_router = hosts_api.create_router(guard, hosts, repository, database)
    eraser = ApplicationEraser(repository, seats)
    return Applying(repository, obstacles, applicants, superseder, eraser, hosts, changer, [attendees_router, hosts_router])
