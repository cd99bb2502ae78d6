"""The messages that this instance has claimed for one lane, and that no sender has begun yet."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import uuid4

import structlog

from notifications.contacts.domain import Contact
from notifications.delivery.domain.pacing import Slots, domain_of
from notifications.mail.content import Mailbox
from notifications.mail_kinds import Lane
from notifications.messages.domain.records import WrittenMessage
from notifications.messages.repository.messages import Messages
from shared import clock
from shared.database.mongo import Database

log = structlog.get_logger(__name__)

CLAIMED_TOGETHER: Final = 50
LOOKED_UP_TOGETHER: Final = 1000
"""How many ids of due messages one query returns: finding them costs more than claiming them."""
CLAIM_SECONDS: Final = 5.0
"""A claim that takes longer waits for a lock on one of the messages: others are claimed instead."""
LOOK_AHEAD: Final = 200
"""How many claimed messages may wait for a free slot of their domain."""
LOOK_SECONDS: Final = 1.0
"""How often to look for due messages, and how old the result of a look may get."""
BLOCKED_PAUSE: Final = timedelta(seconds=10)
"""How long messages whose domain has no free slot make room for others."""

Recipients = Callable[[Collection[str]], Awaitable[dict[str, Contact]]]
"""The known contacts among these ids."""
Suppressed = Callable[[Collection[str]], Awaitable[dict[str, str]]]
"""The suppressed addresses among these, each with the reason."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A claimed message and where it goes."""

    claimed: WrittenMessage
    mailbox: Mailbox | None
    """None if no address is known (any more)."""
    address_id: str = ""
    """``Suppressions.id`` of the address."""
    suppressed: str = ""
    """The reason for which the address takes no mail; "" if it does."""
    wanted: bool = True
    """False if the recipient has switched this mail off."""

    @property
    def domain(self) -> str:
        return domain_of(self.mailbox.email) if self.mailbox else ""


class Claims:
    """Claims messages and hands them out, up to a number at a time to each domain. A full domain does not hold up others."""

    def __init__(
        self,
        lane: Lane,
        messages: Messages,
        database: Database,
        recipients: Recipients,
        suppressed: Suppressed,
        address_id: Callable[[str], str],
        lease: timedelta,
        slots: Slots,
        queued: asyncio.Event,
        random: Random,
    ) -> None:
        self._lane = lane
        self._messages = messages
        self._database = database
        self._recipients = recipients
        self._suppressed = suppressed
        self._address_id = address_id
        self._lease = lease
        self._slots = slots
        self._queued = queued
        self._random = random
        self._claimed: deque[Addressed] = deque()
        self._due: deque[str] = deque()
        self._looked_at = self._released_at = datetime.min.replace(tzinfo=UTC)
        self._saw_all = True
        self._refilling = asyncio.Lock()

    async def take(self, woken_at: datetime | None = None) -> Addressed | None:
        """The next message to send; None if there is none now. Call ``done`` with it afterwards.

        ``woken_at``: messages were queued by then, even if the other lane has cleared the event.
        """
        async with self._refilling:
            while True:
                while self._claimed and self._claimed[0].claimed.message.due_at <= clock.now():
                    self._claimed.popleft()  # its lease has ended, so another instance may have it
                for position, addressed in enumerate(self._claimed):
                    if self._slots.take(addressed.domain):
                        del self._claimed[position]
                        return addressed
                if len(self._claimed) >= LOOK_AHEAD:
                    if clock.now() - self._released_at < BLOCKED_PAUSE:
                        return None
                    await self.release(BLOCKED_PAUSE)
                    self._released_at = clock.now()
                if not await self._refill(woken_at):
                    return None

    def done(self, addressed: Addressed) -> None:
        """Free the slot of a message that was taken."""
        self._slots.give(addressed.domain)

    async def put_back(self, addressed: Addressed) -> None:
        """Keep a message that was taken for a later ``take``. Its slot is still to be freed with ``done``."""
        self._claimed.append(addressed)

    async def release(self, pause: timedelta = timedelta()) -> None:
        """Return all claimed messages to the queue, for any instance to send after the pause."""
        rest, self._claimed = self._claimed, deque()
        self._due.clear()
        if rest:
            claimed = [addressed.claimed for addressed in rest]
            await self._database.transact(lambda tx: self._messages.release(claimed, pause, tx))

    async def _refill(self, woken_at: datetime | None) -> bool:
        """Claim more messages. Returns whether there were any."""
        now = clock.now()
        if not self._due:
            woken = woken_at is not None and self._looked_at <= woken_at  # else another sender of the lane has looked since
            nothing_new = self._saw_all and not (woken or self._queued.is_set())
            if nothing_new and now - self._looked_at < timedelta(seconds=LOOK_SECONDS):
                return False
            # Cleared before the query, so that a message queued after it sets the event again.
            self._queued.clear()
            self._looked_at = now
            self._due.extend(await self._messages.due(self._lane, now, LOOKED_UP_TOGETHER))
            self._saw_all = len(self._due) < LOOKED_UP_TOGETHER
            # Instances that look at the same time start in different places.
            self._due.rotate(CLAIMED_TOGETHER * self._random.randrange(LOOKED_UP_TOGETHER // CLAIMED_TOGETHER))
        while self._due:
            ids = [self._due.popleft() for _ in range(min(CLAIMED_TOGETHER, len(self._due)))]
            if claimed := await self._claim(ids, f"{self._database.instances.id}/{uuid4().hex}"):
                addressed = await self._look_up(claimed)
                self._claimed.extend(addressed)  # read again after the wait: ``release`` may have replaced it
                return True
        return False

    async def _claim(self, ids: list[str], mark: str) -> list[WrittenMessage]:
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                documents = await self._database.transact(lambda tx: self._messages.claim(ids, mark, self._lease, tx))
        except TimeoutError:
            log.warning("mails_not_claimed", mails=len(ids), meaning="a killed instance has some of them locked")
            return []
        return await self._messages.load_claimed(documents) if documents else []

    async def _look_up(self, claimed: list[WrittenMessage]) -> list[Addressed]:
        """Look addresses and choices up once, for all of them: whoever changes one of these voids the claims."""
        contacts = await self._recipients({written.message.recipient for written in claimed if written.mailbox is None})
        mailboxes = {written.message.id: _mailbox(written, contacts.get(written.message.recipient)) for written in claimed}
        reasons = await self._suppressed({mailbox.email for mailbox in mailboxes.values() if mailbox})
        found = []
        for written in claimed:
            mailbox, contact = mailboxes[written.message.id], contacts.get(written.message.recipient)
            wanted = contact.wants(written.message.kind) if contact else True
            if mailbox:
                address_id, suppressed = self._address_id(mailbox.email), reasons.get(mailbox.email, "")
                found.append(Addressed(written, mailbox, address_id, suppressed, wanted))
            else:
                found.append(Addressed(written, None, wanted=wanted))
        return found


def _mailbox(written: WrittenMessage, contact: Contact | None) -> Mailbox | None:
    return written.mailbox or (contact.mailbox if contact else None)
