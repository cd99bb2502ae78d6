"""Documents with versions: what is stale or comes twice changes nothing."""

from collections.abc import AsyncIterator

import pytest

from shared.database.mongo import Database, Document, save_if_newer
from shared.settings import ServiceSettings


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database("some", ServiceSettings())
    yield database
    database.close()


async def saved(database: Database, *documents: Document) -> dict[str, Document]:
    """What is stored once these are saved in one batch, by id."""
    hosts = database.db["hosts"]
    await database.transact(lambda tx: save_if_newer(hosts, documents, tx))
    return {document["_id"]: document async for document in hosts.find()}


async def test_only_newer_versions_are_saved_and_of_a_batch_the_newest(database: Database) -> None:
    def host(id: str, version: int, name: str) -> Document:
        return {"_id": id, "version": version, "name": name}

    first = {"a": host("a", 2, "A"), "b": host("b", 1, "B")}
    assert await saved(database, host("a", 1, "old"), first["a"], host("a", 1, "late"), first["b"]) == first
    assert await saved(database, host("a", 2, "the same again"), host("b", 0, "stale")) == first
    assert await saved(database) == first
    newer = host("b", 2, "B & Co")
    assert await saved(database, newer, host("c", 1, "C")) == {**first, "b": newer, "c": host("c", 1, "C")}
