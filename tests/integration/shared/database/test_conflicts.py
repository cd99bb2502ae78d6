"""Transactions that change the same document at once."""

import asyncio

from matching.settings import Settings
from shared.database.mongo import Database, Tx, save

TOGETHER = 60


async def test_many_that_change_one_document_at_once_all_do_so_in_few_attempts(environment: dict[str, str]) -> None:
    database = Database("matching", Settings())
    counters, attempts = database.db["counters"], 0
    await counters.insert_one({"_id": "hot", "count": 0})

    async def count(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        known = await counters.find_one({"_id": "hot"}, session=tx.session)
        assert known
        await save(counters, (), [known | {"count": known["count"] + 1}], tx)

    await asyncio.gather(*(database.transact(count) for _ in range(TOGETHER)))
    hot = await counters.find_one({"_id": "hot"})
    database.close()
    assert hot
    assert hot["count"] == TOGETHER
    assert attempts <= 4 * TOGETHER, "in turns, hardly any attempt after the first one conflicts"
