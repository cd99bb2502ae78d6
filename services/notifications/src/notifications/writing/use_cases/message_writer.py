"""Writing what is due: digests and scheduled mails become messages, with all names looked up and the mail written.

A transaction may run again. The same scheduled mail then gives the same messages, and none is written twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from notifications.contacts.domain import Contact, Digest, digest_cause
from notifications.contacts.repository import Contacts
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.message import Message, message_id
from notifications.mail.writer import MailWriter, Recipient
from notifications.mail_kinds import KINDS
from notifications.messages.domain.records import WrittenMessage
from notifications.messages.repository.messages import Messages
from notifications.messages.repository.order import EARLIER_WAIT, ORDER_WAIT
from notifications.messages.use_cases import add_suppressed_message
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.mail_rules import event_time, once
from notifications.suppressions.repository import Suppressions
from notifications.writing.use_cases.audiences import Audiences, NotYet
from notifications.writing.use_cases.content_lookup import ContentLookup
from notifications.writing.use_cases.suitability import Suitability
from shared.contract.envelope import Event
from shared.database.mongo import Tx

log = structlog.get_logger(__name__)

NOT_YET: Final = timedelta(seconds=10)
"""The first pause of a scheduled mail that needs something not known yet."""
LONGEST_WAIT: Final = timedelta(hours=1)
FAULT_WAIT: Final = timedelta(minutes=1)
"""The first pause of a scheduled mail that failed."""
LIMIT_WAIT: Final = timedelta(minutes=30)
"""The first pause of a scheduled mail over the limit of STRANGER_MAILS_PER_DAY."""
DAY: Final = timedelta(days=1)
SMALL_GROUPS: Final = ("person", "host", "mentors", "organization")
"""Groups in which nobody is left out: they are small, so waiting for one person delays few others."""
INTRODUCTIONS: Final = ("mentor_introduction", "mentee_introduction")
NEWS_OF_THE_KNOWN: Final = (
    "application_withdrawn",
    "application_superseded",
    "nomination_ended",
    "nomination_taken_back",
    "round_cancelled_host",
)
"""Kinds that go only to those who have already heard of what they are about."""


WriteErrors = dict[str, str]
"""The type of error of each message that could not be written, by its id."""


class MessageWriter:
    """Use cases; each runs in the transaction it is given."""

    def __init__(
        self,
        contacts: Contacts,
        messages: Messages,
        scheduled_mails: ScheduledMails,
        projections: Projections,
        attendances: Attendances,
        suppressions: Suppressions,
        content_lookup: ContentLookup,
        writer: MailWriter,
        *,
        keep: timedelta,
        stranger_mails: int,
    ) -> None:
        """``keep``: how long mails that are not sensitive are kept. ``stranger_mails``: see STRANGER_MAILS_PER_DAY."""
        self._contacts = contacts
        self._messages = messages
        self._scheduled_mails = scheduled_mails
        self._projections = projections
        self._suppressions = suppressions
        self._suitability = Suitability(projections, attendances)
        self._audiences = Audiences(contacts, projections, attendances, messages)
        self._content_lookup = content_lookup
        self._writer = writer
        self._keep = keep
        self._stranger_mails = stranger_mails

    # Digests

    async def write_digests(self, ids: Collection[str], tx: Tx) -> WriteErrors:
        """Write the digests of these people that are due. A digest that cannot be written is retried later."""
        contacts = list((await self._contacts.get_many(ids, tx)).values())
        due = [contact for contact in contacts if contact.due_at and contact.due_at <= tx.now]
        errors: WriteErrors = {}
        unsuitable = await self._suitability.unsuitable({contact.id: contact.recommended for contact in due}, tx)
        taken = [(contact, contact.take_digest(unsuitable.get(contact.id, set()))) for contact in due]
        digests = {contact.id: (contact, digest) for contact, digest in taken if digest is not None}
        new = await self._new([_digest(contact, digest, tx.now) for contact, digest in digests.values()], tx)
        contents = await self._content_lookup.digest_contents([digests[message.recipient][1] for message in new], tx)
        mails = list(zip(new, contents, strict=True))
        queued = await self._write(mails, {id: contact for id, (contact, _) in digests.items()}, errors, tx)
        for id in queued:
            contact, digest = digests[id]
            contact.remember_mailed(digest)
        for message in new:
            if message.id in errors:
                digests[message.recipient][0].digest_at = tx.now + LONGEST_WAIT  # retried, in case the fault is fixed by then
        await self._contacts.save([], due, tx)
        return errors

    # Scheduled mails

    async def write_scheduled_mail(self, id: str, tx: Tx) -> WriteErrors:
        """Write the messages of this scheduled mail if it is still due; for a large audience, those to its next part."""
        errors: WriteErrors = {}
        if scheduled := await self._scheduled_mails.due_now(id, tx):
            try:
                await self._write_due(scheduled, errors, tx)
            except NotYet as missing:
                await self._postpone(scheduled, str(missing), NOT_YET, tx)
        return errors

    async def _write_due(self, scheduled: ScheduledMail, errors: WriteErrors, tx: Tx) -> None:
        if scheduled.not_after <= tx.now:
            await self._scheduled_mails.end(scheduled, "expired", tx)
            log.info("scheduled_mail_expired", scheduled_mail=scheduled.id)
            return
        if await self._is_over_limit(scheduled, tx):
            await self._postpone(scheduled, "stranger_limit", LIMIT_WAIT, tx)
            return
        if await self._scheduled_mails.has_earlier(scheduled, tx.now - ORDER_WAIT, tx):
            await self._scheduled_mails.postpone(scheduled, tx.now + EARLIER_WAIT, tx)
            return
        ids, more = await self._audiences.next(scheduled, tx)
        contacts = await self._contacts.get_many(ids, tx)
        small = scheduled.audience.group in SMALL_GROUPS
        if ids and not more and small and all(contact.mailbox is None for contact in contacts.values()):
            raise NotYet("an address")
        wanting = {id: contact for id, contact in contacts.items() if contact.mailbox and contact.wants(scheduled.kind)}
        wanting = await self._suitability.suitable_recipients(scheduled, wanting, tx)
        if scheduled.kind.name in NEWS_OF_THE_KNOWN:
            heard = await self._messages.have_heard(scheduled.about, wanting.keys(), tx)
            wanting = {id: contact for id, contact in wanting.items() if id in heard}
        cause = await self._cause(scheduled, tx)
        new = await self._new([_message(scheduled, cause, id, tx.now) for id in wanting], tx)
        if new:
            if scheduled.audience.group == "hosts":
                contents = await self._content_lookup.host_contents(scheduled, wanting, tx)
            else:
                contents = dict.fromkeys(wanting, await self._content_lookup.scheduled_mail_content(scheduled, tx))
            mails = [(_naming(message, contents[message.recipient]), contents[message.recipient]) for message in new]
            mails = [(message, content) for message, content in mails if not content.is_empty_for(scheduled.kind)]
            await self._write(mails, wanting, errors, tx)
        if errors and (small or len(errors) == len(new)):
            # Retried, in case the fault is fixed by then
            await self._postpone(scheduled, "it could not be written", FAULT_WAIT, tx)
        elif more:
            await self._scheduled_mails.continue_after(scheduled, ids[-1], tx)
        else:
            await self._scheduled_mails.end(scheduled, "done", tx)

    async def _is_over_limit(self, scheduled: ScheduledMail, tx: Tx) -> bool:
        """Whether somebody causes more mails than allowed: an applicant to hosts, or a host about one application."""
        since = tx.now - DAY
        if scheduled.caused_by and await self._messages.count_causes_by(scheduled.caused_by, since, tx) >= self._stranger_mails:
            return True
        if not scheduled.about or scheduled.audience.group not in SMALL_GROUPS:
            return False
        return await self._messages.count_causes_about(scheduled.about, since, tx) >= self._stranger_mails

    async def _cause(self, scheduled: ScheduledMail, tx: Tx) -> str:
        """The cause of this scheduled mail's messages: each person gets one mail of a kind for each cause."""
        if scheduled.kind.name == "host_summary":  # scheduled for each listing, written once for the organization
            listing = await self._audiences.listing(scheduled.details.listing_id, tx)
            return f"summary/{listing.organization_id}@{scheduled.cause.rpartition('@')[2]}"
        if scheduled.kind.name == "applications_superseded" and scheduled.details.until:
            # Each application's event schedules it, and the list of them is mailed once. A late one changes the list.
            person, at = scheduled.details.person_id, scheduled.details.until
            ids = [application.id for application in await self._projections.superseded(person, at, tx)]
            return f"superseded/{person}@{sha256(' '.join([at.isoformat(), *ids]).encode()).hexdigest()[:16]}"
        # Several events lead to introductions.
        return scheduled.about if scheduled.kind.name in INTRODUCTIONS else scheduled.cause

    async def _postpone(self, scheduled: ScheduledMail, reason: str, wait: timedelta, tx: Tx) -> None:
        """Look again later: the longer it has waited, the longer the next pause."""
        waited = max(tx.now - scheduled.created_at, timedelta()) if scheduled.created_at else timedelta()
        again = tx.now + min(max(wait, waited / 4), LONGEST_WAIT)
        if again >= scheduled.not_after:
            again = scheduled.not_after
        await self._scheduled_mails.postpone(scheduled, again, tx)
        log.info("scheduled_mail_waits", scheduled_mail=scheduled.id, reason=reason)

    # Farewell

    async def say_farewell(self, contact: Contact, event: Event, tx: Tx) -> None:
        """Confirm an erasure to a contact that is about to be erased. The message keeps the address itself until it ends."""
        kind = KINDS["erased"]
        until = event_time(event, tx) + kind.worth
        if until <= tx.now or contact.mailbox is None or await self._suppressions.suppressed([contact.mailbox.email]):
            return
        cause = once(event)
        id = message_id(cause, kind.name, contact.id)
        message = Message(id, kind, contact.id, cause, event.correlation_id, tx.now, tx.now, until, token=self._writer.token(id))
        try:
            mail = self._writer.write(
                message, MailContent(), replace(_recipient(contact, contact.mailbox), has_preferences=False), tx.now
            )
        except Exception as error:  # noqa: BLE001 - the erasure goes on even if its mail cannot be written
            log.error("mail_not_written", message_id=id, error=type(error).__name__)
            return
        if not await self._messages.existing([id], tx):
            await self._messages.add([WrittenMessage(message, mail, contact.mailbox)], self._keep, tx)

    # Both

    async def _new(self, messages: list[Message], tx: Tx) -> list[Message]:
        """Those of these messages that do not exist yet, with their tokens."""
        existing = await self._messages.existing([message.id for message in messages], tx)
        return [replace(message, token=self._writer.token(message.id)) for message in messages if message.id not in existing]

    async def _write(
        self, mails: list[tuple[Message, MailContent]], contacts: Mapping[str, Contact], errors: WriteErrors, tx: Tx
    ) -> list[str]:
        """Write and queue these new messages. Returns the recipients of those that were queued."""
        emails = [contact.mailbox.email for contact in contacts.values() if contact.mailbox]
        await self._suppressions.renew(emails, tx)
        suppressed = await self._suppressions.suppressed(emails)
        written = []
        for message, content in mails:
            contact = contacts[message.recipient]
            if contact.mailbox is None:
                continue
            if reason := suppressed.get(contact.mailbox.email):
                await add_suppressed_message(self._messages, message, reason, tx)
                continue
            try:
                mail = self._writer.write(message, content, _recipient(contact, contact.mailbox), tx.now)
            except Exception as error:  # noqa: BLE001 - one faulty mail does not stop the others
                errors[message.id] = type(error).__name__
                continue
            address_id = self._suppressions.id(contact.mailbox.email)
            written.append(WrittenMessage(message, mail, address_id=address_id))
        await self._messages.add(written, self._keep, tx)
        return [queued.message.recipient for queued in written]


def _recipient(contact: Contact, mailbox: Mailbox) -> Recipient:
    return Recipient(mailbox, contact.locale, contact.time_zone)


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
        about_persons=tuple({scheduled.details.person_id} - {"", recipient}),
        order=scheduled.version,
    )


def _naming(message: Message, content: MailContent) -> Message:
    """The message with everybody whom its content names."""
    return replace(message, about_persons=tuple(dict.fromkeys((*message.about_persons, *content.named))))


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
