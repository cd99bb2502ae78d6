"""The service of ``guard``: one read, of a listing by its id, as the listings service has it, with three guards.

``/open`` lets everybody in, ``/key`` asks for a key, ``/session`` for a key or somebody who is signed in.

    PYTHONPATH=tests python -m bench.guarded
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from fastapi import FastAPI

from listings.listings import api
from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.repository import OrganizationsRepository
from listings.settings import Settings
from listings.transactions import Transactions
from shared.database.mongo import MongoDatabase
from shared.environment import read_settings
from shared.runtime.server import serve
from shared.runtime.service import Service
from shared.web.access.callers import Caller
from shared.web.access.copies import KeyCopies
from shared.web.access.guard import Guard, NeedsKey, Public
from shared.web.access.keys import ApiKey
from shared.web.access.roles import Grant
from shared.web.access.session_copies import SessionCopies
from shared.web.access.signed_in import People

LISTING: Final = "l1"
HOST: Final = "o1"
EVERYBODY: Final = ApiKey(id="everybody", scopes=frozenset({"listings"}))


class LetsIn(Public):
    """A dependency that checks nothing, and has the route think of a key."""

    async def __call__(self) -> Caller:  # type: ignore[override]
        return EVERYBODY


class NoGuard(Guard):
    """Lets everybody in, without a look at the request."""

    def __call__(self, *_scopes: Any, **_options: Any) -> NeedsKey:
        return LetsIn("it is the peer")  # type: ignore[return-value]


class GuardOfPeople(Guard):
    """Takes people at each route."""

    def __call__(self, *scopes: Any, **options: Any) -> NeedsKey:
        return super().__call__(*scopes, **{**options, "people": True})


class Staff:
    """Finds roles as a service does: in one read of its own data."""

    def __init__(self, db: MongoDatabase) -> None:
        self._staff = db["staff"]

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        found = self._staff.find({"person_id": {"$in": list(person_ids)}})
        return [Grant(post["role"], post["organization_id"]) async for post in found]


def create_app(settings: Settings) -> FastAPI:
    """The app, whose service reads nothing from Kafka."""
    service = Service("listings", settings)
    database = service.database
    repository, organizations = ListingsRepository(database.db), OrganizationsRepository(database.db)

    async def write() -> None:
        details = ListingDetails(organization_id=HOST, title="An internship", skills=["python", "kafka", "mongodb"], capacity=3)
        await database.transact(lambda tx: repository.save_listings([Listing(LISTING, details)], tx))
        await database.db["staff"].create_index("person_id")

    service.on_start(write)
    keys = KeyCopies(database.db)
    people = People(SessionCopies(database.db))
    app = service.app(Guard(keys))
    for name, guard in (
        ("open", NoGuard(keys)),
        ("key", Guard(keys)),
        ("session", GuardOfPeople(keys, people=people, grants=Staff(database.db))),
    ):
        router = api.create_router(
            guard, Listings(repository, organizations, timedelta(days=7)), repository, organizations, Transactions(database)
        )
        app.include_router(router, prefix=f"/{name}")
    return app


if __name__ == "__main__":
    serve(create_app, read_settings(Settings))
