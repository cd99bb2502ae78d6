"""Recalls attendees that a restored database does not know, from what was published about them: who they are, and that
they withdrew their consent."""

from typing import Final

from registration.attendees.domain.attendance import Attendee, Detail, Purpose
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled, ContactChanged
from shared.database.mongo import Tx

_BY: Final = "recalled"
"""Where details of a recalled attendee come from."""


class LostAttendees:
    """Takes over who they are and what they agree to, each batch in the transaction given.

    So services that know them, and perhaps have placements of theirs, need not forget them. What they attended comes only by its
    events: those are read again, unless an erasure has deleted them from the topic.
    """

    def __init__(self, attendees: Attendees, identities: Identities) -> None:
        self._attendees = attendees
        self._identities = identities

    async def recall_contacts(self, events: list[Event], tx: Tx) -> None:
        """Add the attendees of contacts that are not known, and were not erased since they were published.

        Of those that are known, take over that they withdrew their consent to mails.
        """
        newest = {event.key: event for event in events}
        known = await self._attendees.get_many(newest, tx)
        identities = await self._identities.get_many(newest, tx)
        found, changed, gone = [], [], []
        for id, event in newest.items():
            erased_at = identities[id].erased_at if id in identities else None
            if isinstance(event.data, ContactChanged) and id not in known and (erased_at is None or event.time > erased_at):
                found.append(_attendee(event, event.data))
            elif event.data is None and id in known and _is_recalled(known[id]):
                gone.append(id)
            elif isinstance(event.data, ContactChanged) and id in known and event.data.version > known[id].contact_version:
                agreed = event.data.mail_consent or event.data.merged_into is not None
                changed += [known[id]] if _withdraw("mail", known[id], event, agreed=agreed) else []
        await self._attendees.save(found, changed, tx)
        await self._attendees.erase(gone, tx)

    async def recall_consents(self, events: list[Event], tx: Tx) -> None:
        """Of recalled attendees, add that they agree to be matched; of the others, that they withdrew it."""
        profiles = {event.key: (event, event.data) for event in events if isinstance(event.data, AttendeeProfiled)}
        changed = []
        for attendee in (await self._attendees.get_many(profiles, tx)).values():
            event, profile = profiles[attendee.id]
            empty = AttendeeProfiled(attendee_id=event.key, version=profile.version, conference_ids=[], interests=[], met=[])
            agreed = profile != empty
            if _is_recalled(attendee) and agreed and not profile.merged_into:
                said = {"matching": True, "sharing": profile.sharing_consent}
                attendee.event_details |= {name: Detail(event.time, _BY, value) for name, value in said.items()}
                changed.append(attendee)
            elif profile.version > attendee.profile_version and _withdraw("matching", attendee, event, agreed=agreed):
                changed.append(attendee)
        await self._attendees.save([], changed, tx)


def _attendee(event: Event, contact: ContactChanged) -> Attendee:
    said = {
        "name": contact.name,
        "locale": contact.locale,
        "time_zone": contact.time_zone,
        "mail": contact.mail_consent,
    }
    details = {name: Detail(event.time, _BY, value) for name, value in said.items() if value is not None}
    return Attendee(event.key, contact.email, details, contact_version=contact.version)


def _is_recalled(attendee: Attendee) -> bool:
    """Whether nothing else is known of the attendee."""
    return not attendee.facts and not attendee.own_details and all(one.by == _BY for one in attendee.event_details.values())


def _withdraw(purpose: Purpose, attendee: Attendee, event: Event, *, agreed: bool) -> bool:
    """Withdraw the attendee's consent, if the last published state says so. Returns whether anything changed."""
    known = attendee.own_details.get(purpose)
    if agreed and known and known.by == _BY:  # an earlier event said otherwise
        del attendee.own_details[purpose]
    elif not agreed and attendee.agrees(purpose):
        attendee.own_details[purpose] = Detail(event.time, _BY, False)
    else:
        return False
    return True
