"""What listings takes over from its topics, and publishes again, after its database was restored."""

from datetime import timedelta

from listings.ideas.repository import IdeasRepository
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import Organizations
from listings.settings import Settings
from shared.contract.events.listings import StaffChanged
from shared.contract.topics import IDEAS, LISTINGS, ORGANIZATIONS, STAFF
from shared.database.mongo import Database, Document, Tx
from shared.messaging.republishing import Recalled, Republished


def republish(database: Database, settings: Settings) -> tuple[list[Recalled], list[Republished]]:
    """Staff who left or were erased have left again; all that readers know by its version is published."""
    hosts, openings, ideas = OrganizationsRepository(database.db), ListingsRepository(database.db), IdeasRepository(database.db)
    listings = Listings(openings, hosts, timedelta(days=settings.idea_author_days))
    organizations = Organizations(hosts, settings.person_key, listings.republish)

    async def organized(documents: list[Document], tx: Tx) -> None:
        for one in hosts.of(documents):
            tx.publish(ORGANIZATIONS, one.id, one.changed(), version=one.version, republished=True)

    async def staff(documents: list[Document], tx: Tx) -> None:
        for one in documents:
            event = StaffChanged.model_validate(one["published"])
            tx.publish(STAFF, event.person_id, event, version=event.version, republished=True)

    async def published(documents: list[Document], tx: Tx) -> None:
        for one in openings.of(documents):
            if one.published:
                tx.publish(LISTINGS, one.id, one.published, version=one.version, republished=True)

    async def proposed(documents: list[Document], tx: Tx) -> None:
        for one in ideas.of(documents):
            tx.publish(IDEAS, one.id, one.changed(), version=one.version, republished=True)

    return [Recalled(STAFF, organizations.erase_again, newest=True)], [
        Republished(ORGANIZATIONS, hosts.versions, organized),
        Republished(STAFF, hosts.staff_versions, staff),
        Republished(LISTINGS, openings.versions, published),
        Republished(IDEAS, ideas.versions, proposed),
    ]
