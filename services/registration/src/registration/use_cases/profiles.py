"""What other services learn of attendees: contacts and profiles, published where they changed."""

from registration.domain.ledger import Ledger
from registration.domain.profiles import profile
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from shared.events.registration import ContactChanged
from shared.mongo import Tx
from shared.topics import CONTACTS, PROFILES


class Profiles:
    """Keeps and publishes what changed of attendees."""

    def __init__(self, attendees: Attendees, conferences: Conferences) -> None:
        self._attendees = attendees
        self._conferences = conferences

    async def publish(self, ledger: Ledger, tx: Tx) -> None:
        """Save the attendees that changed, and publish the contacts and profiles that say something else now."""
        contacts, profiles = ledger.raise_versions()
        visited = {conference_id for evidence in profiles.values() for _, conference_id, _ in evidence.attendance}
        conferences = await self._conferences.some(visited, tx)
        await self._attendees.save(ledger.new_attendees(), ledger.changed_attendees(), tx)
        for id, contact in contacts.items():
            if contact is None:
                tx.erase(CONTACTS, id)  # the address was that of another one, who is a person apart again
                continue
            version = ledger.attendees[id].contact_version
            event = ContactChanged(
                attendee_id=id,
                version=version,
                email=contact.email,
                name=contact.name,
                locale=contact.locale,
                mail_consent=contact.mail,
                time_zone=contact.time_zone,
                mail_consent_at=contact.mail_at,
                merged_into=contact.merged_into,
            )
            tx.publish(CONTACTS, id, event, version=version, cause=ledger.cause(id))
        for id, evidence in profiles.items():
            version = ledger.attendees[id].profile_version
            tx.publish(PROFILES, id, profile(id, version, evidence, conferences), version=version, cause=ledger.cause(id))
