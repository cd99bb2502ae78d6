"""MongoDB: brands of conferences, and the conferences of listings and rounds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from shared.contract.events.registration import ConferenceBrand
from shared.database.mongo import Document, MongoDatabase, Tx, save

Kind = Literal["conference", "listing", "round"]


@dataclass(frozen=True, slots=True)
class Presented:
    """A conference with its brand; or a listing or a round with the one conference that it is for."""

    kind: Kind
    id: str
    version: int
    conference_id: str | None = None
    """None for a listing or a round that is for several conferences, or for none."""
    name: str = ""
    brand: ConferenceBrand | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.id}"


class PresentedThings:
    """One document for each conference, listing and round; its version is that of what it is about."""

    def __init__(self, db: MongoDatabase) -> None:
        self._presented = db["brands"]

    async def versions(self, keys: Collection[str], tx: Tx) -> dict[str, int]:
        """The stored versions, by their keys."""
        found = self._presented.find({"_id": {"$in": list(keys)}}, {"version": 1}, session=tx.session)
        return {document["_id"]: document["version"] async for document in found}

    async def get_many(self, things: Collection[tuple[Kind, str]], tx: Tx) -> dict[tuple[Kind, str], Presented]:
        """The known ones among these, each by its kind and id."""
        if not things:
            return {}
        keys = {f"{kind}/{id}": (kind, id) for kind, id in things}
        found = self._presented.find({"_id": {"$in": list(keys)}}, session=tx.session)
        return {keys[document["_id"]]: _presented(*keys[document["_id"]], document) async for document in found}

    async def save(self, presented: Iterable[Presented], known: Collection[str], tx: Tx) -> None:
        """Store these. ``known``: the keys of those that are stored already."""
        documents = [_document(one) for one in presented]
        new = [document for document in documents if document["_id"] not in known]
        await save(self._presented, new, [document for document in documents if document["_id"] in known], tx)

    async def forget(self, keys: Collection[str], tx: Tx) -> None:
        if keys:
            await self._presented.delete_many({"_id": {"$in": list(keys)}}, session=tx.session)


def _presented(kind: Kind, id: str, document: Document) -> Presented:
    return Presented(
        kind,
        id,
        document["version"],
        document.get("conference_id"),
        document.get("name", ""),
        ConferenceBrand.stored(document.get("brand")),
    )


def _document(one: Presented) -> Document:
    if one.kind == "conference":
        return {"_id": one.key, "version": one.version, "name": one.name, "brand": one.brand and one.brand.model_dump()}
    return {"_id": one.key, "version": one.version, "conference_id": one.conference_id}
