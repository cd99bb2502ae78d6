"""The mails that this instance has in hand and its senders of one lane have not yet begun to send."""

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
from notifications.messages.domain import Claimed
from notifications.messages.repository.sending import Sending
from shared import clock
from shared.database.mongo import Database

log = structlog.get_logger(__name__)

CLAIMED_TOGETHER: Final = 50
LOOKED_UP_TOGETHER: Final = 1000
"""The ids of so many mails are looked up at once: to find those that are due costs more than to claim them."""
CLAIM_SECONDS: Final = 5.0
"""Where it takes longer, one of the mails is locked: others are looked for."""
LOOK_AHEAD: Final = 200
"""How many mails may wait in hand for their providers' turn."""
LOOK_SECONDS: Final = 1.0
"""How often to look for mails that others queued, or that are due again, and how old a look may grow."""
BLOCKED_PAUSE: Final = timedelta(seconds=10)
"""For how long mails are left alone that had to make room for those to other providers."""

Recipients = Callable[[Collection[str]], Awaitable[dict[str, Contact]]]
"""The contacts that are known among these ids: where their mails go, and which they want."""
Suppressed = Callable[[Collection[str]], Awaitable[dict[str, str]]]
"""The addresses among these that are suppressed, each with the reason."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail in hand and where it goes.

    ``mailbox`` is None where no address is known (any more). ``suppressed`` says why the address takes no mail. ``address_id``:
    as ``Suppressions.id``. ``wanted`` is False where the recipient does not want the mail any more.
    """

    claimed: Claimed
    mailbox: Mailbox | None
    address_id: str = ""
    suppressed: str = ""
    wanted: bool = True

    @property
    def domain(self) -> str:
        return domain_of(self.mailbox.email) if self.mailbox else ""


class Claims:
    """Hands out mails, at most so many at a time to each provider; one that has to wait holds up no other."""

    def __init__(
        self,
        lane: Lane,
        sending: Sending,
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
        self._sending = sending
        self._database = database
        self._recipients = recipients
        self._suppressed = suppressed
        self._address_id = address_id
        self._lease = lease
        self._slots = slots
        self._queued = queued
        self._random = random
        self._in_hand: deque[Addressed] = deque()
        self._due: deque[str] = deque()
        self._looked_at = self._released_at = datetime.min.replace(tzinfo=UTC)
        self._saw_all = True
        self._refilling = asyncio.Lock()

    async def take(self, woken: bool = False) -> Addressed | None:
        """The next mail to send, to be given back by ``done``; None where none may be sent now.

        ``woken``: it is known that mails were queued, though another lane was the first to hear it.
        """
        async with self._refilling:
            while True:
                while self._in_hand and self._in_hand[0].claimed.message.due_at <= clock.now():
                    self._in_hand.popleft()  # its lease has ended: it is another's by now
                for number, one in enumerate(self._in_hand):
                    if self._slots.take(one.domain):
                        del self._in_hand[number]
                        return one
                if len(self._in_hand) >= LOOK_AHEAD:
                    if clock.now() - self._released_at < BLOCKED_PAUSE:
                        return None
                    await self.release(BLOCKED_PAUSE)
                    self._released_at = clock.now()
                if not await self._refill(woken):
                    return None

    def done(self, one: Addressed) -> None:
        """Its provider has room for another one."""
        self._slots.give(one.domain)

    async def give_back(self, one: Addressed) -> None:
        """It is not to be sent now after all; its place is still to be given back by ``done``."""
        self._in_hand.append(one)

    async def release(self, pause: timedelta = timedelta()) -> None:
        """Leave what is in hand to other instances, or to this one after the pause."""
        rest, self._in_hand = self._in_hand, deque()
        self._due.clear()
        if rest:
            await self._database.transact(lambda tx: self._sending.release([one.claimed for one in rest], pause, tx))

    async def _refill(self, woken: bool) -> bool:
        """Claim some more. Returns whether there were any."""
        now = clock.now()
        if not self._due:
            nothing_new = self._saw_all and not (woken or self._queued.is_set())
            if nothing_new and now - self._looked_at < timedelta(seconds=LOOK_SECONDS):
                return False
            # Cleared before looking: what is queued after the look sets it again.
            self._queued.clear()
            self._looked_at = now
            self._due.extend(await self._sending.due(self._lane, now, LOOKED_UP_TOGETHER))
            self._saw_all = len(self._due) < LOOKED_UP_TOGETHER
            # Instances that look at the same time begin in different places.
            self._due.rotate(CLAIMED_TOGETHER * self._random.randrange(LOOKED_UP_TOGETHER // CLAIMED_TOGETHER))
        while self._due:
            ids = [self._due.popleft() for _ in range(min(CLAIMED_TOGETHER, len(self._due)))]
            if claimed := await self._claim(ids, f"{self._database.instances.id}/{uuid4().hex}"):
                addressed = await self._addressed(claimed)
                self._in_hand.extend(addressed)  # looked up after the wait: ``release`` may have begun another one meanwhile
                return True
        return False

    async def _claim(self, ids: list[str], mark: str) -> list[Claimed]:
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                documents = await self._database.transact(lambda tx: self._sending.claim(ids, mark, self._lease, tx))
        except TimeoutError:
            log.warning("mails_not_claimed", mails=len(ids), meaning="a killed instance has some of them locked")
            return []
        return await self._sending.claimed(documents) if documents else []

    async def _addressed(self, claimed: list[Claimed]) -> list[Addressed]:
        """Whoever changes an address or what is wanted takes these mails back: so they need not be looked up one by one."""
        known = await self._recipients({one.message.recipient for one in claimed if one.mailbox is None})
        tos = {
            one.message.id: one.mailbox or (contact.mailbox if (contact := known.get(one.message.recipient)) else None)
            for one in claimed
        }
        suppressed = await self._suppressed({mailbox.email for mailbox in tos.values() if mailbox})
        return [
            Addressed(
                one,
                mailbox := tos[one.message.id],
                self._address_id(mailbox.email) if mailbox else "",
                suppressed.get(mailbox.email, "") if mailbox else "",
                contact.wants(one.message.kind) if (contact := known.get(one.message.recipient)) else True,
            )
            for one in claimed
        ]
