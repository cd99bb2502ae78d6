"""Applies what other services publish about people: attendees' contacts, hosts' staff, recommendations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set

from notifications.contacts.domain import AttendeeContact, Contact, Post, StaffContact
from notifications.contacts.repository import Contacts
from notifications.contacts.use_cases.erasure import ContactEraser
from notifications.digest_times import DigestTimes
from notifications.mail.content import Mailbox
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import suppress_messages
from shared.contract.envelope import Event
from shared.contract.events.listings import StaffChanged
from shared.contract.events.matching import RecommendationsChanged
from shared.contract.events.registration import ContactChanged, ContactErased
from shared.database.mongo import Tx

SayFarewell = Callable[[Contact, Event, Tx], Awaitable[None]]
"""Queues the mail that confirms an erasure, before the contact is erased."""
ScheduleWelcomes = Callable[[Sequence[tuple[str, Event]], Tx], Awaitable[None]]
"""Schedules the welcome mails of new attendees, given their ids and the events by which they became known."""


async def suppress_unwanted(
    messages: Messages, contact: Contact, unwanted_before: Set[str], mailbox_before: Mailbox | None, tx: Tx
) -> None:
    """After a contact changed: suppress the mails that are unwanted now, and requeue those claimed for the old address.

    The matches in a suppressed digest are new again. Save the contact afterwards.
    """
    if unwanted := contact.unwanted - unwanted_before:
        contact.forget_mailed(await suppress_messages(messages, contact.id, unwanted, tx), tx.now)
    if contact.mailbox != mailbox_before:
        await messages.requeue(contact.id, tx)


LockOut = Callable[[Set[str], Tx], Awaitable[None]]
"""Signs these people out everywhere, and deletes their passkeys."""


class ContactUpdater:
    """Applies batches of ``registration.contacts``, ``listings.contacts`` and ``matching.recommendations``."""

    def __init__(
        self,
        contacts: Contacts,
        messages: Messages,
        eraser: ContactEraser,
        *,
        schedule_welcomes: ScheduleWelcomes,
        say_farewell: SayFarewell,
        lock_out: LockOut,
        times: DigestTimes,
    ) -> None:
        self._contacts = contacts
        self._messages = messages
        self._eraser = eraser
        self._schedule_welcomes = schedule_welcomes
        self._say_farewell = say_farewell
        self._lock_out = lock_out
        self._times = times

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply events that are newer than the stored state; older ones change nothing."""
        ids = {id for event in events for id in (_person_id(event), _merged_into(event)) if id}
        known = await self._contacts.get_many(ids, tx)
        before = {id: (contact.unwanted, contact.mailbox) for id, contact in known.items()}
        signed_in = {id: (contact.addresses, contact.person) for id, contact in known.items() if contact.addresses}
        contacts = dict(known)
        changed: set[str] = set()
        welcome: list[tuple[str, Event]] = []
        for event in events:
            id = _person_id(event)
            if event.data is None:
                await self._eraser.erase(contacts.get(id), event, tx)
                changed.add(id)
            elif isinstance(event.data, ContactErased):
                if (contact := contacts.get(id)) and contact.attendee:
                    await self._say_farewell(contact, event, tx)
            else:
                contact = contacts.setdefault(id, Contact(id))
                merged_before = contact.merged_into
                if self._update(contact, event, tx):
                    changed.add(id)
                    if (into := contact.merged_into) and into != merged_before and contact.refuses:
                        contacts.setdefault(into, Contact(into)).adopt_refusals(contact)
                        changed.add(into)
                    if contact.attendee and contact.attendee.mail_consent and not contact.welcomed:
                        contact.welcomed = True
                        welcome.append((id, event))
        gone = {id for id in changed if id not in contacts or contacts[id].is_empty}
        for id in changed - gone:
            if id in before:
                await suppress_unwanted(self._messages, contacts[id], *before[id], tx)
        await self._schedule_welcomes([(id, event) for id, event in welcome if id not in gone], tx)
        await self._lock_out(_to_lock_out(signed_in, contacts), tx)
        await self._contacts.erase(gone, tx)
        new, updated = changed - gone - known.keys(), (changed & known.keys()) - gone
        await self._contacts.save([contacts[id] for id in new], [contacts[id] for id in updated], tx)

    def _update(self, contact: Contact, event: Event, tx: Tx) -> bool:
        match event.data:
            case ContactChanged() as data:
                return contact.update_attendee(_contact(data), tx.now, self._times)
            case StaffChanged() as data:
                posts = tuple(Post(post.organization_id, post.mentor, post.contact) for post in data.posts)
                return contact.update_staff(StaffContact(data.version, data.email, data.name, data.locale, posts, data.time_zone))
            case RecommendationsChanged() as data:
                return contact.update_recommendations(data.version, data.matches, event.correlation_id, tx.now, self._times)
        return False


def _to_lock_out(before: Mapping[str, tuple[Set[str], str]], contacts: Mapping[str, Contact]) -> set[str]:
    """The people who lost an address, or became one with somebody, or apart again. ``before``: addresses and person of each."""
    people = set()
    for id, (addresses, person) in before.items():
        contact = contacts[id]
        if addresses - contact.addresses or person != contact.person:
            people |= {person, contact.person}
    return people


def _person_id(event: Event) -> str:
    match event.data:
        case ContactChanged() | ContactErased() | RecommendationsChanged() as data:
            return data.attendee_id
        case StaffChanged() as data:
            return data.person_id
    return event.key


def _merged_into(event: Event) -> str | None:
    return event.data.merged_into if isinstance(event.data, ContactChanged) else None


def _contact(data: ContactChanged) -> AttendeeContact:
    return AttendeeContact(
        data.version,
        data.email,
        data.name,
        data.locale,
        data.mail_consent,
        data.time_zone,
        data.mail_consent_at,
        data.merged_into,
    )
