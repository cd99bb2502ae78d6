"""Queueing mails about how somebody signs in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.contacts.domain import Contact
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.message import Message, message_id
from notifications.mail.writer import MailWriter, Recipient
from notifications.mail_kinds import KINDS
from notifications.messages.domain.records import WrittenMessage
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import add_suppressed_message
from notifications.suppressions.repository import Suppressions
from shared.database.mongo import Tx


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there is a mail."""

    id: str
    correlation_id: str
    not_after: datetime
    """Until when the mail is worth sending."""
    locale: str = ""
    """The language of the browser, for recipients whose own is not known."""


class MailQueue:
    """Writes mails at once, in the transaction given; the senders of ``delivery`` send them."""

    def __init__(self, messages: Messages, suppressions: Suppressions, writer: MailWriter) -> None:
        self._messages = messages
        self._suppressions = suppressions
        self._writer = writer

    async def add(self, kind: str, contact: Contact, mailbox: Mailbox, content: MailContent, cause: Cause, tx: Tx) -> bool:
        """Queue a mail to this address of the contact. False if the address takes no mail."""
        id = message_id(cause.id, kind, contact.id)
        message = Message(
            id=id,
            kind=KINDS[kind],
            recipient=contact.id,
            cause=cause.id,
            correlation_id=cause.correlation_id,
            created_at=tx.now,
            due_at=tx.now,
            not_after=cause.not_after,
            token=self._writer.token(id),
        )
        if reason := (await self._suppressions.suppressed([mailbox.email], tx)).get(mailbox.email):
            await add_suppressed_message(self._messages, message, reason, tx)
            return False
        locale = contact.locale or cause.locale
        # An operator need not be a contact, whose address is kept.
        profile = Recipient(mailbox, locale, contact.time_zone, has_preferences=contact.mailbox is not None)
        mail = self._writer.write(message, content, profile, tx.now)
        written = WrittenMessage(message, mail, mailbox, self._suppressions.id(mailbox.email))
        await self._messages.add([written], timedelta(0), tx)
        return True
