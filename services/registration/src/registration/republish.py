"""Reads registration's topics, and publishes its data again, after its database was restored."""

from operator import attrgetter

from registration.attendees.use_cases import Profiles
from registration.conferences.domain import Conference
from registration.keys.domain import Key
from registration.keys.use_cases import KeyManager
from registration.organizers.use_cases import Organizers
from registration.people.use_cases.erasure import PersonEraser
from registration.people.use_cases.people import People
from registration.people.use_cases.recall import LostAttendees
from registration.portfolio.use_cases.erasure import PortfolioEraser
from registration.portfolio.use_cases.revoker import Revoker
from registration.repositories import Repositories
from registration.settings import Settings
from registration.turnout.repository import Turnouts
from shared.contract.topics import ATTENDANCE_INBOUND, CONFERENCES, CONTACTS, ERASURES, KEYS, PROFILES, TURNOUT
from shared.database.mongo import Database, Document, Tx
from shared.messaging.erasure import Erasures, persons_by_key
from shared.messaging.republishing import Recalled, Republished


def republish(database: Database, settings: Settings) -> tuple[list[Recalled], list[Republished]]:
    """Restore erasures, revoked keys and attendees from the topics, then publish all versioned data again."""
    all = Repositories(database.db, settings.person_key)
    turnouts, profiles = Turnouts(database.db), Profiles(all.attendees, all.facts, all.conferences)
    organizers = Organizers(all.attendees, all.identities, all.conferences, profiles, settings.person_key)
    people = People(all.attendees, all.facts, all.identities, all.pending, profiles, organizers)
    erasures = Erasures("registration", database, settings, persons_by_key, ATTENDANCE_INBOUND)
    portfolios = PortfolioEraser(all.placements, all.handles, Revoker(all.status_lists))
    eraser = PersonEraser(people, all.keys, all.objects, all.deliveries, all.pending, all.rejections, portfolios, erasures)

    lost = LostAttendees(all.attendees, all.identities)

    async def contacts(documents: list[Document], tx: Tx) -> None:
        ids = [document["_id"] for document in documents]
        await profiles.publish_contacts_again(ids, await people.changes(ids, tx), tx)

    async def profiled(documents: list[Document], tx: Tx) -> None:
        ids = [document["_id"] for document in documents]
        await profiles.publish_profiles_again(ids, await people.changes(ids, tx), tx)

    return [
        Recalled(ERASURES, eraser.erase_again, together=1),
        Recalled(KEYS, KeyManager(all.keys).revoke_again),
        Recalled(CONTACTS, lost.recall_contacts),
        Recalled(PROFILES, lost.recall_consents),
    ], [
        Republished.each(KEYS, all.keys.versions, all.keys.of, Key.changed),
        Republished.each(CONFERENCES, all.conferences.versions, all.conferences.of, Conference.scheduled),
        Republished(CONTACTS, all.attendees.contact_versions, contacts),
        Republished(PROFILES, all.attendees.profile_versions, profiled),
        Republished.each(TURNOUT, turnouts.versions, turnouts.of, lambda event: event, attrgetter("conference_id")),
    ]
