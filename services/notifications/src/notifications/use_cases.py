"""What notifications does: load, decide, save. The sending itself is in ``sending``."""

from dataclasses import dataclass, field
from datetime import timedelta

from notifications.domain import Attendee, Contact, Message, message_id
from notifications.rendering import Renderer
from notifications.repository import Repository
from shared.envelope import Event
from shared.erasure import Erasures
from shared.events.matching import Match, RecommendationsChanged, RecommendationsChangedV1
from shared.events.registration import ContactChanged
from shared.mongo import Tx
from shared.topics import CONTACTS


@dataclass(slots=True)
class Composed:
    """How many attendees were seen to, and those to whom no mail could be written, with the type of error."""

    attendees: int
    failed: dict[str, str] = field(default_factory=dict)


class Notifications:
    """The use cases; each runs in the transaction it is given."""

    def __init__(self, repository: Repository, renderer: Renderer, erasures: Erasures, gather: timedelta) -> None:
        self._repository = repository
        self._erasures = erasures
        self._renderer = renderer
        self._gather = gather

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Take over contacts and recommendations. What is not newer than what is known changes nothing."""
        known = await self._repository.attendees({_attendee_id(event) for event in events}, tx)
        attendees = dict(known)
        mailed = {id for id, attendee in known.items() if attendee.may_be_mailed}
        changed: dict[str, Attendee] = {}
        erased: set[str] = set()
        for event in events:
            id = _attendee_id(event)
            if event.data is None:
                stays = attendees.get(id)
                if event.record.topic.endswith(CONTACTS.name) or stays is None or stays.contact is None:
                    erased.add(id)
                    attendees.pop(id, None)
                    changed.pop(id, None)
                else:
                    stays.forget_recommendations()
                    changed[id] = stays
                continue
            attendee = attendees.setdefault(id, Attendee(id))
            if self._learn(attendee, event, tx):
                changed[id] = attendee
        await self._repository.erase_attendees(erased, tx)
        await self._erasures.add(erased, tx)
        for attendee in changed.values():
            if attendee.id in mailed and not attendee.may_be_mailed:
                await self._cancel(attendee, tx)
        known_still = known.keys() - erased
        await self._repository.save_attendees(
            [one for one in changed.values() if one.id not in known_still],
            [one for one in changed.values() if one.id in known_still],
            tx,
        )

    def _learn(self, attendee: Attendee, event: Event, tx: Tx) -> bool:
        match event.data:
            case ContactChanged() as data:
                return attendee.learn(Contact(data.version, data.email, data.name, data.locale, data.mail_consent))
            case RecommendationsChanged() as data:
                return attendee.recommend(data.version, data.matches, event.correlation_id, tx.now, self._gather)
            case RecommendationsChangedV1() as data:
                matches = [Match.model_validate(match.model_dump()) for match in data.matches]
                return attendee.recommend(data.version, matches, event.correlation_id, tx.now, self._gather)
        return False

    async def compose_some(self, most: int, tx: Tx) -> Composed:
        """Write the mails that are due, and queue them. Who cannot be written to is not tried again with the same list."""
        attendees = await self._repository.due_attendees(most, tx)
        composed = Composed(len(attendees))
        messages = []
        for attendee in attendees:
            draft = attendee.draft()
            if draft is None or attendee.contact is None:
                continue
            try:
                content = self._renderer.content(draft, attendee.id, attendee.contact.name)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the others go
                composed.failed[attendee.id] = type(error).__name__
                continue
            attendee.remember_mailed(draft)
            messages.append(
                Message(
                    id=message_id(attendee.id, draft),
                    attendee_id=attendee.id,
                    correlation_id=draft.correlation_id,
                    listing_ids=[match.listing_id for match in draft.matches if match.listing_id in draft.new],
                    content=content,
                    created_at=tx.now,
                )
            )
        await self._repository.add_messages(messages, tx)
        await self._repository.save_attendees([], attendees, tx)
        return composed

    async def subscribe(self, attendee_id: str, wanted: bool, tx: Tx) -> None:
        """Record whether the attendee wants mails at all. Once this is kept, nothing more leaves to who does not.

        Of an attendee who is not known (any more) nothing is kept.
        """
        attendee = (await self._repository.attendees([attendee_id], tx)).get(attendee_id)
        if attendee is None or attendee.unsubscribed is not wanted:
            return
        attendee.unsubscribed = not wanted
        if not wanted:
            await self._cancel(attendee, tx)
        await self._repository.save_attendees([], [attendee], tx)

    async def cancel_unwanted(self, attendee_id: str, tx: Tx) -> None:
        """Take back the mails to an attendee who may not be mailed any more, or is not known any more."""
        attendee = (await self._repository.attendees([attendee_id], tx)).get(attendee_id)
        if attendee is None:
            await self._repository.cancel_messages(attendee_id, tx)
        elif not attendee.may_be_mailed:
            await self._cancel(attendee, tx)
            await self._repository.save_attendees([], [attendee], tx)

    async def _cancel(self, attendee: Attendee, tx: Tx) -> None:
        """Take back the mails that have not left; what they would have told is news again. To be followed by a save."""
        attendee.forget_mailed(await self._repository.cancel_messages(attendee.id, tx), tx.now)


def _attendee_id(event: Event) -> str:
    if isinstance(event.data, ContactChanged | RecommendationsChanged | RecommendationsChangedV1):
        return event.data.attendee_id
    return event.key
