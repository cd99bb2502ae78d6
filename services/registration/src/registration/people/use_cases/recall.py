"""Recalls attendees unknown to a restored database from what was published about them: their identity, and withdrawn
consents."""

from typing import Final

from registration.attendees.domain.attendance import Attendee, Detail, Purpose
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled, ContactChanged
from shared.database.mongo import Tx

_BY: Final = "recalled"
"""The author of a recalled attendee's details."""


class LostAttendees:
    """Restores the identities and consents of lost attendees, each batch in the transaction given.

    So services that know them, and may have placements of theirs, need not forget them. Their attendance is restored only from
    its events, which are read again unless an erasure has deleted them from the topic.
    """

    def __init__(self, attendees: Attendees, identities: Identities) -> None:
        self._attendees = attendees
        self._identities = identities

    async def recall_contacts(self, events: list[Event], tx: Tx) -> None:
        """Add unknown attendees from these contacts, unless they were erased after the contact was published.

        For known attendees, apply a withdrawn consent to mails.
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
        """Apply consent to being matched: given, for recalled attendees; withdrawn, for the others."""
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
    """Whether nothing is known about the attendee except what was recalled."""
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
