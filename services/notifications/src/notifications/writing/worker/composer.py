"""Writing the mails that are due. Several instances may do so at once; each mail is written by one of them."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
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
from shared.transient_errors import described

log = structlog.get_logger(__name__)

PENDING: Final = Gauge("mails_pending", "scheduled mails that are due and not yet written")
SCHEDULED: Final = Gauge("mails_scheduled", "scheduled mails, due now or later")

DIGESTS_TOGETHER: Final = 100
DIGESTS_LOOKED_UP: Final = 1000
SCHEDULED_MAILS_TOGETHER: Final = 10
SERIES_AT_ONCE: Final = 4
"""Of a transaction, most is waiting for the database."""
LOOK_SECONDS: Final = 0.5
"""How often to look for what is due by now, and for what another instance has added."""


def in_series(due: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The ids of scheduled mails in series, each of which is written in turn: its mails share what they are about or who set them
    off, so that one may have to wait for another, or counts towards its limit. Pure.
    """
    series: list[tuple[set[str], list[str]]] = []
    for id, shared in due.items():
        related = [one for one in series if not one[0].isdisjoint(shared)]
        series = [one for one in series if one[0].isdisjoint(shared)]
        series.append((set(shared).union(*(keys for keys, _ in related)), [*(id for _, ids in related for id in ids), id]))
    order = {id: number for number, id in enumerate(due)}
    return [sorted(ids, key=order.__getitem__) for _, ids in series]


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

    async def run(self) -> None:
        """Wait until scheduled mails are added, for a moment, and write all that is due."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._scheduled_mails.added.wait(), LOOK_SECONDS)
        self._scheduled_mails.added.clear()
        await self.compose_due()

    async def compose_due(self) -> None:
        """Write all that is due: transactional mails first, then a batch of the others, until nothing is left."""
        while (
            await self._write_scheduled_mails("transactional")
            + await self._write_scheduled_mails("bulk")
            + await self._write_digests()
        ):
            self._queued.set()

    async def _write_scheduled_mails(self, lane: Lane) -> int:
        """Returns how many were due. Each has its own transaction, so a failure does not stop the others."""
        due = await self._scheduled_mails.due(clock.now(), lane, SCHEDULED_MAILS_TOGETHER)
        series = in_series(due)
        start = self._random.randrange(len(series) or 1)  # several instances start in different places
        at_once = asyncio.Semaphore(SERIES_AT_ONCE)
        work = [self._write_series(ids, at_once) for ids in series[start:] + series[:start]]
        for error in filter(None, await asyncio.gather(*work, return_exceptions=True)):  # once all have ended
            raise error
        return len(due)

    async def _write_series(self, ids: list[str], at_once: asyncio.Semaphore) -> None:
        async with at_once:
            for id in ids:
                await self._write_scheduled_mail(id)

    async def _write_scheduled_mail(self, id: str) -> None:
        try:
            self._report(await self._database.transact(partial(self._message_writer.write_scheduled_mail, id)))
        except ConnectionFailure:
            raise
        except Exception as error:
            # No traceback of a database error, as it quotes whole documents.
            log.error(
                "scheduled_mail_failed", scheduled_mail=id, error=described(error), exc_info=not isinstance(error, PyMongoError)
            )
            await self._database.transact(partial(self._scheduled_mails.postpone_failed, id, clock.now() + FAULT_WAIT))

    async def _write_digests(self) -> int:
        due = await self._contacts.due(clock.now(), DIGESTS_LOOKED_UP)
        # Several instances take different batches. With random ids instead, most batches would have one in common.
        start = DIGESTS_TOGETHER * self._random.randrange(-(-len(due) // DIGESTS_TOGETHER) or 1)
        ids = due[start : start + DIGESTS_TOGETHER]
        if ids:
            self._report(await self._database.transact(partial(self._message_writer.write_digests, ids)))
        return len(ids)

    def _report(self, errors: WriteErrors) -> None:
        for id, error in errors.items():
            MAILS.labels("failed").inc()
            log.error("mail_not_written", message_id=id, error=error)

    async def measure(self) -> None:
        """Update the gauges of waiting mails."""
        now = clock.now()
        PENDING.set(await self._contacts.count_pending(now) + await self._scheduled_mails.count_due(now))
        SCHEDULED.set(await self._scheduled_mails.count_open())
