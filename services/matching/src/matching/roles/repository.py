"""The holders of roles in MongoDB: one document for each conference and each organization."""

from collections.abc import Collection, Iterable
from datetime import date

from matching.roles.domain import Place, RoleHolders
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.web.access.roles import Grant, Role


class RolesRepository:
    """Stores who has which roles where. Finds a person's roles in one read."""

    def __init__(self, db: MongoDatabase) -> None:
        self._roles = db["roles"]

    async def ensure_indexes(self) -> None:
        await self._roles.create_index("holders.person_id")

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        """The roles of the person with these ids, each with the conference or organization that it is for."""
        ids = set(person_ids)
        return [
            Grant(role, document["id"])
            async for document in self._roles.find({"holders.person_id": {"$in": list(ids)}})
            for holder in document["holders"]
            if holder["person_id"] in ids
            for role in holder["roles"]
        ]

    async def holders(self, place: Place, id: str, role: Role, tx: Tx) -> set[str]:
        """The ids of everybody who has this role there."""
        document = await self._roles.find_one({"_id": _key(place, id)}, session=tx.session)
        return {holder["person_id"] for holder in document["holders"] if role in holder["roles"]} if document else set()

    async def get_for_update(self, place: Place, id: str, tx: Tx) -> RoleHolders | None:
        """Everybody who has a role there, whom no other transaction can change before this one ends; None if it is unknown."""
        document = await self._roles.find_one_and_update({"_id": _key(place, id)}, {"$inc": {"held": 1}}, session=tx.session)
        return _role_holders(document) if document else None

    async def get_many(self, place: Place, ids: Collection[str], tx: Tx | None = None) -> dict[str, RoleHolders]:
        """Everybody who has a role at these conferences or organizations, as far as these are known."""
        found = self._roles.find({"_id": {"$in": [_key(place, id) for id in ids]}}, session=tx.session if tx else None)
        return {document["id"]: _role_holders(document) async for document in found}

    async def hosts(self) -> list[tuple[str, str, list[str]]]:
        """The approved organizations: the id and the name of each, and the conferences in which it takes part."""
        found = self._roles.find({"place": "organization", "approved": True}, {"id": 1, "name": 1, "conference_ids": 1})
        return [(one["id"], one.get("name") or one["id"], one["conference_ids"]) async for one in found]

    async def versions(self, places: Collection[tuple[Place, str]], tx: Tx) -> dict[tuple[Place, str], int]:
        """The stored version of each of these conferences and organizations that is known."""
        found = self._roles.find(
            {"_id": {"$in": [_key(*place) for place in places]}}, {"place": 1, "id": 1, "version": 1}, session=tx.session
        )
        return {(document["place"], document["id"]): document["version"] async for document in found}

    async def save(self, changed: Iterable[RoleHolders], known: Collection[tuple[Place, str]], tx: Tx) -> None:
        """Store these in place of earlier versions. ``known``: the places of which there are any."""
        new: list[Document] = []
        replaced: list[Document] = []
        for holders in changed:
            (replaced if (holders.place, holders.id) in known else new).append(_document(holders))
        await save(self._roles, new, replaced, tx)


def _key(place: Place, id: str) -> str:
    return f"{place}/{id}"


def _document(holders: RoleHolders) -> Document:
    away = holders.away
    return {
        "_id": _key(holders.place, holders.id),
        "place": holders.place,
        "id": holders.id,
        "version": holders.version,
        "holders": [
            {"person_id": id, "roles": sorted(roles)} | ({"away_until": away[id].isoformat()} if id in away else {})
            for id, roles in holders.roles.items()
        ],
        "conference_ids": sorted(holders.conference_ids),
        "approved": holders.approved,
        "name": holders.name,
    }


def _role_holders(document: Document) -> RoleHolders:
    return RoleHolders(
        document["place"],
        document["id"],
        document["version"],
        {holder["person_id"]: frozenset(holder["roles"]) for holder in document["holders"]},
        frozenset(document["conference_ids"]),
        document["approved"],
        document.get("name", ""),
        {
            holder["person_id"]: date.fromisoformat(holder["away_until"])
            for holder in document["holders"]
            if "away_until" in holder
        },
    )
