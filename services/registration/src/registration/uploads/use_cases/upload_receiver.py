"""Receives attendance files in chunks, which are stored until their rows are published."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final
from uuid import uuid4

import structlog
from pymongo.errors import PyMongoError

from registration.charsets import Utf8Converter
from registration.conferences.repository import Conferences
from registration.uploads.domain.csv_reader import MAX_ROW_BYTES
from registration.uploads.domain.export_formats import HeaderRefused, RequestedColumns
from registration.uploads.domain.header import Header, check_columns, read_header
from registration.uploads.domain.upload import CHUNK_BYTES, Upload
from registration.uploads.repository import Uploads
from registration.uploads.use_cases.leases import LEASE, new_lease
from shared import clock
from shared.database.leases import Lease, LeaseLost
from shared.database.mongo import Database, Tx
from shared.logging import correlation_id
from shared.refusals import Busy, Invalid, NotFound, Refusal, Stalled, TooLarge, TooMany
from shared.wording.languages import translatable

log = structlog.get_logger(__name__)

SILENCE_SECONDS: Final = 15.0
"""How long a sender may pause before the upload counts as interrupted; well within a lease."""
MAX_HEADER_BYTES: Final = 2 * MAX_ROW_BYTES
"""How far from the beginning of the file the header may end."""
MAX_CONCURRENT: Final = 4
"""How many files one instance receives at once."""
MAX_UNFINISHED: Final = 100
"""How many files of one conference may wait to be published."""
KEPT_UPLOADS: Final = 100
"""How many ended uploads of a conference are kept."""
_INCOMPLETE: Final = translatable("the sender did not send the whole file; send it again")
_ABANDONED: Final = translatable("the instance that received it ended; send it again")


class UploadReceiver:
    """Receives files. An interrupted file is deleted, at the latest after its lease has ended."""

    def __init__(self, uploads: Uploads, conferences: Conferences, database: Database, max_bytes: int = 1024**3) -> None:
        """``max_bytes``: the most bytes of one conference's files that may wait to be published."""
        self._max_bytes = max_bytes
        self._uploads = uploads
        self._conferences = conferences
        self._database = database
        self._receiving = 0

    async def receive(
        self,
        conference_id: str,
        pieces: AsyncIterator[bytes],
        timezone: str | None,
        dry_run: bool,
        requested: RequestedColumns | None = None,
        charset: str = "utf-8",
        size: int = 0,
    ) -> Upload:
        """Store a file, in constant memory. It is published in the background. ``size`` is its declared size.

        Raises:
            NotFound: the conference does not exist.
            Invalid: the header lacks columns. The rest is not read.
            Stalled: the sender paused for too long.
            Busy: this instance is receiving as many files as it can.
            TooMany, TooLarge: too many files, or bytes, of the conference wait to be published.
        """
        if await self._conferences.get(conference_id) is None:
            raise NotFound("conference", conference_id)
        with self._receiving_slot():
            await self._uploads.delete_old(conference_id, KEPT_UPLOADS)
            free_bytes = await self._free_bytes(conference_id)
            if size > free_bytes:
                raise _too_large(free_bytes, self._max_bytes)
            text = Utf8Converter(charset)
            pieces = _in_utf_8(_without_pauses(pieces), text)
            beginning, header, offset, line = await _header(pieces, requested or RequestedColumns())
            header = replace(header, charset=text.charset)
            upload = Upload(
                id=uuid4().hex,
                conference_id=conference_id,
                header=header,
                timezone=timezone,
                dry_run=dry_run,
                correlation_id=correlation_id.get(),
                created_at=clock.now(),
                offset=offset,
                line=line,
            )
            lease = new_lease()
            await self._uploads.add(upload, lease)
            try:
                return await self._keep(upload, beginning, pieces, lease, free_bytes)
            except LeaseLost:
                raise Busy("storing the file took too long; send it again") from None
            except BaseException as error:
                reason = str(error) if isinstance(error, Refusal) else _INCOMPLETE
                # Also if the request is cancelled. If the database is away, ``discard_abandoned`` deletes the file later.
                with suppress(PyMongoError, TimeoutError):
                    await asyncio.shield(self.discard(upload.id, lease, reason))
                raise

    async def _free_bytes(self, conference_id: str) -> int:
        """How many more bytes of the conference may be stored."""
        files, kept = await self._uploads.unfinished(conference_id)
        if files >= MAX_UNFINISHED:
            raise TooMany(
                f"{files} files of this conference are waiting to be published, which is the limit; send this one later",
                retry_after=60,
            )
        return self._max_bytes - kept

    async def _keep(
        self, upload: Upload, beginning: bytes, pieces: AsyncIterator[bytes], lease: Lease, free_bytes: int
    ) -> Upload:
        buffer = bytearray(beginning)
        async for piece in pieces:
            buffer += piece
            if upload.bytes + len(buffer) > free_bytes:
                raise _too_large(free_bytes, self._max_bytes)
            while len(buffer) >= CHUNK_BYTES:
                upload = await self._keep_chunk(upload, bytes(buffer[:CHUNK_BYTES]), lease)
                del buffer[:CHUNK_BYTES]
                lease = new_lease(lease.owner)
            if lease.until - clock.now() < LEASE * 0.7:
                lease = new_lease(lease.owner)
                await self._uploads.leases.renew(upload.id, lease)
        if upload.bytes + len(buffer) > free_bytes:
            raise _too_large(free_bytes, self._max_bytes)
        if buffer:
            upload = await self._keep_chunk(upload, bytes(buffer), lease)
        upload = replace(upload, state="running")
        if not await self._uploads.save(upload, lease.ended()):
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
        """Mark an upload as interrupted, and delete the chunks that were received."""
        upload = await self._uploads.get(id)
        if upload is None or upload.state != "receiving":
            return
        try:
            await self._uploads.leases.renew(id, new_lease(lease.owner))
        except LeaseLost:
            return
        await self._uploads.delete_chunks(id, upload.chunks)
        await self._uploads.save(
            replace(upload, state="interrupted", reason=reason, ended_at=clock.now()), new_lease(lease.owner)
        )
        log.warning("upload_interrupted", upload_id=id, conference_id=upload.conference_id, reason=reason)

    async def discard_abandoned(self) -> None:
        """Discard the uploads that a stopped instance was receiving."""
        async for upload, lease in self._uploads.claims("receiving", LEASE, self._database):
            await self.discard(upload.id, lease, _ABANDONED)

    @contextmanager
    def _receiving_slot(self) -> Iterator[None]:
        if self._receiving >= MAX_CONCURRENT:
            raise Busy(f"{MAX_CONCURRENT} files are being received, which is the limit; try again later", retry_after=10)
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1


async def _without_pauses(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
    except TimeoutError:
        raise Stalled(f"nothing arrived for {SILENCE_SECONDS:.0f} s; send the file again") from None


def _too_large(free_bytes: int, max_bytes: int) -> TooLarge:
    if free_bytes == max_bytes:
        return TooLarge(f"the file is larger than {max_bytes:,} bytes; send it in several")
    return TooLarge(
        f"the conference's unpublished files may have at most {max_bytes:,} bytes together; wait until others are done",
        retry_after=60,
    )


async def _in_utf_8(pieces: AsyncIterator[bytes], text: Utf8Converter) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield text.feed(piece)
    yield text.feed(b"", last=True)


async def _header(pieces: AsyncIterator[bytes], requested: RequestedColumns) -> tuple[bytes, Header, int, int]:
    """Reads pieces until the header is complete. Returns what was read, the header, and the offset and line of the first row."""
    beginning = b""
    tried_at = 0
    found = None
    try:
        async for piece in pieces:
            beginning += piece
            # Not for each piece, which may be a single byte.
            if (b"\n" in piece or b"\r" in piece or len(beginning) > MAX_ROW_BYTES) and len(beginning) >= 2 * tried_at:
                tried_at = len(beginning)
                found = read_header(beginning[:MAX_HEADER_BYTES], False, requested=requested)
            if found:
                break
            if len(beginning) > MAX_HEADER_BYTES:
                raise HeaderRefused(f"no row names the columns in the first {MAX_HEADER_BYTES:,} bytes")
        found = found or read_header(beginning, True, requested=requested)
        if found is None:
            raise HeaderRefused("the file is empty; its first row must name the columns")
        check_columns(found[0])
    except HeaderRefused as refused:
        raise Invalid("header", str(refused)) from None
    return beginning, *found
