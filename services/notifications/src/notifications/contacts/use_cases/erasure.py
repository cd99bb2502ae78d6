"""Everything that an erasure deletes about a person in notifications, in one transaction. Dead letters follow within a minute.

- The contact: address, name, preferences and recommendations. ``ContactUpdater`` saves what is left of it.
- Their passkeys (``Sessions.lock_out``, by ``ContactUpdater``), and their sessions end.
- What mails to them said, how servers answered, and unsent mails to them and about them (``Messages.forget``). The mails to
  somebody who is an attendee and on a host's staff go with the one or the other.
- Scheduled mails for them or about them, their applications and rankings, and that placements were theirs
  (``MailRules.forget_applicant``).
- Which conferences they attended (``AttendanceUpdater``, by the tombstone of their profile).
- Dead letters that name them (``shared.messaging.erasure``).

What stays, under keyed hashes: that there were messages, what they refused, and suppressions of addresses. The mail that confirms
the erasure keeps its address until it ends (``MessageWriter.say_farewell``).
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Final

from notifications.contacts.domain import Contact
from notifications.mail_kinds import KINDS
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import forget_messages
from shared.contract.envelope import Event
from shared.contract.topics import RECOMMENDATIONS, STAFF
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures

ATTENDEE_KINDS: Final = frozenset(name for name, kind in KINDS.items() if kind.role == "attendee")
STAFF_KINDS: Final = frozenset(KINDS) - ATTENDEE_KINDS

ForgetApplicant = Callable[[str, Event, Tx], Awaitable[None]]
"""Deletes the scheduled mails, applications and rankings of the attendee with this id."""


class ContactEraser:
    """Applies the tombstones of contacts, staff and recommendations, in the transaction given.

    The tombstone of a single application or ranking is applied by ``MailRules``.
    """

    def __init__(self, messages: Messages, erasures: Erasures, forget_applicant: ForgetApplicant) -> None:
        self._messages = messages
        self._erasures = erasures
        self._forget_applicant = forget_applicant

    async def erase(self, contact: Contact | None, tombstone: Event, tx: Tx) -> None:
        """Delete what the tombstone's topic had about the person, and all that came of it. Save or erase the contact afterwards.

        The person's refusals stay, so mails do not start again if they return.
        """
        id, topic = tombstone.key, tombstone.record.topic
        if topic.endswith(RECOMMENDATIONS.name):
            if contact:
                contact.forget_recommendations()
            return
        # Their dead letters, within a minute
        await self._erasures.add({id}, tx)
        if topic.endswith(STAFF.name):
            # An attendee's mails, and what is about them as an applicant, go with the attendee.
            kinds: Collection[str] = STAFF_KINDS if contact and contact.attendee else KINDS
            await forget_messages(self._messages, id, kinds, tx, also_about=False)
            if contact:
                contact.staff = None
            return
        # Scheduled mails, applications and rankings; unsent mails that name several people are written again without them
        await self._forget_applicant(id, tombstone, tx)
        # What mails said, and other unsent mails. Mails to them as staff are kept as long as they are on a host's staff.
        kinds = ATTENDEE_KINDS if contact and contact.staff else KINDS
        await forget_messages(self._messages, id, kinds, tx)
        if contact:
            contact.forget_attendee()
