"""The rights of the person: to have all that is known of them, and to be forgotten."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

from pydantic import SecretStr

from registration.attendees.domain.attendance import Attendee
from registration.attendees.domain.people import Group, Person
from registration.attendees.domain.profiles import profile
from registration.conferences.repository import Conferences
from registration.people.use_cases.exports import Export, Exports
from registration.people.use_cases.people import People
from shared.database.mongo import Tx
from shared.errors import NotFound
from shared.persons import person_id

HasAny = Callable[[Collection[str], Tx], Awaitable[bool]]
"""Whether anything is kept of any of these persons."""


class Rights:
    """Export and erasure, in the transaction given.

    Both are for attendees, and for people who are none yet: their events may all be pending or rejected, or another system
    may have named them without any attendance.
    """

    def __init__(
        self,
        people: People,
        conferences: Conferences,
        exports: Exports,
        waiting: Sequence[HasAny],
        held: Sequence[HasAny],
        person_key: SecretStr,
        forget: Sequence[Callable[[Collection[str], Tx], Awaitable[None]]],
    ) -> None:
        """``waiting`` find pending events, ``held`` whatever else may be kept of somebody of whom nothing is recorded.
        ``forget``: what else is to be done when persons of some ids are erased."""
        self._people = people
        self._conferences = conferences
        self._exports = exports
        self._waiting = waiting
        self._held = held
        self._person_key = person_key
        self._forget = forget

    def attendee_id(self, email: str) -> str:
        """The id of the attendee with this (normalised) address."""
        return person_id(email, self._person_key)

    async def get(self, id: str, tx: Tx) -> tuple[Person, bool]:
        """The person (see ``People.get``), and whether anything is recorded of them. Of one whose events all wait, nothing is.

        Raises:
            NotFound: there is nobody of this id.
        """
        if person := await self._people.find(id, tx):
            return person, True
        if await _any_has(self._waiting, id, tx):
            return Person((Attendee(id, None),)), False
        raise NotFound("attendee", id)

    async def export(self, id: str, tx: Tx) -> Export:
        """What is to be exported of the person. There may be much: ``document`` reads it piece by piece.

        Raises:
            NotFound: there is nobody of this id.
        """
        person = await self._people.find(id, tx)
        if person is None:
            await self._must_be_held(id, tx)
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
        """Forget the person here at once; topics and other services follow.

        Raises:
            NotFound: there is nobody of this id.
        """
        if await self._people.find(id, tx) is None:
            await self._must_be_held(id, tx)
        group: Group = await self._people.erase(id, tx)
        for forget in self._forget:
            await forget(group, tx)

    async def _must_be_held(self, id: str, tx: Tx) -> None:
        if not await _any_has((*self._waiting, *self._held), id, tx):
            raise NotFound("attendee", id)


async def _any_has(stores: Sequence[HasAny], id: str, tx: Tx) -> bool:
    # One after the other: a transaction does one thing at a time.
    for has_any in stores:
        if await has_any([id], tx):
            return True
    return False
