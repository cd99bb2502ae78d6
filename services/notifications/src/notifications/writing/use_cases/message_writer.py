"""Turns digests and scheduled mails that are due into messages, with all names looked up and the mail written.

A transaction may run again. The same scheduled mail then gives the same messages, and none is written twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from notifications.writing.use_cases.audiences import PART, Audiences
from notifications.writing.use_cases.content_lookup import ContentLookup
from notifications.writing.use_cases.drafts import Draft, drafted, naming
from notifications.writing.use_cases.order import SMALL_GROUPS, Order, limited_thing
from notifications.writing.use_cases.suitability import Suitability
from notifications.writing.use_cases.transaction_cache import NotYet, TransactionCache
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
INTRODUCTIONS: Final = ("mentor_introduction", "mentee_introduction")
NEWS_OF_THE_KNOWN: Final = (
    "application_withdrawn",
    "application_superseded",
    "nomination_ended",
    "nomination_taken_back",
    "round_cancelled_host",
)
"""Kinds that go only to people who have already had a mail about the same thing."""


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
        await self._contacts.link(ids, tx)
        contacts = list((await self._contacts.get_many(ids, tx)).values())
        due = [contact for contact in contacts if contact.due_at and contact.due_at <= tx.now]
        errors: WriteErrors = {}
        unsuitable = await self._suitability.unsuitable({contact.id: contact.recommended for contact in due}, tx)
        taken = [(contact, contact.take_digest(unsuitable.get(contact.id, set()))) for contact in due]
        digests = {contact.id: (contact, digest) for contact, digest in taken if digest is not None}
        messages = [_digest(contact, digest, tx.now) for contact, digest in digests.values()]
        new = self._without(await self._messages.existing([message.id for message in messages], tx), messages)
        cache = TransactionCache(self._contacts, self._projections, tx)
        contents = await self._content_lookup.digest_contents([digests[message.recipient][1] for message in new], cache)
        recipients = {id: contact for id, (contact, _) in digests.items()}
        suppressed = await self._suppressed(recipients.values(), tx)
        written = await self._write(zip(new, contents, strict=True), recipients, suppressed, errors, tx)
        await self._messages.add(written, self._keep, tx)
        for one in written:
            contact, digest = digests[one.message.recipient]
            contact.remember_mailed(digest)
        for message in new:
            if message.id in errors:
                digests[message.recipient][0].digest_at = tx.now + LONGEST_WAIT  # retried, in case the fault is fixed by then
        await self._contacts.save([], due, tx)
        return errors

    # Scheduled mails

    async def write_scheduled_mails(self, ids: Collection[str], tx: Tx) -> WriteErrors:
        """Write the messages of those of these scheduled mails that are still due; for a large audience, those to its next part.

        What is more than one transaction should write stays due.
        """
        errors: WriteErrors = {}
        if due := await self._scheduled_mails.take(ids, tx):
            cache = TransactionCache(self._contacts, self._projections, tx)
            await cache.read_for(due)
            drafts: list[Draft] = []
            for scheduled in due:
                if sum(len(draft.messages) for draft in drafts) < PART and (draft := await self._draft(scheduled, cache)):
                    drafts.append(draft)
            await self._write_drafts(drafts, cache, errors)
        return errors

    async def _draft(self, scheduled: ScheduledMail, cache: TransactionCache) -> Draft | None:
        """Whom to write to; None if it is not to be written now."""
        tx = cache.tx
        if scheduled.not_after <= tx.now:
            await self._scheduled_mails.end([scheduled.id], "expired", tx)
            log.info("scheduled_mail_expired", scheduled_mail=scheduled.id)
            return None
        try:
            ids, more = await self._audiences.next(scheduled, cache)
            contacts = await cache.contacts(ids)
            small = scheduled.audience.group in SMALL_GROUPS
            if ids and not more and small and all(contact.mailbox is None for contact in contacts.values()):
                raise NotYet("an address")
            wanting = {id: contact for id, contact in contacts.items() if contact.mailbox and contact.wants(scheduled.kind)}
            wanting = await self._suitability.suitable_recipients(scheduled, wanting, cache)
            if scheduled.kind.name in NEWS_OF_THE_KNOWN:
                heard = await self._messages.have_heard(scheduled.about, wanting.keys(), tx)
                wanting = {id: contact for id, contact in wanting.items() if id in heard}
            cause = await self._cause(scheduled, cache)
        except NotYet as missing:
            await self._postpone(scheduled, str(missing), NOT_YET, tx)
            return None
        messages = [drafted(scheduled, cause, id, tx.now) for id in wanting]
        return Draft(scheduled, wanting, messages, ids[-1] if more else "")

    async def _write_drafts(self, drafts: Sequence[Draft], cache: TransactionCache, errors: WriteErrors) -> None:
        """Write them in order: earlier mails about one thing first, up to the limit."""
        tx = cache.tx
        contacts = {id: contact for draft in drafts for id, contact in draft.contacts.items()}
        suppressed = await self._suppressed(contacts.values(), tx)
        existing = await self._messages.existing([message.id for draft in drafts for message in draft.messages], tx)
        scheduled_mails = [draft.scheduled for draft in drafts]
        order = await self._order(scheduled_mails, tx)
        await self._content_lookup.read_brands(scheduled_mails, cache)
        written: list[WrittenMessage] = []
        done: list[str] = []
        for draft in drafts:
            scheduled = draft.scheduled
            if order.is_over_limit(scheduled):
                await self._postpone(scheduled, "stranger_limit", LIMIT_WAIT, tx)
                continue
            if order.must_wait(scheduled):
                await self._scheduled_mails.postpone(scheduled, tx.now + EARLIER_WAIT, tx)
                continue
            new = self._without(existing, draft.messages)
            try:
                contents = await self._contents(draft, cache) if new else {}
            except NotYet as missing:
                await self._postpone(scheduled, str(missing), NOT_YET, tx)
                continue
            mails = [(naming(message, contents[message.recipient]), contents[message.recipient]) for message in new]
            mails = [(message, content) for message, content in mails if not content.is_empty_for(scheduled.kind)]
            own_errors: WriteErrors = {}
            own = await self._write(mails, draft.contacts, suppressed, own_errors, tx)
            if own_errors and (scheduled.audience.group in SMALL_GROUPS or len(own_errors) == len(new)):
                # Retried, in case the fault is fixed by then
                await self._postpone(scheduled, "it could not be written", FAULT_WAIT, tx)
            elif draft.after:
                await self._scheduled_mails.continue_after(scheduled, draft.after, tx)
            else:
                done.append(scheduled.id)
                order.ended(scheduled)
            written += own
            errors.update(own_errors)
            if made := [message for message, _ in mails if message.id not in own_errors]:
                existing.update(message.id for message in made)
                order.caused(scheduled, made[0].cause)
        await self._messages.add(written, self._keep, tx)
        await self._scheduled_mails.end(done, "done", tx)

    async def _order(self, scheduled_mails: Collection[ScheduledMail], tx: Tx) -> Order:
        since = tx.now - DAY
        abouts = {one.about for one in scheduled_mails if one.about and one.version}
        return Order(
            await self._scheduled_mails.open_about(abouts, tx.now - ORDER_WAIT, tx),
            await self._messages.causes("caused_by", {one.caused_by for one in scheduled_mails} - {""}, since, tx),
            await self._messages.causes("about", {limited_thing(one) for one in scheduled_mails} - {""}, since, tx),
            self._stranger_mails,
        )

    async def _contents(self, draft: Draft, cache: TransactionCache) -> Mapping[str, MailContent]:
        if draft.scheduled.audience.group == "hosts":
            return await self._content_lookup.host_contents(draft.scheduled, draft.contacts, cache)
        return dict.fromkeys(draft.contacts, await self._content_lookup.scheduled_mail_content(draft.scheduled, cache))

    async def _cause(self, scheduled: ScheduledMail, cache: TransactionCache) -> str:
        """The cause of this scheduled mail's messages: each person gets one mail of a kind for each cause."""
        if scheduled.kind.name == "host_summary":  # scheduled for each listing, written once for the organization
            listing = await cache.listing(scheduled.details.listing_id)
            return f"summary/{listing.organization_id}@{scheduled.cause.rpartition('@')[2]}"
        if scheduled.kind.name == "applications_superseded" and scheduled.details.until:
            # Each application's event schedules it, and the list of them is mailed once. A late one changes the list.
            person, at = scheduled.details.person_id, scheduled.details.until
            ids = [application.id for application in await self._projections.superseded(person, at, cache.tx)]
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
        log.info("scheduled_mail_postponed", scheduled_mail=scheduled.id, reason=reason)

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

    def _without(self, existing: Collection[str], messages: Collection[Message]) -> list[Message]:
        """Those of these messages that do not exist yet, with their tokens."""
        return [replace(message, token=self._writer.token(message.id)) for message in messages if message.id not in existing]

    async def _suppressed(self, contacts: Iterable[Contact], tx: Tx) -> dict[str, str]:
        """The suppressed addresses of these people, each with the reason."""
        emails = {contact.mailbox.email for contact in contacts if contact.mailbox}
        await self._suppressions.renew(emails, tx)
        return await self._suppressions.suppressed(emails)

    async def _write(
        self,
        mails: Iterable[tuple[Message, MailContent]],
        contacts: Mapping[str, Contact],
        suppressed: Mapping[str, str],
        errors: WriteErrors,
        tx: Tx,
    ) -> list[WrittenMessage]:
        """Write these new messages. Returns those that are to be queued."""
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
        return written


def _recipient(contact: Contact, mailbox: Mailbox) -> Recipient:
    hosts = [post.organization_id for post in contact.posts if post.contact]
    return Recipient(mailbox, contact.locale, contact.time_zone, hosts=hosts)


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
