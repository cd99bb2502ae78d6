"""Writes what is due: digests and scheduled mails become messages, with every name looked up and the mail's bytes made once.

It runs in transactions that may run again: the same scheduled mail gives the same messages, and none is written twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from notifications.contacts.domain import Contact, Digest, digest_cause
from notifications.contacts.repository import Contacts
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.message import Message, message_id
from notifications.mail.writer import MailWriter, RecipientProfile
from notifications.mail_kinds import KINDS
from notifications.messages.repository.messages import Messages, Written
from notifications.messages.use_cases import add_suppressed_message
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.suppressions.repository import Suppressions
from notifications.writing.use_cases.audiences import Audiences, NotYet
from notifications.writing.use_cases.content_lookup import ContentLookup
from shared.contract.envelope import Event
from shared.database.mongo import Tx

log = structlog.get_logger(__name__)

NOT_YET: Final = timedelta(seconds=10)
"""When a scheduled mail is looked at again that needs something not known yet."""
LONGEST_WAIT: Final = timedelta(hours=1)
FAULT_WAIT: Final = timedelta(minutes=1)
"""When a scheduled mail is looked at again that could not be carried out."""
LIMIT_WAIT: Final = timedelta(minutes=30)
"""When a scheduled mail is looked at again whose stranger has set off enough mails for a day."""
DAY: Final = timedelta(days=1)
SMALL_GROUPS: Final = ("person", "host", "mentors")
"""Of these groups nobody is left out: they are small, so waiting for one of them holds up few others."""
INTRODUCTIONS: Final = ("mentor_introduction", "mentee_introduction")


WriteErrors = dict[str, str]
"""The messages that could not be written, by their ids, each with the type of error."""


class MessageWriter:
    """The use cases; each runs in the transaction it is given.

    ``keep``: how long mails are kept that are not sensitive. ``stranger_mails``: how many one stranger may set off within a day.
    """

    def __init__(
        self,
        contacts: Contacts,
        messages: Messages,
        scheduled_mails: ScheduledMails,
        projections: Projections,
        suppressions: Suppressions,
        content_lookup: ContentLookup,
        writer: MailWriter,
        *,
        keep: timedelta,
        stranger_mails: int,
    ) -> None:
        self._contacts = contacts
        self._messages = messages
        self._scheduled_mails = scheduled_mails
        self._projections = projections
        self._suppressions = suppressions
        self._audiences = Audiences(contacts, projections)
        self._content_lookup = content_lookup
        self._writer = writer
        self._keep = keep
        self._stranger_mails = stranger_mails

    # Digests

    async def write_digests(self, ids: Collection[str], tx: Tx) -> WriteErrors:
        """Write the digests of these people that are due. One that cannot be written is tried again, later."""
        contacts = list((await self._contacts.get_many(ids, tx)).values())
        due = [contact for contact in contacts if contact.due_at and contact.due_at <= tx.now]
        errors: WriteErrors = {}
        digests = {contact.id: (contact, digest) for contact in due if (digest := contact.take_digest()) is not None}
        new = await self._new([_digest(contact, digest, tx.now) for contact, digest in digests.values()], tx)
        mails = [(message, self._content_lookup.of_digest(digests[message.recipient][1])) for message in new]
        queued = await self._write(mails, {id: contact for id, (contact, _) in digests.items()}, errors, tx)
        for id in queued:
            contact, digest = digests[id]
            contact.remember_mailed(digest)
        for message in new:
            if message.id in errors:
                digests[message.recipient][0].digest_at = tx.now + LONGEST_WAIT  # once that is mended, it is told
        await self._contacts.save([], due, tx)
        return errors

    # Scheduled mails

    async def write_scheduled_mail(self, id: str, tx: Tx) -> WriteErrors:
        """Write what this scheduled mail says, if it is due still: to a large audience, some of it."""
        errors: WriteErrors = {}
        if scheduled := await self._scheduled_mails.due_now(id, tx):
            try:
                await self._carry_out(scheduled, errors, tx)
            except NotYet as missing:
                await self._wait(scheduled, str(missing), NOT_YET, tx)
        return errors

    async def _carry_out(self, scheduled: ScheduledMail, errors: WriteErrors, tx: Tx) -> None:
        if scheduled.not_after <= tx.now:
            await self._scheduled_mails.end(scheduled, "expired", tx)
            log.info("scheduled_mail_expired", scheduled_mail=scheduled.id)
            return
        if await self._too_many(scheduled, tx):
            await self._wait(scheduled, "stranger_limit", LIMIT_WAIT, tx)
            return
        ids, more = await self._audiences.next(scheduled, tx)
        contacts = await self._contacts.get_many(ids, tx)
        small = scheduled.audience.group in SMALL_GROUPS
        if ids and not more and small and all(contact.mailbox is None for contact in contacts.values()):
            raise NotYet("an address")
        wanting = {id: contact for id, contact in contacts.items() if contact.mailbox and contact.wants(scheduled.kind)}
        if scheduled.kind.name == "listing_closing":
            for id in await self._projections.applied(scheduled.details.listing_id, wanting.keys(), tx):
                del wanting[id]
        cause = await self._cause(scheduled, tx)
        new = await self._new([_message(scheduled, cause, id, tx.now) for id in wanting], tx)
        if new:
            content = await self._content_lookup.of_scheduled_mail(scheduled, tx)
            if not content.says_nothing_of(scheduled.kind):
                await self._write([(message, content) for message in new], wanting, errors, tx)
        if errors and (small or len(errors) == len(new)):
            await self._wait(scheduled, "it could not be written", FAULT_WAIT, tx)  # once that is mended, it is told
        elif more:
            await self._scheduled_mails.continue_after(scheduled, ids[-1], tx)
        else:
            await self._scheduled_mails.end(scheduled, "done", tx)

    async def _too_many(self, scheduled: ScheduledMail, tx: Tx) -> bool:
        """Whether somebody sets off more mails than strangers may: an applicant at hosts, or a host about one application."""
        since = tx.now - DAY
        if scheduled.caused_by and await self._messages.causes_by_since(scheduled.caused_by, since, tx) >= self._stranger_mails:
            return True
        if not scheduled.about or scheduled.audience.group not in SMALL_GROUPS:
            return False
        return await self._messages.causes_about_since(scheduled.about, since, tx) >= self._stranger_mails

    async def _cause(self, scheduled: ScheduledMail, tx: Tx) -> str:
        """What the messages of this scheduled mail are told for, each once to each person."""
        if scheduled.kind.name == "host_summary":  # scheduled for each listing, told once of all that the organization has
            listing = await self._audiences.listing(scheduled.details.listing_id, tx)
            return f"summary/{listing.organization_id}@{scheduled.cause.rpartition('@')[2]}"
        # Several events lead to introductions.
        return scheduled.about if scheduled.kind.name in INTRODUCTIONS else scheduled.cause

    async def _wait(self, scheduled: ScheduledMail, reason: str, wait: timedelta, tx: Tx) -> None:
        """Look again later; the longer it has waited, the later."""
        waited = max(tx.now - scheduled.created_at, timedelta()) if scheduled.created_at else timedelta()
        again = tx.now + min(max(wait, waited / 4), LONGEST_WAIT)
        if again >= scheduled.not_after:
            again = scheduled.not_after
        await self._scheduled_mails.wait(scheduled, again, tx)
        log.info("scheduled_mail_waits", scheduled_mail=scheduled.id, reason=reason)

    # Farewell

    async def say_farewell(self, contact: Contact, event: Event, tx: Tx) -> None:
        """Confirm an erasure to somebody who is about to be forgotten: the message has the address itself, until it ends."""
        kind = KINDS["erased"]
        until = min(event.time, tx.now) + kind.worth
        if until <= tx.now or contact.mailbox is None or await self._suppressions.suppressed([contact.mailbox.email]):
            return
        id = message_id(event.id, kind.name, contact.id)
        message = Message(id, kind, contact.id, event.id, event.correlation_id, tx.now, tx.now, until)
        try:
            mail = self._writer.write(message, MailContent(), _profile(contact, contact.mailbox), tx.now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the mail, the person is forgotten
            log.error("mail_not_written", message_id=id, error=type(error).__name__)
            return
        if not await self._messages.known([id], tx):
            await self._messages.add([Written(message, self._writer.token(message), mail, contact.mailbox)], self._keep, tx)

    # All of them

    async def _new(self, messages: list[Message], tx: Tx) -> list[Message]:
        """Those of these that are not there yet."""
        known = await self._messages.known([message.id for message in messages], tx)
        return [message for message in messages if message.id not in known]

    async def _write(
        self, mails: list[tuple[Message, MailContent]], contacts: Mapping[str, Contact], errors: WriteErrors, tx: Tx
    ) -> list[str]:
        """Write these mails, which are new, and queue them. Returns the recipients of those that are queued."""
        emails = [contact.mailbox.email for contact in contacts.values() if contact.mailbox]
        suppressed = await self._suppressions.suppressed(emails)
        written = []
        for message, content in mails:
            contact = contacts[message.recipient]
            if contact.mailbox is None:
                continue
            if reason := suppressed.get(contact.mailbox.email):
                await add_suppressed_message(self._messages, message, self._writer.token(message), reason, tx)
                continue
            try:
                mail = self._writer.write(message, content, _profile(contact, contact.mailbox), tx.now)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the others go
                errors[message.id] = type(error).__name__
                continue
            address_id = self._suppressions.id(contact.mailbox.email)
            written.append(Written(message, self._writer.token(message), mail, address_id=address_id))
        await self._messages.add(written, self._keep, tx)
        return [one.message.recipient for one in written]


def _profile(contact: Contact, mailbox: Mailbox) -> RecipientProfile:
    return RecipientProfile(mailbox, contact.locale, contact.time_zone)


def _message(scheduled: ScheduledMail, cause: str, recipient: str, now: datetime) -> Message:
    return Message(
        id=message_id(cause, scheduled.kind.name, recipient),
        kind=scheduled.kind,
        recipient=recipient,
        cause=cause,
        correlation_id=scheduled.correlation_id,
        created_at=now,
        due_at=now,
        not_after=scheduled.not_after,
        about=scheduled.about,
        caused_by=scheduled.caused_by,
        of=scheduled.details.person_id if scheduled.details.person_id != recipient else "",
    )


def _digest(contact: Contact, digest: Digest, now: datetime) -> Message:
    cause, kind = digest_cause(digest), KINDS["matches"]
    return Message(
        id=message_id(cause, kind.name, contact.id),
        kind=kind,
        recipient=contact.id,
        cause=cause,
        correlation_id=digest.correlation_id,
        created_at=now,
        due_at=now,
        not_after=now + kind.worth,
        listing_ids=[match.listing_id for match in digest.matches if match.listing_id in digest.new],
    )
