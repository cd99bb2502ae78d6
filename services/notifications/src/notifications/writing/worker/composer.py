"""Writes the mails that are due, and sees to what waits. Several instances may do so at once: each mail is written by one."""

import asyncio
from functools import partial
from random import Random
from typing import Final

import structlog
from prometheus_client import Gauge
from pymongo.errors import ConnectionFailure, PyMongoError

from notifications.contacts.repository import Contacts
from notifications.mail_kinds import Lane
from notifications.metrics import MAILS
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.writing.use_cases.message_writer import FAULT_WAIT, MessageWriter, WriteErrors
from shared import clock
from shared.database.mongo import Database
from shared.failures import described

log = structlog.get_logger(__name__)

PENDING: Final = Gauge("mails_pending", "scheduled mails that are due and not yet written")
SCHEDULED: Final = Gauge("mails_scheduled", "scheduled mails, due now or later")

DIGESTS_TOGETHER: Final = 100
DIGESTS_LOOKED_UP: Final = 1000
SCHEDULED_MAILS_TOGETHER: Final = 10


class Composer:
    """``queued`` is set when there are new mails, so that they need not wait for a sender's next look."""

    def __init__(
        self,
        message_writer: MessageWriter,
        contacts: Contacts,
        scheduled_mails: ScheduledMails,
        database: Database,
        queued: asyncio.Event,
        random: Random,
    ) -> None:
        self._message_writer = message_writer
        self._contacts = contacts
        self._scheduled_mails = scheduled_mails
        self._database = database
        self._queued = queued
        self._random = random

    async def compose_due(self) -> None:
        """Write all that is due now: what people wait for first, then some of the rest, as long as there is any."""
        while (
            await self._write_scheduled_mails("transactional")
            + await self._write_scheduled_mails("bulk")
            + await self._write_digests()
        ):
            self._queued.set()

    async def _write_scheduled_mails(self, lane: Lane) -> int:
        """Returns how many were due. Each has a transaction of its own, so that one that fails stops no other."""
        ids = await self._scheduled_mails.due(clock.now(), lane, SCHEDULED_MAILS_TOGETHER)
        self._random.shuffle(ids)  # several instances begin in different places
        for id in ids:
            try:
                self._report(await self._database.transact(partial(self._message_writer.write_scheduled_mail, id)))
            except ConnectionFailure:
                raise
            except Exception as error:
                # Errors of the database quote whole documents.
                log.error(
                    "scheduled_mail_failed",
                    scheduled_mail=id,
                    error=described(error),
                    exc_info=not isinstance(error, PyMongoError),
                )
                await self._database.transact(partial(self._scheduled_mails.put_off, id, clock.now() + FAULT_WAIT))
        return len(ids)

    async def _write_digests(self) -> int:
        due = await self._contacts.due(clock.now(), DIGESTS_LOOKED_UP)
        # Several instances begin in different places. To draw lots would have each meet the others in some of its hundred.
        begin = DIGESTS_TOGETHER * self._random.randrange(-(-len(due) // DIGESTS_TOGETHER) or 1)
        some = due[begin : begin + DIGESTS_TOGETHER]
        if some:
            self._report(await self._database.transact(partial(self._message_writer.write_digests, some)))
        return len(some)

    def _report(self, errors: WriteErrors) -> None:
        for id, error in errors.items():
            MAILS.labels("failed").inc()
            log.error("mail_not_written", message_id=id, error=error)

    async def measure(self) -> None:
        """Count what waits."""
        now = clock.now()
        PENDING.set(await self._contacts.count_pending(now) + await self._scheduled_mails.count_due(now))
        SCHEDULED.set(await self._scheduled_mails.count_open())
