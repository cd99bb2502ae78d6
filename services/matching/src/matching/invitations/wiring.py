"""Wires the room."""

from datetime import timedelta

from fastapi import APIRouter

from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.obstacles import Obstacles
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.invitations.api import create_router
from matching.invitations.repository import InvitationsRepository
from matching.invitations.use_cases import Invitations
from matching.model.terms import Terms
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from shared.runtime.service import Service
from shared.web.access.guard import Guard


def invitations(
    service: Service,
    guard: Guard,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    live_catalogue: LiveCatalogue,
    applications: ApplicationsRepository,
    obstacles: Obstacles,
    hidden: HiddenListingsRepository,
    terms: Terms,
    keep: timedelta,
) -> tuple[Invitations, APIRouter]:
    """Invitations to apply, with what deletes them, and their interface."""
    repository = InvitationsRepository(service.database.db)
    service.on_start(repository.ensure_indexes)
    operations = Invitations(repository, candidates, catalogue, live_catalogue, applications, obstacles, hidden, terms, keep)

    async def sweep() -> None:
        # Instances need not agree on who does it.
        while await service.database.transact(operations.sweep):
            pass

    service.every(600.0, sweep)
    return operations, create_router(guard, operations, repository, service.database)
