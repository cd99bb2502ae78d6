"""Composition root of the matching service."""

from fastapi import FastAPI

from matching import handlers
from matching.api import recommendations
from matching.repository.recommendations import Repository
from matching.settings import Settings
from matching.use_cases.recommendations import Matching
from shared.service import Service
from shared.topics import LISTINGS, OPENINGS, PROFILES


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("matching", settings)
    repository = Repository(service.database.db)
    matching = Matching(repository, shards=OPENINGS.partitions)
    service.on_start(repository.ensure_indexes)
    service.consume(LISTINGS, handler=handlers.on_listings(matching), group="openings")
    # Together, because a candidate's profile and the openings that reach them must not be applied at the same time.
    service.consume(PROFILES, OPENINGS, handler=handlers.on_candidates(matching), group="candidates")
    return service.app(recommendations.create_router(repository))
