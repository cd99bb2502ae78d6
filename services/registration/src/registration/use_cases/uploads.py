"""Files of attendance: received in chunks that are kept, then stated row by row."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Counter
from pymongo.errors import PyMongoError

from registration.domain.rows import MAX_ROW_BYTES, Header, HeaderRefused, Row, read_header
from registration.domain.uploads import CHUNK_BYTES, COLUMNS, MAX_REPORTED, Fault, Reading, State, Upload, check_columns
from registration.repository.conferences import Conferences
from registration.repository.uploads import Lease, Uploads
from registration.use_cases.intake import Intake, Statement
from shared.logging import correlation_id
from shared.mongo import Database, Tx
from shared.problems import Problem, invalid, not_found

log = structlog.get_logger(__name__)

ROWS = Counter("upload_rows", "rows of uploaded files, by what became of them", ["outcome"])

LEASE: Final = timedelta(seconds=30)
SILENCE_SECONDS: Final = 15.0
"""How long a sender may pause, well within a lease, before the upload counts as broken off."""
AT_ONCE: Final = 4
"""How many files an instance receives at once."""


class LeaseLost(Exception):
    """Another instance has taken the upload over."""


class Receiving:
    """Takes in files. What is received of one that breaks off is deleted: by who notices, or once the lease has ended."""

    def __init__(self, uploads: Uploads, conferences: Conferences, database: Database) -> None:
        self._uploads = uploads
        self._conferences = conferences
        self._database = database
        self._receiving = 0

    async def receive(self, conference_id: str, pieces: AsyncIterator[bytes], timezone: str | None, dry_run: bool) -> Upload:
        """Keep a file, in constant memory, to be stated in the background.

        Raises:
            Problem: the conference is not known (404), the header lacks columns (422, before the rest is read), the sender
                paused for too long (408), or as many files as an instance takes are being received (503).
        """
        if await self._conferences.get(conference_id) is None:
            raise not_found("conference", conference_id)
        with self._one_of_few():
            pieces = _without_pauses(pieces)
            beginning, header, offset, line = await _header(pieces)
            upload = Upload(
                id=uuid4().hex,
                conference_id=conference_id,
                header=header,
                timezone=timezone,
                dry_run=dry_run,
                correlation_id=correlation_id.get(),
                created_at=_now(),
                offset=offset,
                line=line,
            )
            lease = new_lease()
            await self._uploads.add(upload, lease)
            try:
                return await self._keep(upload, beginning, pieces, lease)
            except LeaseLost:
                raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this took us too long; send the file again") from None
            except BaseException:
                # Also when the request is cancelled. Where the database is away, who sweeps up after the lease deletes it.
                with suppress(PyMongoError, TimeoutError):
                    await asyncio.shield(self.discard(upload.id, lease, "it was not sent to its end"))
                raise

    async def _keep(self, upload: Upload, beginning: bytes, pieces: AsyncIterator[bytes], lease: Lease) -> Upload:
        buffer = bytearray(beginning)
        async for piece in pieces:
            buffer += piece
            while len(buffer) >= CHUNK_BYTES:
                upload = await self._keep_chunk(upload, bytes(buffer[:CHUNK_BYTES]), lease)
                del buffer[:CHUNK_BYTES]
                lease = new_lease(lease.owner)
            if lease.until - _now() < LEASE * 0.7:
                lease = new_lease(lease.owner)
                if not await self._uploads.renew(upload.id, lease):
                    raise LeaseLost
        if buffer:
            upload = await self._keep_chunk(upload, bytes(buffer), lease)
        upload = replace(upload, state="running")
        free = replace(lease, until=_now())
        if not await self._uploads.save(upload, free):
            raise LeaseLost
        log.info("upload_received", upload_id=upload.id, conference_id=upload.conference_id, bytes=upload.bytes)
        return upload

    async def _keep_chunk(self, upload: Upload, content: bytes, lease: Lease) -> Upload:
        after = replace(upload, bytes=upload.bytes + len(content))

        async def keep(tx: Tx) -> None:
            if not await self._uploads.save(after, new_lease(lease.owner), tx):
                raise LeaseLost
            await self._uploads.add_chunk(upload.id, upload.bytes // CHUNK_BYTES, content, tx)

        await self._database.transact(keep)
        return after

    async def discard(self, id: str, lease: Lease, reason: str) -> None:
        """End an upload that was not received whole, with all that was received."""
        upload = await self._uploads.get(id)
        if upload is None or upload.state != "receiving" or not await self._uploads.renew(id, new_lease(lease.owner)):
            return
        await self._uploads.delete_chunks(id, upload.chunks)
        await self._uploads.save(replace(upload, state="interrupted", reason=reason, ended_at=_now()), new_lease(lease.owner))
        log.warning("upload_interrupted", upload_id=id, conference_id=upload.conference_id, reason=reason)

    async def discard_abandoned(self) -> None:
        """End the uploads that were being received by instances that are no more."""
        async for upload, lease in claims(self._uploads, "receiving", self._database):
            await self.discard(upload.id, lease, "the instance that received it ended")

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        if self._receiving >= AT_ONCE:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{AT_ONCE} files are being received, and no more at once; try again later",
                headers={"Retry-After": "10"},
            )
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1


class Stating:
    """States the rows of a file that was received, some at a time."""

    def __init__(self, uploads: Uploads, intake: Intake, database: Database) -> None:
        self._uploads = uploads
        self._intake = intake
        self._database = database

    async def state(self, upload: Upload, rows: Sequence[Row], reading: Reading, lease: Lease) -> Upload:
        """State these rows, which come next, and keep that they are done, in one transaction. A dry run only counts.

        Raises:
            LeaseLost: another instance has taken over, and nothing is done.
        """
        results = [reading.read(row) for row in rows]
        source = f"csv:{upload.conference_id}"
        statements = [Statement(source, one.id, one.time, one.data) for one in results if not isinstance(one, list)]
        faults: list[Fault] = [fault for one in results if isinstance(one, list) for fault in one]
        faults = faults[: MAX_REPORTED - upload.reported]
        after = replace(
            upload,
            offset=rows[-1].end,
            line=rows[-1].next_line,
            rows=upload.rows + len(rows),
            accepted=upload.accepted + len(statements),
            refused=upload.refused + len(rows) - len(statements),
            reported=upload.reported + len(faults),
            failures=0,
        )

        async def keep(tx: Tx) -> None:
            if not await self._uploads.save(after, lease, tx):
                raise LeaseLost
            await self._uploads.add_faults(upload.id, faults, tx)
            await self._uploads.delete_chunks(upload.id, range(upload.chunks.start, after.chunks.start), tx)
            if not upload.dry_run:
                self._intake.state(statements, tx)

        await self._database.transact(keep)
        ROWS.labels("accepted").inc(len(statements))
        ROWS.labels("refused").inc(len(rows) - len(statements))
        return after

    async def end(self, upload: Upload, lease: Lease) -> None:
        """All rows are stated: nothing of the content is kept."""
        after = replace(upload, state="done", offset=upload.bytes, ended_at=_now())

        async def keep(tx: Tx) -> None:
            if not await self._uploads.save(after, lease, tx):
                raise LeaseLost
            await self._uploads.delete_chunks(upload.id, upload.chunks, tx)

        await self._database.transact(keep)
        log.info("upload_done", upload_id=upload.id, rows=upload.rows, accepted=upload.accepted, refused=upload.refused)

    async def fail(self, upload: Upload, reason: str, lease: Lease) -> None:
        """Give up: what is stated stays, what is left of the content is deleted."""
        if not await self._uploads.renew(upload.id, lease):
            return  # another instance has taken over, and needs it
        await self._uploads.delete_chunks(upload.id, upload.chunks)
        await self._uploads.save(replace(upload, state="failed", reason=reason, ended_at=_now()), lease)
        log.error("upload_failed", upload_id=upload.id, conference_id=upload.conference_id, reason=reason)


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it


def new_lease(owner: str = "") -> Lease:
    """A lease from now on, of this owner or a new one."""
    return Lease(owner or uuid4().hex, _now() + LEASE)


async def claims(uploads: Uploads, state: State, database: Database) -> AsyncIterator[tuple[Upload, Lease]]:
    """Uploads in this state that nobody works on, one after the other, each with the lease under which it is claimed."""
    while ids := await uploads.unattended(state, _now()):
        for id in ids:
            lease = new_lease()
            # In a transaction: what a killed instance had in hand is locked for a while, and then each attempt looks anew.
            if upload := await database.transact(partial(uploads.claim, id, state, lease)):
                yield upload, lease


async def _without_pauses(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, f"nothing came for {SILENCE_SECONDS:.0f} s; send the file again") from None


async def _header(pieces: AsyncIterator[bytes]) -> tuple[bytes, Header, int, int]:
    """What has come of the file when its header has, the header, and offset and line of the first row."""
    beginning = b""
    found = None
    try:
        async for piece in pieces:
            beginning += piece
            if b"\n" in piece or b"\r" in piece or len(beginning) > MAX_ROW_BYTES:
                found = read_header(beginning, False, COLUMNS)
            if found:
                break
        found = found or read_header(beginning, True, COLUMNS)
        if found is None:
            raise HeaderRefused("the file is empty; its first row must name the columns")
        check_columns(found[0])
    except HeaderRefused as refused:
        raise invalid("header", str(refused)) from None
    return beginning, *found
