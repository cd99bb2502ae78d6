"""Direct access to services' databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.contract.envelope import Event
from shared.database.mongo import Database, Tx
from shared.messaging.batch_applier import Handler
from shared.settings import ServiceSettings


def name_of(service: str) -> str:
    """The name of this service's database."""
    database = Database(service, ServiceSettings())
    database.close()
    return str(database.db.name)


@asynccontextmanager
async def database_of(service: str) -> AsyncIterator[Database]:
    """The database of this service."""
    database = Database(service, ServiceSettings())
    try:
        yield database
    finally:
        database.close()


async def apply(database: Database, handler: Handler, *events: Event) -> list[str]:
    """Apply the batch. Returns the reasons why events were left out."""

    async def work(tx: Tx) -> list[str]:
        await handler(list(events), tx)
        return [reason for _, reason in tx.rejected]

    return await database.transact(work)
