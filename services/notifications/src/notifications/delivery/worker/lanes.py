"""All senders of an instance: those for transactional mails, those for the others, and what they share."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random

import structlog

from notifications.contacts.repository import Contacts
from notifications.delivery.domain.breaker import Breaker
from notifications.delivery.domain.pacing import Pace, Slots
from notifications.delivery.use_cases import DeliveryRecords
from notifications.delivery.worker.claims import Claims
from notifications.delivery.worker.recording import Recorder
from notifications.delivery.worker.sender import Sender, Shared
from notifications.delivery.worker.smtp import Connection
from notifications.mail_kinds import Lane
from notifications.messages.repository.messages import Messages
from notifications.messages.repository.sending import Sending
from notifications.metrics import MAILS
from notifications.settings import Settings
from notifications.smtp_server import SmtpServer
from notifications.suppressions.repository import Suppressions
from shared.database.mongo import Database

log = structlog.get_logger(__name__)

_LEASES_TOGETHER = 200


class Lanes:
    """Each lane has its connections and its claims, so that no large digest holds up an offer."""

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
        """``envelope_sender``: the address for bounces of the message with this token. ``queued`` is set for new messages."""
        self._database = database
        self._sending = sending = Sending(database.db)
        lease = timedelta(seconds=settings.lease_seconds)
        self._records = records = DeliveryRecords(sending, messages, suppressions, contacts, lease)
        first_pause = timedelta(seconds=settings.mail_retry_seconds)
        shared = Shared(
            recorder=Recorder(records, database, lease),
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
                sending,
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
        """Queue again what an instance that is gone had claimed. What it had begun to hand over keeps its lease: it may live."""
        await self._database.transact(lambda tx: self._sending.end_claims_of(instance, tx))

    async def end_leases(self) -> None:
        """Take back what a crashed instance had in hand."""
        await self._database.transact(self._sending.end_claims)
        more = True
        while more:
            resent, unknown = await self._database.transact(lambda tx: self._records.end_leases(_LEASES_TOGETHER, tx))
            more = resent + unknown >= _LEASES_TOGETHER
            if resent:
                MAILS.labels("resent").inc(resent)
                log.warning("mails_cut_off", mails=resent, meaning="the mail server may have them; they are sent once more")
            if unknown:
                MAILS.labels("unknown").inc(unknown)
                log.error("mails_cut_off", mails=unknown, meaning="the mail server may have them; they are not sent again")
