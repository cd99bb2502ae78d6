"""MongoDB: host organizations, by their ids."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.database.mongo import MongoDatabase, Tx


@dataclass(frozen=True, slots=True)
class Host:
    """A host organization, as listings last said."""

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
        """The names of those of these hosts that are known, by their ids."""
        found = self._hosts.find({"_id": {"$in": list(ids)}}, {"name": 1})
        return {document["_id"]: document["name"] async for document in found}

    async def approved(self, most: int) -> list[tuple[str, str]]:
        """The ids and names of the hosts whose listings may be recommended, by their names."""
        found = self._hosts.find({"approved": True}, {"name": 1}, sort=[("name", 1)], limit=most)
        return [(document["_id"], document["name"]) async for document in found]

    async def save(self, host: Host, tx: Tx) -> None:
        """Store the host, unless a newer version of it is known."""
        known = await self._hosts.find_one({"_id": host.id}, {"version": 1}, session=tx.session)
        if known is None or known["version"] < host.version:
            fields = {"version": host.version, "name": host.name, "approved": host.approved}
            await self._hosts.replace_one({"_id": host.id}, fields, upsert=True, session=tx.session)
