"""Composition root of the listings service."""

from fastapi import FastAPI

from listings import api, handlers
from listings.repository import Repository
from listings.settings import Settings
from listings.use_cases import DUE_AT_ONCE, Listings
from shared.contract.topics import PLACEMENTS
from shared.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("listings", settings)
    repository = Repository(service.database.db)
    listings = Listings(repository, settings.person_key)

    async def close_due() -> None:
        while await service.database.transact(listings.expire_due) == DUE_AT_ONCE:
            pass

    async def tell_untold() -> None:
        while await service.database.transact(listings.tell_untold):
            pass

    service.on_start(repository.ensure_indexes)
    service.on_start(tell_untold)
    service.consume(PLACEMENTS, handler=handlers.on_placements(listings))
    service.every(settings.deadline_seconds, close_due)
    return service.app(api.create_router(listings, repository, service.database))
