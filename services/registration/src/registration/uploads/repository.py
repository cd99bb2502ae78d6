"""Uploads of attendance in MongoDB: their progress, the chunks that are not published yet, and the faults in their rows."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from datetime import timedelta

from bson.binary import Binary

from registration.uploads.domain.header import Header
from registration.uploads.domain.upload import Fault, State, Upload
from shared.database.documents import from_document
from shared.database.leases import Lease, Leases
from shared.database.mongo import Database, Document, MongoDatabase, Tx

_DELETE_BATCH = 50


class Uploads:
    """Uploads, by id. Only the holder of an upload's lease changes it."""

    def __init__(self, db: MongoDatabase) -> None:
        self._uploads = db["uploads"]
        self.leases = Leases(self._uploads)
        self._chunks = db["upload_chunks"]
        self._faults = db["upload_faults"]

    async def ensure_indexes(self) -> None:
        await self._uploads.create_index([("state", 1), ("until", 1)])
        await self._uploads.create_index([("conference_id", 1), ("created_at", -1)])
        await self._faults.create_index("upload_id")

    async def add(self, upload: Upload, lease: Lease) -> None:
        await self._uploads.insert_one({"_id": upload.id, **_fields(upload), **asdict(lease)})

    async def get(self, id: str) -> Upload | None:
        document = await self._uploads.find_one({"_id": id})
        return _upload(document) if document else None

    async def of_conference(self, conference_id: str, limit: int) -> list[Upload]:
        """The newest uploads of a conference, newest first."""
        found = self._uploads.find({"conference_id": conference_id}, sort=[("created_at", -1)], limit=limit)
        return [_upload(document) async for document in found]

    async def unfinished(self, conference_id: str) -> tuple[int, int]:
        """How many files of a conference are not published yet, and how many bytes of them remain."""
        of_conference = {"conference_id": conference_id, "state": {"$in": ["receiving", "running"]}}
        left = [one["bytes"] - one["offset"] async for one in self._uploads.find(of_conference, {"bytes": 1, "offset": 1})]
        return len(left), sum(max(bytes_left, 0) for bytes_left in left)

    async def delete_old(self, conference_id: str, keep: int) -> None:
        """Delete a conference's ended uploads, except the newest."""
        ended = {"conference_id": conference_id, "state": {"$in": ["done", "failed", "interrupted"]}}
        old = self._uploads.find(ended, {"_id": 1}, sort=[("created_at", -1)], skip=keep, limit=_DELETE_BATCH)
        ids = [document["_id"] async for document in old]
        if ids:
            await self._faults.delete_many({"upload_id": {"$in": ids}})
            await self._uploads.delete_many({"_id": {"$in": ids}})

    async def save(self, upload: Upload, lease: Lease, tx: Tx | None = None) -> bool:
        """Store the progress and the lease. False, and nothing is stored, if another owner has the lease."""
        result = await self._uploads.update_one(
            {"_id": upload.id, "owner": lease.owner},
            {"$set": {**_fields(upload), "until": lease.until}},
            session=tx.session if tx else None,
        )
        return result.matched_count == 1

    async def claims(self, state: State, length: timedelta, database: Database) -> AsyncIterator[tuple[Upload, Lease]]:
        """Claim the uploads in this state that have no lease, one after the other. Yields each with its new lease."""
        async for document, lease in self.leases.claims({"state": state}, length, database):
            yield _upload(document), lease

    async def add_chunk(self, id: str, number: int, content: bytes, tx: Tx) -> None:
        await self._chunks.insert_one({"_id": _chunk_id(id, number), "content": Binary(content)}, session=tx.session)

    async def chunk(self, id: str, number: int) -> bytes:
        """The content of a chunk. Raises ``LookupError`` if there is none."""
        document = await self._chunks.find_one({"_id": _chunk_id(id, number)})
        if document is None:
            raise LookupError(f"chunk {number} of upload {id}")
        return bytes(document["content"])

    async def delete_chunks(self, id: str, numbers: range, tx: Tx | None = None) -> None:
        for start in range(0, len(numbers), _DELETE_BATCH):
            ids = [_chunk_id(id, number) for number in numbers[start : start + _DELETE_BATCH]]
            await self._chunks.delete_many({"_id": {"$in": ids}}, session=tx.session if tx else None)

    async def add_faults(self, id: str, faults: Iterable[Fault], tx: Tx) -> None:
        """Store faults for the report."""
        kept = [asdict(fault) for fault in faults]
        if kept:
            await self._faults.insert_one({"upload_id": id, "faults": kept}, session=tx.session)

    async def faults(self, id: str) -> list[Fault]:
        """The faults that were stored, by line."""
        stored = [fault async for document in self._faults.find({"upload_id": id}) for fault in document["faults"]]
        return sorted((from_document(Fault, fault) for fault in stored), key=lambda fault: fault.line)


def _chunk_id(id: str, number: int) -> str:
    return f"{id}/{number}"


def _fields(upload: Upload) -> Document:
    fields = asdict(upload)
    del fields["id"]
    return fields


def _upload(document: Document) -> Upload:
    header = document["header"]
    for name in ("columns", "ignored", "titles", "requested"):
        header[name] = tuple(header.get(name, ()))
    header["fixed"] = tuple((column, value) for column, value in header.get("fixed", ()))
    return from_document(Upload, document, id=document["_id"], header=from_document(Header, header))
