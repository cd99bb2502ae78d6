"""People say what they want to get. Once that is kept, nothing more leaves to who does not want it."""

from datetime import timedelta

from notifications.domain.people import Person
from notifications.domain.preferences import Choice
from notifications.repository.messages import Messages
from notifications.repository.people import People
from notifications.use_cases.wishes import hold
from shared.mongo import Tx


class Subscriptions:
    """The use cases; each runs in the transaction it is given. Of a person who is not known (any more) nothing is kept.

    ``gather`` and ``zone``: as in ``Person.choose``.
    """

    def __init__(self, people: People, messages: Messages, gather: timedelta, zone: str) -> None:
        self._people = people
        self._messages = messages
        self._gather = gather
        self._zone = zone

    async def choose(self, person_id: str, choice: Choice, tx: Tx) -> Person | None:
        """Keep what the person wants. Returns the person; None where nobody is known by this id."""
        person = await self._person(person_id, tx)
        if person is not None:
            await self._change(person, choice, tx)
        return person

    async def subscribe(self, person_id: str, wanted: bool, tx: Tx) -> bool:
        """Whether the person wants optional mails at all. Returns whether that changed anything."""
        person = await self._person(person_id, tx)
        if person is None or person.unsubscribed is not wanted:
            return False
        await self._change(person, Choice(person.preferences, unsubscribed=not wanted), tx)
        return True

    async def _person(self, id: str, tx: Tx) -> Person | None:
        return (await self._people.people([id], tx)).get(id)

    async def _change(self, person: Person, choice: Choice, tx: Tx) -> None:
        before = person.unwanted, person.to
        person.choose(choice.preferences, choice.unsubscribed, tx.now, self._gather, self._zone)
        await hold(self._messages, person, *before, tx)
        await self._people.save([], [person], tx)
