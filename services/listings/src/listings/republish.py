"""Recalls state from the service's topics, and publishes everything again, after its database was restored."""

from datetime import timedelta
from operator import attrgetter

from listings.ideas.domain.idea import Idea
from listings.ideas.repository import IdeasRepository
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.domain import Organization
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import Organizations
from listings.settings import Settings
from shared.contract.events.listings import StaffChanged
from shared.contract.topics import IDEAS, LISTINGS, ORGANIZATIONS, STAFF
from shared.database.mongo import Database, Document
from shared.messaging.republishing import Recalled, Republished


def republish(database: Database, settings: Settings) -> tuple[list[Recalled], list[Republished]]:
    """Staff who left or were erased have left again; all that readers know by its version is published."""
    hosts, openings, ideas = OrganizationsRepository(database.db), ListingsRepository(database.db), IdeasRepository(database.db)
    listings = Listings(openings, hosts, timedelta(days=settings.idea_author_days))
    organizations = Organizations(hosts, settings.person_key, listings.republish)

    def staff(documents: list[Document]) -> list[StaffChanged]:
        return [StaffChanged.model_validate(document["published"]) for document in documents]

    return [Recalled(STAFF, organizations.erase_again, newest=True)], [
        Republished.each(ORGANIZATIONS, hosts.versions, hosts.of, Organization.changed),
        Republished.each(STAFF, hosts.staff_versions, staff, lambda event: event, attrgetter("person_id")),
        Republished.each(LISTINGS, openings.versions, openings.of, attrgetter("published")),
        Republished.each(IDEAS, ideas.versions, ideas.of, Idea.changed),
    ]
