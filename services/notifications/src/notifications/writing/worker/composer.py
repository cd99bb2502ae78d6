"""Writing the mails that are due. Several instances may do so at once; each mail is written by one of them."""

import asyncio
import time
from contextlib import suppress
from functools import partial
from random import Random
from typing import Final

import structlog
from prometheus_client import Gauge
from pymongo.errors import ConnectionFailure, PyMongoError

from notifications.contacts.repository import Contacts
from notifications.mail_kinds import Lane
from notifications.metrics import MAILS, OLDEST
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.writing.use_cases.message_writer import FAULT_WAIT, MessageWriter, WriteErrors
from shared import clock, tracing
from shared.database.mongo import Database
from shared.transient_errors import described

log = structlog.get_logger(__name__)

PENDING: Final = Gauge("opportunity_desk_mails_pending", "scheduled mails that are due but not yet written")
SCHEDULED: Final = Gauge("opportunity_desk_mails_scheduled", "scheduled mails, due now or later")

DIGESTS_TOGETHER: Final = 100
DIGESTS_LOOKED_UP: Final = 1000
SCHEDULED_MAILS_TOGETHER: Final = 20
SCHEDULED_MAILS_LOOKED_UP: Final = 100
LOOK_SECONDS: Final = 1.0
"""How often to look for mails that have become due, or that another instance has added."""


class Composer:
    """Has scheduled mails and digests written once they are due."""

    def __init__(
        self,
        message_writer: MessageWriter,
        contacts: Contacts,
        scheduled_mails: ScheduledMails,
        database: Database,
        queued: asyncio.Event,
        random: Random,
    ) -> None:
        """``queued`` is set when mails were queued, so that senders look for them at once."""
        self._message_writer = message_writer
        self._contacts = contacts
        self._scheduled_mails = scheduled_mails
        self._database = database
        self._queued = queued
        self._random = random
        self._looked_for_digests_at = -LOOK_SECONDS

    async def run(self) -> None:
        """Wait until scheduled mails are added, for a moment, and write all that is due."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._scheduled_mails.added.wait(), LOOK_SECONDS)
        self._scheduled_mails.added.clear()
        now = time.monotonic()
        digests = now - self._looked_for_digests_at >= LOOK_SECONDS  # only the clock makes them due: nobody is woken for them
        await self.compose_due(digests=digests)
        if digests:
            self._looked_for_digests_at = now

    async def compose_due(self, *, digests: bool = True) -> None:
        """Write all that is due: transactional mails first, then a batch of the others, until nothing is left."""
        bulk = True
        while True:
            written = await self._write_scheduled_mails("transactional")
            bulk = bulk and await self._write_scheduled_mails("bulk") > 0
            digests = digests and await self._write_digests() > 0
            if not (written or bulk or digests):
                return
            self._queued.set()

    async def _write_scheduled_mails(self, lane: Lane) -> int:
        """Returns how many were due."""
        due = await self._scheduled_mails.due(clock.now(), lane, SCHEDULED_MAILS_LOOKED_UP)
        ids = self._batch_of(due, SCHEDULED_MAILS_TOGETHER)
        if ids and not await self._write_together(ids):
            for id in ids:
                await self._write_alone(id)
        return len(ids)

    async def _write_together(self, ids: list[str]) -> bool:
        """Whether these scheduled mails could be written in one transaction."""
        try:
            with tracing.span("write mails"):
                self._report(await self._database.transact(partial(self._message_writer.write_scheduled_mails, ids)))
        except ConnectionFailure:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is to blame, which each alone will show
            log.warning("scheduled_mails_failed", scheduled_mails=len(ids), error=described(error))
            return False
        return True

    async def _write_alone(self, id: str) -> None:
        """Write one by itself. If it fails, it is postponed."""
        try:
            with tracing.span("write mail"):
                self._report(await self._database.transact(partial(self._message_writer.write_scheduled_mails, [id])))
        except ConnectionFailure:
            raise
        except Exception as error:
            # No traceback of a database error, as it quotes whole documents.
            log.error(
                "scheduled_mail_failed", scheduled_mail=id, error=described(error), exc_info=not isinstance(error, PyMongoError)
            )
            await self._database.transact(partial(self._scheduled_mails.postpone_failed, id, clock.now() + FAULT_WAIT))

    async def _write_digests(self) -> int:
        ids = self._batch_of(await self._contacts.due(clock.now(), DIGESTS_LOOKED_UP), DIGESTS_TOGETHER)
        if ids:
            with tracing.span("write digests"):
                self._report(await self._database.transact(partial(self._message_writer.write_digests, ids)))
        return len(ids)

    def _batch_of(self, due: list[str], together: int) -> list[str]:
        """A batch of the ids that are due. Instances pick different batches; single ids drawn at random would mostly overlap."""
        start = together * self._random.randrange(-(-len(due) // together) or 1)
        return due[start : start + together]

    def _report(self, errors: WriteErrors) -> None:
        for id, error in errors.items():
            MAILS.labels("failed").inc()
            log.error("mail_not_written", message_id=id, error=error)

    async def measure(self) -> None:
        """Update the gauges of mails that are to be written."""
        now = clock.now()
        PENDING.set(await self._contacts.count_due(now) + await self._scheduled_mails.count_due(now))
        SCHEDULED.set(await self._scheduled_mails.count_open())
        unwritten = await self._scheduled_mails.longest_due(now), await self._contacts.longest_due(now)
        OLDEST.waits_since(min(filter(None, unwritten), default=None), "write")
