"""Deliveries of webhooks, in MongoDB."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from registration.attendance.domain.rejections import MAX_REASON, Rejection
from registration.connections.domain.deliveries import KEPT_FOR, PROCESSED, Delivery, State
from shared.database.documents import from_document
from shared.database.leases import LeaseLost
from shared.database.mongo import Document, MongoDatabase, Tx

End = tuple[State, str]
"""The state in which a delivery ends, and why."""
DONE: Final[End] = ("done", "")


class Deliveries:
    """Deliveries, by their ids. While one is processed, ``due_at`` is the end of its lease, and ``claim`` the holder."""

    def __init__(self, db: MongoDatabase) -> None:
        self._deliveries = db["deliveries"]

    async def ensure_indexes(self) -> None:
        await self._deliveries.create_index([("state", 1), ("due_at", 1)])
        # With the size, ``kept_bytes`` reads the index only.
        await self._deliveries.create_index([("state", 1), ("connection_id", 1), ("due_at", 1), ("size", 1)])
        await self._deliveries.create_index([("connection_id", 1), ("received_at", -1)])
        await self._deliveries.create_index("person_ids", sparse=True)

    async def add(self, delivery: Delivery, person_ids: Collection[str]) -> bool:
        """Store a new delivery, with the ids of the persons whose addresses are in its body. False if it is stored already."""
        try:
            await self._deliveries.insert_one(_document(delivery) | ({"person_ids": [*person_ids]} if person_ids else {}))
        except DuplicateKeyError:
            return False
        return True

    async def renew(self, delivery: Delivery, person_ids: Collection[str]) -> None:
        """Try a failed delivery again, with the content of this repeat. A delivery that has not failed stays as it is."""
        values = _document(delivery) | {"person_ids": [*person_ids]}
        await self._deliveries.update_one({"_id": values.pop("_id"), "state": "failed"}, {"$set": values})

    async def get(self, id: str) -> Delivery | None:
        """The delivery with this id, without its body."""
        document = await self._deliveries.find_one({"_id": id}, {"body": 0})
        return _delivery(document) if document else None

    async def sent_again(self, id: str, sent: int) -> bool:
        """Note a later attempt at the same delivery. False if this attempt, or a later one, was noted before."""
        result = await self._deliveries.update_one({"_id": id, "sent": {"$lt": sent}}, {"$set": {"sent": sent}})
        return result.matched_count > 0

    async def next_connection(self, now: datetime, after: str, excluded: Collection[str]) -> str | None:
        """The next connection, in the order of ids after this one, that has a delivery due and is not excluded."""
        for start in (after, ""):
            query = {"state": "waiting", "connection_id": {"$gt": start, "$nin": [*excluded]}, "due_at": {"$lte": now}}
            if found := await self._deliveries.find_one(query, {"connection_id": 1}, sort=[("connection_id", 1)]):
                return str(found["connection_id"])
        return None

    async def due(self, now: datetime, connection_id: str, limit: int) -> list[Delivery]:
        """A connection's deliveries that are due, the longest due first, without their bodies."""
        query = {"state": "waiting", "connection_id": connection_id, "due_at": {"$lte": now}}
        found = self._deliveries.find(query, {"body": 0}, sort=[("due_at", 1)], limit=limit)
        return [_delivery(document) async for document in found]

    async def claim(self, ids: Collection[str], claim: str, now: datetime, until: datetime) -> list[Delivery]:
        """Claim the given deliveries that are still due. A claim counts as an attempt, even if the attempt kills the
        process."""
        due = {"_id": {"$in": [*ids]}, "state": "waiting", "due_at": {"$lte": now}}
        await self._deliveries.update_many(due, {"$set": {"claim": claim, "due_at": until}, "$inc": {"attempts": 1}})
        found = self._deliveries.find({"_id": {"$in": [*ids]}, "claim": claim})
        return [_delivery(document) async for document in found]

    async def release(self, delivery: Delivery, due_at: datetime) -> None:
        """Give back a claimed delivery that was not tried."""
        change: Document = {"$set": {"claim": "", "due_at": due_at}, "$inc": {"attempts": -1}}
        await self._deliveries.update_one({"_id": delivery.id, "claim": delivery.claim}, change)

    async def finish(self, deliveries: Collection[Delivery], ends: Mapping[str, End], tx: Tx) -> None:
        """End deliveries, in the transaction that publishes their events. ``ends`` says how each ends, by its id.

        The body of a delivery is deleted unless it may be tried again.

        Raises:
            LeaseLost: another instance has claimed one of them.
        """
        writes = []
        for delivery in deliveries:
            state, reason = ends[delivery.id]
            values = {"state": state, "reason": reason, "claim": "", "due_at": tx.now + KEPT_FOR}
            change: Document = {"$set": values | ({"attempts": 0} if state == "pending" else {})}
            if state in PROCESSED:
                change["$unset"] = {"body": "", "person_ids": ""}
            writes.append(UpdateOne({"_id": delivery.id, "claim": delivery.claim}, change))
        result = await self._deliveries.bulk_write(writes, ordered=False, session=tx.session)
        if result.matched_count < len(writes):
            raise LeaseLost

    async def reject(self, rejected: Iterable[tuple[tuple[str, str], Rejection]], tx: Tx) -> None:
        """Mark processed deliveries whose events were rejected. Each is named by its connection's id and its own, and need not
        exist."""
        writes = [
            UpdateOne(
                {"_id": id, "connection_id": connection_id, "state": {"$in": ["done", "conflict", "rejected"]}},
                {
                    "$set": {
                        "state": "conflict" if rejection.is_conflict else "rejected",
                        "reason": rejection.reason[:MAX_REASON],
                        "event": rejection.id,
                        "digest": rejection.digest,
                        # Reasons and ids may quote an address.
                        "person_ids": list(rejection.persons),
                    }
                },
            )
            for (connection_id, id), rejection in rejected
        ]
        if writes:
            await self._deliveries.bulk_write(writes, ordered=True, session=tx.session)

    async def give_up(self, delivery: Delivery, reason: str, now: datetime) -> None:
        """Mark a delivery as failed. Its body stays, so that it can be tried again."""
        await self._change(delivery, {"state": "failed", "reason": reason, "claim": "", "due_at": now + KEPT_FOR})

    async def postpone(self, delivery: Delivery, reason: str, due_at: datetime) -> None:
        """Try a delivery again at this time."""
        await self._change(delivery, {"reason": reason, "claim": "", "due_at": due_at})

    async def _change(self, delivery: Delivery, values: dict[str, Any]) -> None:
        await self._deliveries.update_one({"_id": delivery.id, "claim": delivery.claim}, {"$set": values})

    async def retry(self, connection_id: str, now: datetime, id: str | None = None) -> int:
        """Try a failed or pending delivery again, or all of a connection. Returns how many there were."""
        states = {"$in": ["failed", "pending"]}
        query: Document = {"state": states, "connection_id": connection_id} | ({"_id": id} if id else {})
        result = await self._deliveries.update_many(query, {"$set": {"state": "waiting", "due_at": now, "attempts": 0}})
        return result.modified_count

    async def resume(self, now: datetime, connection_id: str | None = None) -> int:
        """Try pending deliveries again, of this connection or of all. Returns how many there were."""
        query: Document = {"state": "pending"} | ({"connection_id": connection_id} if connection_id else {})
        result = await self._deliveries.update_many(query, {"$set": {"state": "waiting", "due_at": now}})
        return result.modified_count

    async def kept_bytes(self) -> dict[str, int]:
        """How many bytes of bodies are stored for each connection that has any."""
        groups = self._deliveries.aggregate(
            [
                {"$match": {"state": {"$in": ["waiting", "pending", "failed"]}}},
                {"$group": {"_id": "$connection_id", "bytes": {"$sum": "$size"}}},
            ]
        )
        return {group["_id"]: group["bytes"] async for group in groups}

    async def count_failed(self, connection_id: str, most: int) -> int:
        """How many deliveries of a connection have failed, counting ``most`` at most."""
        return await self._deliveries.count_documents({"state": "failed", "connection_id": connection_id}, limit=most)

    async def latest(self, connection_id: str, state: State | None, before: datetime | None, limit: int) -> list[Delivery]:
        """A connection's deliveries, the latest first, without their bodies."""
        query: Document = {"connection_id": connection_id}
        query |= {"state": state} if state else {}
        query |= {"received_at": {"$lt": before}} if before else {}
        found = self._deliveries.find(query, {"body": 0}, sort=[("received_at", -1)], limit=limit)
        return [_delivery(document) async for document in found]

    async def count_waiting(self) -> int:
        return await self._deliveries.count_documents({"state": "waiting"})

    async def longest_due(self, now: datetime) -> datetime | None:
        """When the longest-waiting delivery became due; None if none is due."""
        found = await self._deliveries.find_one(
            {"state": "waiting", "due_at": {"$lte": now}}, {"due_at": 1}, sort=[("due_at", 1)]
        )
        return found["due_at"] if found else None

    async def purge(self, now: datetime) -> int:
        """Delete deliveries that ended ``KEPT_FOR`` ago."""
        ended: tuple[State, ...] = (*PROCESSED, "failed", "pending")
        # One query for each state, so that each is a range of the index.
        results = [await self._deliveries.delete_many({"state": state, "due_at": {"$lte": now}}) for state in ended]
        return sum(result.deleted_count for result in results)

    async def has_any(self, person_ids: Collection[str], tx: Tx) -> bool:
        """Whether any delivery contains an address or account of these persons."""
        query = {"person_ids": {"$in": [*person_ids]}}
        return await self._deliveries.find_one(query, {"_id": 1}, session=tx.session) is not None

    async def has_any_unprocessed(self, person_ids: Collection[str], tx: Tx) -> bool:
        """Whether any waiting or pending delivery contains an address or account of these persons."""
        query = {"person_ids": {"$in": [*person_ids]}, "state": {"$in": ["waiting", "pending"]}}
        return await self._deliveries.find_one(query, {"_id": 1}, session=tx.session) is not None

    async def about(self, person_ids: Collection[str]) -> AsyncIterator[Delivery]:
        """The deliveries that contain an address or account of these persons, with their bodies."""
        async for document in self._deliveries.find({"person_ids": {"$in": [*person_ids]}}):
            yield _delivery(document)

    async def erase(self, person_ids: Collection[str], tx: Tx) -> None:
        """Delete the deliveries that contain an address or account of these persons."""
        await self._deliveries.delete_many({"person_ids": {"$in": [*person_ids]}}, session=tx.session)


def _document(delivery: Delivery) -> Document:
    document = {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__ if name != "id"}
    return {"_id": delivery.id, **document, "headers": dict(delivery.headers)}


def _delivery(document: Document) -> Delivery:
    return from_document(Delivery, document, id=document["_id"])
