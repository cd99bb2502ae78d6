"""Composition root of the listings service."""

import secrets
from datetime import timedelta

from fastapi import FastAPI

from listings.conferences.repository import ConferencesRepository
from listings.conferences.use_cases import ConferenceNames
from listings.ideas import api as ideas_api
from listings.ideas.pages import authors as my_ideas
from listings.ideas.pages import hosts as ideas_of_hosts
from listings.ideas.pages import own_data
from listings.ideas.repository import AuthorsRepository, IdeasRepository
from listings.ideas.use_cases import BATCH as IDEAS_BATCH
from listings.ideas.use_cases import Ideas
from listings.listings import api as listings_api
from listings.listings.pages import desk, internship
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import BATCH, Listings
from listings.organizations import api as organizations_api
from listings.organizations.pages import mentors, people
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import STAFF_BATCH, Organizations
from listings.settings import Settings
from listings.transactions import Transactions
from shared.contract.topics import CONFERENCES, PROFILES, SEATS
from shared.runtime.access import guard_by_copies, people_by_copies
from shared.runtime.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    service = Service("listings", settings)
    database = service.database
    organizations_repository = OrganizationsRepository(database.db)
    listings_repository = ListingsRepository(database.db)
    listings = Listings(listings_repository, organizations_repository, timedelta(days=settings.idea_author_days))
    conferences = ConferencesRepository(database.db)
    ideas_repository = IdeasRepository(database.db)
    authors = AuthorsRepository(database.db)
    ideas = Ideas(
        ideas_repository,
        authors,
        organizations_repository,
        listings,
        timedelta(days=settings.idea_days),
        draw_listing_id=lambda: f"idea-{secrets.token_hex(8)}",
    )
    organizations = Organizations(organizations_repository, settings.person_key, listings.republish)

    guard = guard_by_copies(service, people_by_copies(service), organizations)

    async def publish_missing_staff() -> None:
        while await database.transact(organizations.publish_missing_staff) == STAFF_BATCH:
            pass

    async def rewrite_older() -> None:
        while await database.transact(listings.rewrite_older) == BATCH:
            pass
        await listings_repository.drop_placements()

    async def expire_due() -> None:
        while await database.transact(listings.expire_due) == BATCH:
            pass
        while await database.transact(listings.open_due) == BATCH:
            pass
        while await database.transact(ideas.expire_due) == IDEAS_BATCH:
            pass

    service.on_start(organizations_repository.ensure_indexes)
    service.on_start(listings_repository.ensure_indexes)
    service.on_start(ideas_repository.ensure_indexes)
    service.on_start(publish_missing_staff)
    service.on_start(rewrite_older)
    service.consume(SEATS, handler=listings.keep_promises)
    service.consume(CONFERENCES, handler=ConferenceNames(conferences).follow, group="conferences")
    service.consume(PROFILES, handler=ideas.follow_attendees, group="authors")
    service.every(settings.deadline_seconds, expire_due)
    transactions = Transactions(database)
    pages, site = service.pages, next(iter(settings.own_urls), "")
    return service.app(
        guard,
        organizations_api.create_router(guard, organizations, organizations_repository, transactions),
        listings_api.create_router(guard, listings, listings_repository, organizations_repository, transactions),
        ideas_api.create_router(guard, ideas, ideas_repository, organizations_repository, transactions),
        internship.create_router(guard, listings_repository, organizations_repository, conferences, pages, site),
        own_data.create_router(guard, ideas_repository, organizations_repository, database),  # before ``/my-ideas/{key}``
        my_ideas.create_router(
            guard, ideas, ideas_repository, authors, organizations_repository, conferences, transactions, pages
        ),
        ideas_of_hosts.create_router(guard, ideas, ideas_repository, organizations_repository, conferences, transactions, pages),
        desk.create_router(guard, listings, listings_repository, organizations_repository, conferences, transactions, pages),
        mentors.create_router(guard, organizations, organizations_repository, transactions, pages),
        people.create_router(guard, organizations, organizations_repository, transactions, pages),
    )
