"""Host organizations in MongoDB, by id."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared.database.mongo import Document, MongoDatabase, Tx, save_if_newer


@dataclass(frozen=True, slots=True)
class Host:
    """A host organization, as listings last published it."""

    id: str
    version: int
    name: str
    approved: bool


class HostsRepository:
    """Stores host organizations."""

    def __init__(self, db: MongoDatabase) -> None:
        self._hosts = db["hosts"]

    async def ensure_indexes(self) -> None:
        await self._hosts.create_index([("approved", 1), ("name", 1)])

    async def named(self, ids: Collection[str]) -> dict[str, str]:
        """The names of the given hosts that are known, by id."""
        found = self._hosts.find({"_id": {"$in": list(ids)}}, {"name": 1})
        return {document["_id"]: document["name"] async for document in found}

    async def approved(self, most: int) -> list[tuple[str, str]]:
        """The ids and names of the hosts whose listings may be recommended, sorted by name."""
        found = self._hosts.find({"approved": True}, {"name": 1}, sort=[("name", 1)], limit=most)
        return [(document["_id"], document["name"]) async for document in found]

    async def save(self, hosts: Iterable[Host], tx: Tx) -> None:
        """Store each host, unless a newer version of it is known."""
        await save_if_newer(self._hosts, map(_document, hosts), tx)


def _document(host: Host) -> Document:
    return {"_id": host.id, "version": host.version, "name": host.name, "approved": host.approved}
