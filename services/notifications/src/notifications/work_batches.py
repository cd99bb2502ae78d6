"""Small batches, so that large amounts of work delay nothing else."""

from collections.abc import Iterator
from typing import Final

from motor.motor_asyncio import AsyncIOMotorCollection

from shared.database.mongo import Document, Tx

TOGETHER: Final = 100
"""How many ids one command names: with thousands, some servers need quadratic time."""


def batched(ids: list[str]) -> Iterator[list[str]]:
    """The ids, in lists of ``TOGETHER`` at most."""
    for start in range(0, len(ids), TOGETHER):
        yield ids[start : start + TOGETHER]


async def drop(collection: AsyncIOMotorCollection[Document], which: Document, tx: Tx) -> int:
    """Delete the documents that ``which`` selects, ``TOGETHER`` at most. Returns how many were deleted."""
    found = collection.find(which, {"_id": 1}, session=tx.session).limit(TOGETHER)
    if ids := [document["_id"] async for document in found]:
        await collection.delete_many({"_id": {"$in": ids}}, session=tx.session)
    return len(ids)
