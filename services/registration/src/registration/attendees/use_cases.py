"""Publishes contacts and profiles of attendees, for other services, when they change."""

from collections.abc import Collection

from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import Contact
from registration.attendees.domain.profiles import began, profile
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.conferences.repository import Conferences
from shared.contract.envelope import Encoded
from shared.contract.events.registration import AttendeeProfiled, ContactChanged
from shared.contract.topics import CONTACTS, PROFILES
from shared.database.mongo import Tx


class Profiles:
    """Stores changed attendees, and publishes their contacts and profiles."""

    def __init__(self, attendees: Attendees, facts: Facts, conferences: Conferences) -> None:
        self._attendees = attendees
        self._facts = facts
        self._conferences = conferences

    async def publish(self, changes: AttendeeChanges, tx: Tx) -> None:
        """Save the attendees that changed, and publish the contacts and profiles that changed with them.

        The changed facts must be saved first, because this reads the facts of some attendees again.
        """
        await self._aggregate_again(changes, tx)
        await self._keep_newest(changes, tx)
        contacts, profiles = changes.raise_versions()
        visited = {conference_id for evidence in profiles.values() for _, conference_id, _ in evidence.attendance}
        conferences = await self._conferences.get_many(visited, tx)
        await self._attendees.save(changes.new_attendees(), changes.changed_attendees(), tx)
        for id, contact in contacts.items():
            if contact is None:
                tx.erase(CONTACTS, id)  # the address belongs to an attendee who is a separate person again
                continue
            version = changes.attendees[id].contact_version
            tx.publish(CONTACTS, id, _contact_changed(id, version, contact), version=version, cause=changes.cause(id))
        for id, evidence in profiles.items():
            version = changes.attendees[id].profile_version
            data = profile(id, version, evidence, conferences)
            tx.publish(PROFILES, id, Encoded.of(AttendeeProfiled, data), version=version, cause=changes.cause(id))

    async def publish_contacts_again(self, ids: Collection[str], changes: AttendeeChanges, tx: Tx) -> None:
        """Publish the contacts of these attendees as they are. Their versions were raised."""
        for id in ids:
            attendee = changes.attendees[id]
            if contact := changes.person(id).contact(attendee):
                event = _contact_changed(id, attendee.contact_version, contact)
                tx.publish(CONTACTS, id, event, version=attendee.contact_version, republished=True)

    async def publish_profiles_again(self, ids: Collection[str], changes: AttendeeChanges, tx: Tx) -> None:
        """Publish the profiles of these attendees as they are. Their versions were raised."""
        profiles = {id: changes.person(id).evidence(changes.attendees[id]) for id in ids}
        visited = {conference_id for evidence in profiles.values() for _, conference_id, _ in evidence.attendance}
        conferences = await self._conferences.get_many(visited, tx)
        for id, evidence in profiles.items():
            version = changes.attendees[id].profile_version
            event = Encoded.of(AttendeeProfiled, profile(id, version, evidence, conferences))
            tx.publish(PROFILES, id, event, version=version, republished=True)

    async def _aggregate_again(self, changes: AttendeeChanges, tx: Tx) -> None:
        for id in changes.outdated:
            attendee = changes.change(id)
            attendee.reset()
            async for fact in self._facts.about(id, tx):
                if not fact.reverted:
                    attendee.add(fact)

    async def _keep_newest(self, changes: AttendeeChanges, tx: Tx) -> None:
        too_large = [changes.attendees[id] for id in changes.changed if changes.attendees[id].exceeds_limits()]
        if not too_large:
            return
        visited = {conference_id for attendee in too_large for _, conference_id, _ in attendee.attendance}
        conferences = await self._conferences.get_many(visited, tx)
        for attendee in too_large:
            attendee.keep_newest(lambda conference_id: began(conference_id, conferences))


def _contact_changed(id: str, version: int, contact: Contact) -> Encoded:
    data = {
        "attendee_id": id,
        "version": version,
        "email": contact.email,
        "name": contact.name,
        "locale": contact.locale,
        "mail_consent": contact.mail,
        "time_zone": contact.time_zone,
        "mail_consent_at": contact.mail_at,
        "merged_into": contact.merged_into,
    }
    return Encoded.of(ContactChanged, data)
