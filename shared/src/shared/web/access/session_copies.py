"""What a service knows of sessions, in its own database: the public keys that sign them, and which sessions have ended early."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from pymongo import DeleteOne, UpdateOne

from shared import clock
from shared.contract.envelope import Event
from shared.contract.events.notifications import SessionsEnded, SigningKeyPublished, SigningKeyRevoked
from shared.contract.topics import SESSIONS, SIGNING_KEYS, Topic
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.recent import Recent
from shared.signing_keys import PublicKey
from shared.web.access.sessions import LIFETIME, TOLERANCE, SignInSession

Write = UpdateOne | DeleteOne

_LATE: Final = 2 * TOLERANCE
"""How long after its end, by the clock that issued it, a session has ended by every clock. Until then, an end is remembered."""


_SIGNING_KEY: Final = "signing-key"


def end_key(end: SessionsEnded) -> str:
    """The key of this end, on Kafka and in the database. Of a signing key that was revoked, it is ``signing-key/<id>``."""
    return f"session/{end.session_id}" if end.session_id is not None else f"person/{end.person_id}"


def published(key: PublicKey) -> SigningKeyPublished:
    """The event that tells of a key."""
    return SigningKeyPublished(key_id=key.id, version=1, x=key.x, not_before=key.not_before, ends_at=key.ends_at)


def ended(session: SignInSession) -> SessionsEnded:
    """The event that tells of the end of this session."""
    return SessionsEnded(
        person_id=session.person_id,
        version=1,
        session_id=session.id,
        generation=session.generation,
        until=session.ends_at + _LATE,
    )


def all_ended(person_id: str, version: int, generation: int, now: datetime) -> SessionsEnded:
    """The event that tells of the end of all sessions of the person with a lower generation."""
    until = now + LIFETIME + _LATE
    return SessionsEnded(person_id=person_id, version=version, session_id=None, generation=generation, until=until)


def revoked(key: PublicKey) -> SigningKeyRevoked:
    """The event that tells of the end of all sessions that the key signed."""
    return SigningKeyRevoked(key_id=key.id, version=2, until=key.ends_at + _LATE)


def record_of(end: str) -> tuple[Topic, str]:
    """Where an end is published, by its key in the database: the topic, and the key there."""
    what, _, id = end.partition("/")
    return (SIGNING_KEYS, id) if what == _SIGNING_KEY else (SESSIONS, end)


class SessionCopies:
    """Finds keys and ends by their ids, each in one read.

    Notifications records here what it publishes; every other service, what notifications has published.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._keys = db["session_keys"]
        self._ends = db["ended_sessions"]
        self._known: dict[str, PublicKey] = {}
        self._lasting = Recent[SignInSession]()  # by session and signing key

    async def ensure_indexes(self) -> None:
        await self._ends.create_index("until")
        await self._ends.create_index("generation")

    async def key(self, id: str) -> PublicKey | None:
        """The key with this id. Keys do not change, so each is read once: whether it was revoked since, ``has_ended`` tells."""
        if known := self._known.get(id):
            return known
        document = await self._keys.find_one({"_id": id})
        if document is None:
            return None
        self._known[id] = found = PublicKey(document["_id"], document["x"], document["not_before"], document["ends_at"])
        return found

    async def has_ended(self, session: SignInSession, signing_key_id: str) -> bool:
        """Whether the session was ended before its time: by itself, with all of one of the person's ids, or with its signing key.

        An end that another instance recorded is known within a second.
        """
        found = await self._lasting.get((session, signing_key_id), lambda: self._unless_ended(session, signing_key_id))
        return found is None

    async def _unless_ended(self, session: SignInSession, signing_key_id: str) -> SignInSession | None:
        ids = [f"session/{session.id}", _revocation(signing_key_id), *(f"person/{id}" for id in session.person_ids)]
        async for end in self._ends.find({"_id": {"$in": ids}}):
            if end.get("generation") is None or session.generation < end["generation"]:
                return None
        return session

    # Recording

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of the topics ``notifications.signing_keys`` and ``notifications.sessions``."""
        keys: list[Write] = []
        ends: list[Write] = []
        for event in events:
            match event.data:
                case SigningKeyPublished() as key if key.key_id == event.key:
                    keys.append(_save_key(key))
                case SigningKeyRevoked() as revocation if revocation.key_id == event.key:
                    keys.append(self._drop_key(event.key))
                    ends.append(_save_revocation(revocation))
                case SessionsEnded() as end if end_key(end) == event.key:
                    ends.append(_save_end(end))
                case None:  # it was erased
                    if event.record.topic.endswith(SIGNING_KEYS.name):
                        keys.append(self._drop_key(event.key))
                        ends.append(DeleteOne({"_id": _revocation(event.key)}))
                    else:
                        ends.append(DeleteOne({"_id": event.key}))
                case _:
                    tx.reject(event, f"the record's key {event.key!r} does not match its data")
        await self._write(keys, ends, tx)

    async def _write(self, keys: list[Write], ends: list[Write], tx: Tx) -> None:
        if keys:
            await self._keys.bulk_write(keys, session=tx.session)
        if ends:
            await self._ends.bulk_write(ends, session=tx.session)

    async def save_key(self, key: SigningKeyPublished, tx: Tx) -> None:
        """Remember a key. To save it again changes nothing."""
        await self._write([_save_key(key)], [], tx)

    async def save_end(self, end: SessionsEnded, tx: Tx) -> None:
        """Remember an end. A lower generation of a person than the newest changes nothing."""
        await self._write([], [_save_end(end)], tx)

    async def save_revocation(self, key: SigningKeyRevoked, tx: Tx) -> None:
        """Forget the key, and remember that its sessions have ended. To do it again changes nothing."""
        await self._write([self._drop_key(key.key_id)], [_save_revocation(key)], tx)

    # Forgetting

    async def forgettable_ends(self, now: datetime, most: int, tx: Tx | None = None) -> list[str]:
        """The keys of ends whose sessions would have ended by themselves since."""
        found = self._ends.find({"until": {"$lt": now}}, {"_id": 1}, session=tx and tx.session).limit(most)
        return [document["_id"] async for document in found]

    async def forget_ends(self, keys: Collection[str], tx: Tx) -> None:
        await self._ends.delete_many({"_id": {"$in": list(keys)}}, session=tx.session)

    async def forget_key(self, id: str, tx: Tx) -> None:
        await self._write([self._drop_key(id)], [], tx)

    def _drop_key(self, id: str) -> DeleteOne:
        self._known.pop(id, None)
        return DeleteOne({"_id": id})

    async def sweep(self) -> None:
        """Forget what nobody needs any more, even if its erasure on Kafka was missed."""
        now = clock.now()
        await self._ends.delete_many({"until": {"$lt": now}})
        await self._keys.delete_many({"ends_at": {"$lt": now - _LATE}})

    # For notifications

    async def unpublished(self, most: int, tx: Tx) -> list[SigningKeyPublished | SessionsEnded]:
        """Keys and ends that were recorded before they were published: they have no version."""
        without: Document = {"version": {"$exists": False}}
        keys = await self._keys.find(without, session=tx.session).to_list(most)
        ends = await self._ends.find(without, session=tx.session).to_list(most)
        return [*map(_key, keys), *map(_end, ends)]

    async def is_revoked(self, signing_key_id: str, tx: Tx) -> bool:
        """Whether this key was revoked. It is forgotten when the sessions that it signed would have ended by themselves."""
        return await self._ends.find_one({"_id": _revocation(signing_key_id)}, session=tx.session) is not None

    async def version_and_generation(self, person_id: str, tx: Tx | None = None) -> tuple[int, int]:
        """How often a person was signed out everywhere, and their newest generation; 0 and 0 if that was not so of late."""
        document = await self._ends.find_one({"_id": f"person/{person_id}"}, session=tx.session if tx else None)
        return (int(document["version"]), int(document["generation"])) if document else (0, 0)

    async def lock(self, person_ids: Iterable[str], tx: Tx) -> None:
        """Have no other transaction end all sessions of these ids until this one is over: one of the two runs again, whole."""
        for id in person_ids:
            change: Document = {
                "$inc": {"holds": 1},
                "$setOnInsert": {"version": 0, "generation": 0},
                "$max": {"until": tx.now + LIFETIME + _LATE},
            }
            await self._ends.update_one({"_id": f"person/{id}"}, change, upsert=True, session=tx.session)

    async def newest_generation(self, tx: Tx) -> int:
        """The newest generation of anybody."""
        newest = await self._ends.find_one({"generation": {"$gt": 0}}, sort=[("generation", -1)], session=tx.session)
        return int(newest["generation"]) if newest else 0


def _save_key(key: SigningKeyPublished) -> UpdateOne:
    document = {"version": key.version, "x": key.x, "not_before": key.not_before, "ends_at": key.ends_at}
    return UpdateOne({"_id": key.key_id}, {"$set": document}, upsert=True)


def _save_end(end: SessionsEnded) -> UpdateOne:
    newest: Document = {"version": end.version, "until": end.until}
    if end.session_id is None:
        newest["generation"] = end.generation
    return UpdateOne({"_id": end_key(end)}, {"$max": newest}, upsert=True)


def _save_revocation(key: SigningKeyRevoked) -> UpdateOne:
    return UpdateOne({"_id": _revocation(key.key_id)}, {"$max": {"version": key.version, "until": key.until}}, upsert=True)


def _revocation(key_id: str) -> str:
    """The key in the database of the end of all sessions that this key signed."""
    return f"{_SIGNING_KEY}/{key_id}"


def _key(document: Document) -> SigningKeyPublished:
    return SigningKeyPublished(
        key_id=document["_id"], version=1, x=document["x"], not_before=document["not_before"], ends_at=document["ends_at"]
    )


def _end(document: Document) -> SessionsEnded:
    what, _, id = document["_id"].partition("/")
    is_session = what == "session"
    return SessionsEnded(
        person_id="unknown" if is_session else id,  # it was not recorded then
        version=1,
        session_id=id if is_session else None,
        generation=document.get("generation", 0),
        until=document["until"],
    )
