"""Who goes together in match-day rounds, in MongoDB."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from matching.rounds.domain.partners import Partnership
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


class Partnerships:
    """Stores partnerships by round and by the attendee who drew the code. Each attendee is in one at most."""

    def __init__(self, db: MongoDatabase) -> None:
        self._partnerships = db["round_partnerships"]

    async def ensure_indexes(self) -> None:
        await self._partnerships.create_index([("round_id", 1), ("attendee_ids", 1)], unique=True)
        await self._partnerships.create_index([("round_id", 1), ("code", 1)])
        await self._partnerships.create_index("attendee_ids")

    async def of(self, round_id: str, attendee_ids: Sequence[str], tx: Tx | None = None) -> Partnership | None:
        """The partnership of the person with these ids; None if they are in none."""
        return next(iter((await self.of_attendees(round_id, attendee_ids, tx)).values()), None)

    async def of_attendees(self, round_id: str, attendee_ids: Sequence[str], tx: Tx | None = None) -> dict[str, Partnership]:
        """The partnership of each of these attendees who is in one."""
        theirs = {"round_id": round_id, "attendee_ids": {"$in": list(attendee_ids)}}
        found: dict[str, Partnership] = {}
        async for document in self._partnerships.find(theirs, session=tx.session if tx else None):
            found |= dict.fromkeys(document["attendee_ids"], from_document(Partnership, document))
        return {id: found[id] for id in attendee_ids if id in found}

    async def of_person(self, attendee_ids: Collection[str], tx: Tx) -> list[tuple[str, Partnership]]:
        """The partnerships of the person with these ids in all rounds, each with its round's id."""
        found = self._partnerships.find({"attendee_ids": {"$in": list(attendee_ids)}}, session=tx.session)
        return [(document["round_id"], from_document(Partnership, document)) async for document in found]

    async def with_code(self, round_id: str, code: str, tx: Tx) -> Partnership | None:
        """The partnership for which this code was drawn, if nobody has entered it."""
        document = await self._partnerships.find_one({"round_id": round_id, "code": code}, session=tx.session) if code else None
        return from_document(Partnership, document) if document else None

    async def save(self, round_id: str, one: Partnership, tx: Tx) -> None:
        key = f"{round_id}/{one.attendee_id}"
        attendee_ids = [id for id in (one.attendee_id, one.partner_id) if id]
        document = {"_id": key, "round_id": round_id, "attendee_ids": attendee_ids, **asdict(one)}
        await self._partnerships.replace_one({"_id": key}, document, upsert=True, session=tx.session)

    async def end(self, round_id: str, attendee_ids: Sequence[str], tx: Tx) -> bool:
        """End the partnerships of these attendees. Returns whether there was any."""
        theirs: Document = {"round_id": round_id, "attendee_ids": {"$in": list(attendee_ids)}}
        ended = await self._partnerships.delete_many(theirs, session=tx.session)
        return ended.deleted_count > 0

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete what these attendees are in, in all rounds."""
        await self._partnerships.delete_many({"attendee_ids": {"$in": list(attendee_ids)}}, session=tx.session)
