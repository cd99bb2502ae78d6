"""What a service knows of sessions, in its own database: the public keys that sign them, and which sessions have ended early."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from shared.database.mongo import Document, MongoDatabase, Tx
from shared.web.access.sessions import LIFETIME, TOLERANCE, PublicKey, Session

_MEMORY: Final = LIFETIME + 2 * TOLERANCE
"""How long an end is remembered: until every session that it ended would have ended by itself."""


class SessionCopies:
    """Finds keys and ends by their ids, each in one read."""

    def __init__(self, db: MongoDatabase) -> None:
        self._keys = db["session_keys"]
        self._ends = db["ended_sessions"]
        self._known: dict[str, PublicKey] = {}

    async def ensure_indexes(self) -> None:
        await self._ends.create_index("until")

    # Keys

    async def key(self, id: str) -> PublicKey | None:
        """The key with this id. Keys do not change, so each is read once."""
        if known := self._known.get(id):
            return known
        document = await self._keys.find_one({"_id": id})
        if document is None:
            return None
        self._known[id] = found = PublicKey(document["_id"], document["x"], document["not_before"], document["ends_at"])
        return found

    async def add_key(self, key: PublicKey, tx: Tx) -> None:
        document = asdict(key)
        await self._keys.replace_one({"_id": document.pop("id")}, document, upsert=True, session=tx.session)

    async def forget_key(self, id: str, tx: Tx) -> None:
        await self._keys.delete_one({"_id": id}, session=tx.session)

    # Ends

    async def has_ended(self, session: Session) -> bool:
        """Whether the session was ended before its time: by itself, or with all sessions of one of its persons."""
        ids = [_session(session.id), *map(_person, session.person_ids)]
        async for end in self._ends.find({"_id": {"$in": ids}}):
            if end.get("generation") is None or session.generation < end["generation"]:
                return True
        return False

    async def end(self, session: Session, tx: Tx) -> None:
        """End this session. To end it twice changes nothing."""
        change = {"$setOnInsert": {"until": session.ends_at + 2 * TOLERANCE}}
        await self._ends.update_one({"_id": _session(session.id)}, change, upsert=True, session=tx.session)

    async def generation(self, person_id: str, tx: Tx) -> int:
        """The newest generation of a person's sessions."""
        document = await self._ends.find_one({"_id": _person(person_id)}, session=tx.session)
        return int(document["generation"]) if document else 0

    async def end_before(self, person_id: str, generation: int, tx: Tx) -> None:
        """End the person's sessions of all lower generations. A lower generation than the newest changes nothing."""
        change: Document = {"$max": {"generation": generation, "until": tx.now + _MEMORY}}
        await self._ends.update_one({"_id": _person(person_id)}, change, upsert=True, session=tx.session)

    async def forget_ends(self, now: datetime) -> None:
        """Forget what ended sessions that would have ended by themselves since."""
        await self._ends.delete_many({"until": {"$lt": now}})


def _session(id: str) -> str:
    return f"session/{id}"


def _person(id: str) -> str:
    return f"person/{id}"
