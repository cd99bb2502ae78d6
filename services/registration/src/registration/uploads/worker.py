"""Publishes uploaded files in the background, each from where the last instance stopped."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from pydantic import SecretStr
from pymongo.errors import PyMongoError

from registration.conferences.repository import Conferences
from registration.uploads.domain.csv_reader import CsvReader, Row
from registration.uploads.domain.row_parser import RowParser
from registration.uploads.domain.upload import CHUNK_BYTES, Upload
from registration.uploads.repository import Uploads
from registration.uploads.use_cases.leases import LEASE, new_lease
from registration.uploads.use_cases.row_publisher import RowPublisher
from registration.uploads.use_cases.upload_receiver import UploadReceiver
from shared.database.leases import Lease
from shared.database.mongo import Database
from shared.logging import correlated

log = structlog.get_logger(__name__)

ROWS_PER_TRANSACTION: Final = 500
"""How many rows are published in one transaction."""
MAX_OUTBOX: Final = 4
"""Publishing waits while the outbox has this many documents, so that other events do not queue behind a whole file."""
MAX_FAILURES: Final = 3


class UploadWorker:
    """Publishes one upload after the other."""

    def __init__(
        self,
        upload_receiver: UploadReceiver,
        row_publisher: RowPublisher,
        uploads: Uploads,
        conferences: Conferences,
        database: Database,
        key: SecretStr,
    ) -> None:
        self._upload_receiver = upload_receiver
        self._row_publisher = row_publisher
        self._uploads = uploads
        self._conferences = conferences
        self._database = database
        self._key = key

    async def publish_all(self) -> None:
        """Publish the rows of all uploads that have no lease, and discard incomplete uploads."""
        await self._upload_receiver.discard_abandoned()
        async for upload, lease in self._uploads.claims("running", LEASE, self._database):
            with correlated(upload.correlation_id or upload.id):
                await self._run(upload, lease)

    async def _run(self, upload: Upload, lease: Lease) -> None:
        async def failed(error: Exception) -> None:
            if isinstance(error, PyMongoError | OSError):
                raise error  # the database is away
            known = await self._uploads.get(upload.id) or upload
            if known.failures + 1 < MAX_FAILURES:
                await self._uploads.save(replace(known, failures=known.failures + 1), new_lease(lease.owner))
                raise error
            await self._row_publisher.fail(known, f"{type(error).__name__}; see the log", new_lease(lease.owner))

        async with self._uploads.leases.working(upload.id, lease, failed):
            await self._publish(upload, lease)

    async def _publish(self, upload: Upload, lease: Lease) -> None:
        conference = await self._conferences.get(upload.conference_id)
        parser = RowParser(
            upload.header,
            upload.conference_id,
            conference.sessions if conference else (),
            ZoneInfo(upload.timezone) if upload.timezone else None,
            self._key,
        )
        async for rows in self._batches(upload, parser):
            if not upload.dry_run:
                wait = self._database.outbox_below(MAX_OUTBOX)
                await self._uploads.leases.holding(upload.id, lease.owner, LEASE, wait)
            upload = await self._row_publisher.publish(upload, rows, parser, new_lease(lease.owner))
        await self._row_publisher.end(upload, new_lease(lease.owner))

    async def _batches(self, upload: Upload, parser: RowParser) -> AsyncIterator[list[Row]]:
        """The remaining rows, a batch at a time, up to the title of the next table."""
        rows = CsvReader(upload.header.delimiter, upload.offset, upload.line)
        begin = upload.offset % CHUNK_BYTES
        numbers = upload.chunks
        for number in numbers:
            content = await self._uploads.chunk(upload.id, number)
            fed = rows.feed(content[begin:], last=number == numbers[-1])
            # In a thread: half a megabyte of line breaks takes long to read.
            while batch := await asyncio.to_thread(_take, fed):
                ended = next((number for number, row in enumerate(batch, 1) if parser.ends_table(row)), None)
                yield batch[:ended]
                if ended:
                    return
            begin = 0


def _take(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, ROWS_PER_TRANSACTION))
