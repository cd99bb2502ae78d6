"""People say what they want to get. Once that is kept, nothing more leaves to who does not want it."""

from datetime import timedelta

from notifications.contacts.domain import Person
from notifications.contacts.repository import People
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import hold
from notifications.preferences.domain import Choice
from shared.database.mongo import Tx


class Subscriptions:
    """The use cases; each runs in the transaction it is given.

    ``gather`` and ``zone``: as in ``Person.choose``.
    """

    def __init__(self, people: People, messages: Messages, gather: timedelta, zone: str) -> None:
        self._people = people
        self._messages = messages
        self._gather = gather
        self._zone = zone

    async def choose(self, person_id: str, choice: Choice, tx: Tx) -> Person | None:
        """Keep what the person wants. Returns the person, or whom they were merged into; None where no address is known."""
        person = await self._person(person_id, tx)
        if person.chooser != person_id:
            person = await self._person(person.chooser, tx)
        if person.to is None:
            return None
        await self._change(person, choice, tx)
        return person

    async def subscribe(self, person_id: str, wanted: bool, tx: Tx) -> bool:
        """Whether the person wants optional mails at all, and so whoever they were merged into. Returns whether that changed
        anything. That somebody unsubscribed is kept of who is not known (any more), too, for the day on which they are.
        """
        people = [await self._person(person_id, tx)]
        if into := people[0].merged_into:
            people.append(await self._person(into, tx))
        changing = [person for person in people if person.unsubscribed is wanted]
        for person in changing:
            await self._change(person, Choice(person.preferences, unsubscribed=not wanted), tx)
        return bool(changing)

    async def _person(self, id: str, tx: Tx) -> Person:
        return (await self._people.people([id], tx)).get(id) or Person(id)

    async def _change(self, person: Person, choice: Choice, tx: Tx) -> None:
        new, before = person.is_nobody, (person.unwanted, person.to)
        person.choose(choice.preferences, choice.unsubscribed, tx.now, self._gather, self._zone)
        await hold(self._messages, person, *before, tx)
        if person.is_nobody:
            await self._people.erase([person.id], tx)
        else:
            await self._people.save([person] if new else [], [] if new else [person], tx)
