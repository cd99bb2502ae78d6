"""Sets a conference's organizers, and keeps them correct when people are merged or erased."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pydantic import SecretStr

from registration.attendees.domain.attendance import MAX_ORGANIZED, Attendee
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import groups_of
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from registration.attendees.use_cases import Profiles
from registration.conferences.domain import Conference, ConferenceTooLarge
from registration.conferences.repository import Conferences
from shared.contract.topics import CONFERENCES
from shared.database.mongo import Tx
from shared.persons import person_id
from shared.refusals import Conflict, NotFound
from shared.web.access.roles import Grant


class Organizer(NamedTuple):
    """Somebody who organizes a conference: their (normalised) address, and the name that was given with it, if any."""

    email: str
    name: str | None
    person_id: str


class Organizers:
    """Manages the organizers of conferences. Methods that take a transaction run in it.

    An organizer is an attendee, created here if there is none with this address, so that they can sign in, and see, correct and
    erase their data. This implies no consent. The conference stores only the attendee's id, not the address.
    """

    def __init__(
        self,
        attendees: Attendees,
        identities: Identities,
        conferences: Conferences,
        profiles: Profiles,
        person_key: SecretStr,
    ) -> None:
        self._attendees = attendees
        self._identities = identities
        self._conferences = conferences
        self._profiles = profiles
        self._person_key = person_key

    async def get(self, conference_id: str, tx: Tx) -> list[Organizer]:
        """The organizers of a conference.

        Raises:
            NotFound: there is no such conference.
        """
        conference = await self._conference(conference_id, tx)
        return _listed(conference, await self._attendees.get_many(conference.organizers, tx))

    async def put(self, conference_id: str, names: Mapping[str, str | None], tx: Tx) -> list[Organizer]:
        """Replace a conference's organizers: addresses, each with a name to greet them by.

        Repeating it changes nothing.

        Raises:
            NotFound: there is no such conference.
            Conflict: somebody would organize too many conferences, or this one is too large to name its organizers.
        """
        conference = await self._conference(conference_id, tx)
        emails = {person_id(email, self._person_key): email for email in names}
        changes = await self._changes(emails.keys() | conference.organizers.keys(), tx)
        for id in conference.organizers.keys() - emails.keys():
            del changes.change(id).organizes[conference_id]
        for id, email in emails.items():
            _add(conference_id, id, email, names[email], changes)
        await self._profiles.publish(changes, tx)

        organizers = {id: changes.person(id).members[0].id for id in emails}
        if organizers != conference.organizers:
            conference.organizers = organizers
            try:
                await asyncio.to_thread(conference.fit)
            except ConferenceTooLarge as error:
                raise Conflict(f"the organizers do not fit into the event that announces the conference: {error}") from None
            await self._publish(conference, tx)
        return _listed(conference, changes.attendees)

    async def identify(self, attendees: Iterable[Attendee], person_ids: Mapping[str, str | None], tx: Tx) -> None:
        """Update the person ids of the organizers among these attendees; None for those who were erased."""
        for conference_id in sorted({id for attendee in attendees for id in attendee.organizes}):
            conference = await self._conference(conference_id, tx)
            changed = conference.identify(person_ids)
            forgotten = self._forget_erased(conference, person_ids)
            if changed or forgotten:
                await self._publish(conference, tx)

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        """A person's current roles at conferences."""
        return [Grant("organizer", id) for id in await self._attendees.organized(person_ids)]

    async def _conference(self, id: str, tx: Tx) -> Conference:
        conference = await self._conferences.get(id, tx.session)
        if conference is None:
            raise NotFound("conference", id)
        return conference

    async def _changes(self, ids: Collection[str], tx: Tx) -> AttendeeChanges:
        groups = groups_of((await self._identities.get_many(ids, tx)).values())
        attendees = await self._attendees.get_many({member for id in ids for member in groups.get(id, (id,))}, tx)
        return AttendeeChanges({}, attendees, groups)

    async def _publish(self, conference: Conference, tx: Tx) -> None:
        conference.version += 1
        await self._conferences.save(conference, tx)
        tx.publish(CONFERENCES, conference.id, conference.scheduled(), version=conference.version)

    def _forget_erased(self, conference: Conference, person_ids: Mapping[str, str | None]) -> bool:
        """Forget the address for replies if it belongs to somebody who was erased. Returns whether it did."""
        brand = conference.brand
        if brand is None or brand.reply_to is None:
            return False
        if person_ids.get(person_id(brand.reply_to, self._person_key), "") is not None:
            return False
        conference.brand = brand.model_copy(update={"reply_to": None})
        return True


def _add(conference_id: str, id: str, email: str, name: str | None, changes: AttendeeChanges) -> None:
    attendee = changes.attendees.setdefault(id, Attendee(id, email))
    if conference_id not in attendee.organizes:
        if len(attendee.organizes) >= MAX_ORGANIZED:
            raise Conflict(f"{email} already organizes {MAX_ORGANIZED} conferences; remove them from another one first")
    elif attendee.organizes[conference_id] == name:
        return
    changes.change(id).organizes[conference_id] = name


def _listed(conference: Conference, attendees: Mapping[str, Attendee]) -> list[Organizer]:
    listed = [
        Organizer(attendees[id].email or "", attendees[id].organizes[conference.id], person_id)
        for id, person_id in conference.organizers.items()
    ]
    return sorted(listed)
