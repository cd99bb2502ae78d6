"""All senders of an instance, for transactional and for bulk mails, and what they share."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Final

import structlog

from notifications.contacts.repository import Contacts
from notifications.delivery.domain.breaker import Breaker
from notifications.delivery.domain.pacing import Pace, Slots
from notifications.delivery.use_cases import DeliveryRecorder
from notifications.delivery.worker.claims import Claims
from notifications.delivery.worker.group_commit import GroupCommit
from notifications.delivery.worker.sender import Sender, SharedState
from notifications.delivery.worker.smtp import Connection
from notifications.mail_kinds import Lane
from notifications.messages.repository.messages import Messages
from notifications.metrics import MAILS, OLDEST
from notifications.settings import Settings
from notifications.smtp_server import SmtpServer
from notifications.suppressions.repository import Suppressions
from shared import clock
from shared.database.mongo import Database

log = structlog.get_logger(__name__)

_EXPIRED_TOGETHER: Final = 200


class Lanes:
    """Makes the senders. Each lane has its own connections and claims, so a large digest never delays an offer."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        contacts: Contacts,
        suppressions: Suppressions,
        messages: Messages,
        envelope_sender: Callable[[str], str],
        queued: asyncio.Event,
        random: Random,
    ) -> None:
        """``envelope_sender`` gives the bounce address for a message's token. ``queued`` is set when messages are queued."""
        self._database = database
        self._messages = messages
        lease = timedelta(seconds=settings.lease_seconds)
        self._records = records = DeliveryRecorder(messages, suppressions, contacts, lease)
        first_pause = timedelta(seconds=settings.mail_retry_seconds)
        shared = SharedState(
            recorder=GroupCommit(records, database, lease),
            breaker=Breaker(first_pause),
            pace=Pace(settings.mails_per_second),
            envelope_sender=envelope_sender,
            first_pause=first_pause,
            give_up_after=timedelta(hours=settings.give_up_hours),
            queued=queued,
            random=random,
        )
        server = SmtpServer.parse(settings.smtp_url)
        tls = server.tls()
        self.senders: list[Sender] = []
        connections: dict[Lane, int] = {"transactional": settings.transactional_connections, "bulk": settings.smtp_connections}
        for lane, count in connections.items():
            slots = Slots(settings.domain_connections)
            claims = Claims(
                lane,
                messages,
                database,
                contacts.recipients,
                suppressions.suppressed,
                suppressions.id,
                lease,
                slots,
                queued,
                random,
            )
            self.senders += [Sender(lane, claims, Connection(server, settings.smtp_seconds, tls), shared) for _ in range(count)]
        database.instances.when_gone(self._take_over)

    async def _take_over(self, instance: str) -> None:
        """Requeue messages claimed by an instance that is gone. Those being sent keep their lease: it may still be alive."""
        await self._database.transact(lambda tx: self._messages.requeue_claims_of(instance, tx))

    async def measure(self) -> None:
        """Update the gauge of mails that are to be sent."""
        OLDEST.waits_since(await self._messages.longest_due(clock.now()), "send")

    async def end_expired(self) -> None:
        """Requeue, resend or give up messages whose sender has held them for longer than a lease."""
        await self._database.transact(self._messages.requeue_expired)
        more = True
        while more:
            resent, unknown = await self._database.transact(lambda tx: self._records.end_expired(_EXPIRED_TOGETHER, tx))
            more = resent + unknown >= _EXPIRED_TOGETHER
            if resent:
                MAILS.labels("resent").inc(resent)
                log.warning("mails_interrupted", mails=resent, meaning="the mail server may have them; they are sent once more")
            if unknown:
                MAILS.labels("unknown").inc(unknown)
                log.error("mails_interrupted", mails=unknown, meaning="the mail server may have them; they are not sent again")
