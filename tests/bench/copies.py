"""Makes a large database of a small one that is real: its documents, copied with other ids."""

import asyncio
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument

from shared.database.mongo import MongoDatabase

_IDS: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?(?![0-9a-f])|-0000(?![0-9])")
"""Ids that are drawn or derived, and the place in those of the tests where copies differ."""
TOGETHER: Final = 500
AT_ONCE: Final = 4


async def copy(db: MongoDatabase, collections: dict[str, int]) -> None:
    """Store so many copies of each document of these collections, whose ids belong to each other as the originals' do."""
    for name, count in collections.items():
        found = [document async for document in db[name].find()]
        originals = [bson.encode(one) for one in found if _IDS.search(str(one["_id"]).encode())]  # not what there is one of
        copies = (_copied(one, number) for number in range(1, count + 1) for one in originals)
        waiting = [asyncio.create_task(_insert(db[name], copies)) for _ in range(AT_ONCE)]
        await asyncio.gather(*waiting)
        print(f"pages: {name}: {len(originals):,} and {count * len(originals):,} copies", file=sys.stderr, flush=True)


async def _insert(collection: Any, copies: Iterator[bytes]) -> None:
    while batch := [RawBSONDocument(one) for one, _ in zip(copies, range(TOGETHER), strict=False)]:
        await collection.insert_many(batch, ordered=False)


def _copied(document: bytes, number: int) -> bytes:
    """The document with other ids, each as long as it was, so that BSON within BSON stays whole.

    The number is mixed into the end of each id, so no copy has the id of its original, whatever that one ends with.
    """

    def another(found: re.Match[bytes]) -> bytes:
        return found[0][:-4] + b"%04x" % (int(found[0][-4:], 16) ^ number)

    return _IDS.sub(another, document)
