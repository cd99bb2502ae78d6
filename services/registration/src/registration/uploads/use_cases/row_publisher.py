"""Publishes the rows of uploaded attendance files. One instance publishes a file, under a lease."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog
from prometheus_client import Counter

from registration.attendance.use_cases.intake import Intake
from registration.attendance_event import AttendanceEvent
from registration.uploads.domain.csv_reader import Row
from registration.uploads.domain.row_parser import ParsedRow, RowParser
from registration.uploads.domain.upload import MAX_REPORTED, Fault, Upload
from registration.uploads.repository import Uploads
from shared import clock
from shared.database.leases import Lease, LeaseLost
from shared.database.mongo import Database, Tx

log = structlog.get_logger(__name__)

ROWS = Counter("opportunity_desk_upload_rows", "rows of uploaded files, by outcome", ["outcome"])


class RowPublisher:
    """Publishes the rows of a received file, a batch at a time."""

    def __init__(self, uploads: Uploads, intake: Intake, database: Database) -> None:
        self._uploads = uploads
        self._intake = intake
        self._database = database

    async def publish(self, upload: Upload, rows: Sequence[Row], parser: RowParser, lease: Lease) -> Upload:
        """Publish the next rows and store the progress, in one transaction. A dry run only counts.

        Raises:
            LeaseLost: another instance has taken over, and nothing was published.
        """
        results = await asyncio.to_thread(lambda: [parser.read(row) for row in rows])
        source = f"csv:{upload.conference_id}"
        accepted = [result for result in results if isinstance(result, ParsedRow)]
        parsed = [row for result in accepted for row in (result, result.left) if row]
        events = [AttendanceEvent(source, result.id, result.time, result.data) for result in parsed]
        faults: list[Fault] = [fault for result in results if isinstance(result, list) for fault in result]
        skipped, refused = sum(result is None for result in results), sum(isinstance(result, list) for result in results)
        faults = faults[: MAX_REPORTED - upload.reported]
        after = replace(
            upload,
            offset=upload.bytes if parser.ends_table(rows[-1]) else rows[-1].end,
            line=rows[-1].next_line,
            rows=upload.rows + len(rows),
            accepted=upload.accepted + len(accepted),
            refused=upload.refused + refused,
            skipped=upload.skipped + skipped,
            reported=upload.reported + len(faults),
            failures=0,
        )

        async def keep(tx: Tx) -> None:
            if not await self._uploads.save(after, lease, tx):
                raise LeaseLost
            await self._uploads.add_faults(upload.id, faults, tx)
            await self._uploads.delete_chunks(upload.id, range(upload.chunks.start, after.chunks.start), tx)
            if not upload.dry_run:
                self._intake.publish(events, tx)

        await self._database.transact(keep)
        ROWS.labels("accepted").inc(len(accepted))
        ROWS.labels("refused").inc(refused)
        ROWS.labels("skipped").inc(skipped)
        return after

    async def end(self, upload: Upload, lease: Lease) -> None:
        """End an upload whose rows are all published, and delete its content."""
        after = replace(upload, state="done", offset=upload.bytes, ended_at=clock.now())

        async def keep(tx: Tx) -> None:
            if not await self._uploads.save(after, lease, tx):
                raise LeaseLost
            await self._uploads.delete_chunks(upload.id, upload.chunks, tx)

        await self._database.transact(keep)
        log.info("upload_done", upload_id=upload.id, rows=upload.rows, accepted=upload.accepted, refused=upload.refused)

    async def fail(self, upload: Upload, reason: str, lease: Lease) -> None:
        """Give up an upload. Published rows stay published; the rest of the content is deleted.

        Raises:
            LeaseLost: another instance has taken over, and needs the content.
        """
        await self._uploads.leases.renew(upload.id, lease)
        await self._uploads.delete_chunks(upload.id, upload.chunks)
        await self._uploads.save(replace(upload, state="failed", reason=reason, ended_at=clock.now()), lease)
        log.error("upload_failed", upload_id=upload.id, conference_id=upload.conference_id, reason=reason)
