"""The rights of data subjects: access to everything stored about them, and erasure."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

from pydantic import SecretStr

from registration.attendees.domain.attendance import Attendee
from registration.attendees.domain.people import Person
from registration.attendees.domain.profiles import profile
from registration.conferences.repository import Conferences
from registration.people.use_cases.erasure import PersonEraser
from registration.people.use_cases.exports import Export, Exports
from registration.people.use_cases.people import People
from shared.database.mongo import Tx
from shared.persons import person_id
from shared.refusals import NotFound

HasAny = Callable[[Collection[str], Tx], Awaitable[bool]]
"""Returns whether anything is stored about any of these persons."""


class Rights:
    """Export and erasure, in the transaction given.

    Both also cover people who are not attendees but about whom something is stored: all their events may be pending or rejected,
    or another system may have named them without any attendance.
    """

    def __init__(
        self,
        people: People,
        conferences: Conferences,
        exports: Exports,
        eraser: PersonEraser,
        waiting: Sequence[HasAny],
        stored: Sequence[HasAny],
        person_key: SecretStr,
    ) -> None:
        """``waiting`` find pending events, and ``stored`` any other data, of a person who is not an attendee."""
        self._people = people
        self._conferences = conferences
        self._exports = exports
        self._eraser = eraser
        self._waiting = waiting
        self._stored = stored
        self._person_key = person_key

    def attendee_id(self, email: str) -> str:
        """The id of the attendee with this (normalised) address."""
        return person_id(email, self._person_key)

    async def get(self, id: str, tx: Tx) -> tuple[Person, bool]:
        """The person (see ``People.get``), and whether anything is recorded about them. Nothing is if all their events are
        pending.

        Raises:
            NotFound: there is nobody with this id.
        """
        if person := await self._people.find(id, tx):
            return person, True
        if await _any_has(self._waiting, id, tx):
            return Person((Attendee(id, None),)), False
        raise NotFound("attendee", id)

    async def export(self, id: str, tx: Tx) -> Export:
        """Prepare the export of a person's data. ``document`` then reads the data piece by piece.

        Raises:
            NotFound: there is nobody with this id.
        """
        person = await self._people.find(id, tx)
        if person is None:
            await self._check_is_stored(id, tx)
            return Export(tx.now, frozenset({id}), (), {"contact": None, "profile": None})
        kept = person.members[0]
        contact = person.contact(kept)
        evidence = person.evidence(kept)
        conferences = await self._conferences.get_many({conference_id for _, conference_id, _ in evidence.attendance}, tx)
        published = {
            "contact": contact._asdict() if contact else None,
            "profile": profile(kept.id, max(kept.profile_version, 1), evidence, conferences),
        }
        return Export(tx.now, frozenset(member.id for member in person.members), person.members, published)

    def document(self, export: Export) -> AsyncIterator[bytes]:
        """The export as one JSON document, in pieces."""
        return self._exports.document(export)

    async def erase(self, id: str, tx: Tx) -> None:
        """Erase the person here at once. Topics and other services follow.

        Raises:
            NotFound: there is nobody with this id.
        """
        if await self._people.find(id, tx) is None:
            await self._check_is_stored(id, tx)
        await self._eraser.erase(id, tx)

    async def _check_is_stored(self, id: str, tx: Tx) -> None:
        if not await _any_has((*self._waiting, *self._stored), id, tx):
            raise NotFound("attendee", id)


async def _any_has(checks: Sequence[HasAny], id: str, tx: Tx) -> bool:
    # One after the other: a MongoDB transaction allows one operation at a time.
    for has_any in checks:
        if await has_any([id], tx):
            return True
    return False
