"""MongoDB: documents to domain types and back. Every query of the service is here."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from pymongo import InsertOne, ReplaceOne

from notifications.domain import Attendee, Contact, Content, Message, Pending, State
from shared.events.matching import Match
from shared.mongo import Document, MongoDatabase, Tx

OPEN: tuple[State, ...] = ("queued", "claimed")
"""The states in which a message can still be cancelled: nothing of it has left."""


class Repository:
    """Attendees, and the messages to them.

    ``due_at`` says in both collections when something is to be done next: for an attendee, compose a mail; for a message,
    send it, or see to a lease that ran out. Where nothing is to be done it is null, so one index finds all there is to do.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._attendees = db["attendees"]
        self._messages = db["messages"]

    async def ensure_indexes(self) -> None:
        await self._attendees.create_index("due_at")
        await self._messages.create_index("due_at")
        await self._messages.create_index("attendee_id")

    # Attendees

    async def attendees(self, ids: Collection[str], tx: Tx) -> dict[str, Attendee]:
        """Those of the attendees that are known."""
        found = self._attendees.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _attendee(document) async for document in found}

    async def attendee(self, id: str) -> Attendee | None:
        document = await self._attendees.find_one({"_id": id})
        return _attendee(document) if document else None

    async def due_attendees(self, most: int, tx: Tx) -> list[Attendee]:
        """Attendees to whom a mail is to be composed now, the longest due first."""
        found = self._attendees.find({"due_at": {"$lte": tx.now}}, session=tx.session).sort("due_at").limit(most)
        return [_attendee(document) async for document in found]

    async def save_attendees(self, new: Iterable[Attendee], changed: Iterable[Attendee], tx: Tx) -> None:
        writes: list[InsertOne[Document] | ReplaceOne[Document]] = [InsertOne(_attendee_document(one)) for one in new]
        writes += [ReplaceOne({"_id": one.id}, _attendee_document(one)) for one in changed]
        if writes:
            await self._attendees.bulk_write(writes, ordered=False, session=tx.session)

    async def erase_attendees(self, ids: Collection[str], tx: Tx) -> None:
        """Forget contact, preferences, what is pending, and what the messages said. That there were messages is kept."""
        if not ids:
            return
        await self.cancel_messages(ids, tx)
        await self._attendees.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)
        await self._messages.update_many(
            {"attendee_id": {"$in": list(ids)}}, {"$unset": {"content": "", "answer": ""}}, session=tx.session
        )

    # Messages

    async def add_messages(self, messages: Collection[Message], tx: Tx) -> None:
        """Queue these messages, to be sent now. One that was there before is left as it is: it is not sent twice."""
        ids = [message.id for message in messages]
        found = self._messages.find({"_id": {"$in": ids}}, {"_id": 1}, session=tx.session)
        known = {document["_id"] async for document in found}
        documents = [_message_document(message) for message in messages if message.id not in known]
        if documents:
            await self._messages.insert_many(documents, ordered=False, session=tx.session)

    async def cancel_messages(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, list[str]]:
        """Cancel what was not yet handed over. Returns, for each attendee, the listings that they will not be told of."""
        untold: dict[str, list[str]] = {}
        which = {"attendee_id": {"$in": list(attendee_ids)}, "state": {"$in": OPEN}}
        async for document in self._messages.find(which, {"attendee_id": 1, "listing_ids": 1}, session=tx.session):
            untold.setdefault(document["attendee_id"], []).extend(document["listing_ids"])
        if untold:
            await self._messages.update_many(which, _ended("cancelled", tx.now), session=tx.session)
        return untold

    async def claim_message(self, owner: str, now: datetime, lease: timedelta) -> Message | None:
        """Take a message that is due, or that its owner left; None where there is none."""
        document = await self._messages.find_one_and_update(
            {"due_at": {"$lte": now}, "state": {"$in": OPEN}},
            {"$set": {"state": "claimed", "owner": owner, "due_at": now + lease, "changed_at": now}},
            sort=[("due_at", 1)],
            return_document=True,
        )
        return _message(document) if document else None

    async def begin_sending(self, message: Message, owner: str, now: datetime, lease: timedelta) -> bool:
        """To be called right before the message leaves. False where it no longer may: cancelled, or taken by another."""
        change = {"$set": {"state": "sending", "due_at": now + lease, "changed_at": now}}
        result = await self._messages.update_one({"_id": message.id, "state": "claimed", "owner": owner}, change)
        return result.matched_count == 1

    async def postpone(self, message: Message, owner: str, answer: str, now: datetime, due_at: datetime, deferrals: int) -> bool:
        """Try the message again later. False where it is no longer this owner's."""
        change = {"$set": {"state": "queued", "due_at": due_at, "answer": answer, "deferrals": deferrals, "changed_at": now}}
        which = {"_id": message.id, "owner": owner, "state": {"$in": ["claimed", "sending"]}}
        return (await self._messages.update_one(which, change)).matched_count == 1

    async def end(self, message: Message, owner: str, state: State, answer: str, now: datetime) -> bool:
        """The message was sent, failed, or nobody knows. False where it is no longer this owner's."""
        digest = sha256("\0".join((message.content.subject, message.content.text, message.content.html)).encode()).hexdigest()
        # "unknown" too: its lease ran out, but its owner knows better.
        which = {"_id": message.id, "owner": owner, "state": {"$in": ["claimed", "sending", "unknown"]}}
        change = _ended(state, now, answer=answer, content_sha256=digest)
        return (await self._messages.update_one(which, change)).matched_count == 1

    async def give_up_cut_off(self, now: datetime) -> int:
        """Messages cut off while they were handed over become unknown. Returns how many there were."""
        cut_off = {"due_at": {"$lte": now}, "state": "sending"}
        return (await self._messages.update_many(cut_off, _ended("unknown", now))).modified_count

    async def messages(self, attendee_id: str, most: int) -> list[Document]:
        """What is known of an attendee's messages, the newest first, without what they say."""
        found = self._messages.find({"attendee_id": attendee_id}, {"content": 0, "owner": 0, "due_at": 0})
        return [document | {"id": document.pop("_id")} async for document in found.sort("created_at", -1).limit(most)]

    async def count_pending(self) -> int:
        """Attendees to whom a mail will be composed."""
        return await self._attendees.count_documents({"due_at": {"$ne": None}})

    async def statistics(self) -> dict[str, int]:
        """How many of each there are."""
        waiting = {"pending": {"$ne": None}, "due_at": None, "unsubscribed": False}
        states = {
            document["_id"]: document["count"]
            async for document in self._messages.aggregate([{"$group": {"_id": "$state", "count": {"$sum": 1}}}])
        }
        return {
            "contacts": await self._attendees.count_documents({"contact": {"$ne": None}}),
            "pending": await self.count_pending(),
            "waiting_for_consent": await self._attendees.count_documents(waiting),
            "unsubscribed": await self._attendees.count_documents({"unsubscribed": True}),
            "queued": sum(states.get(state, 0) for state in ("queued", "claimed", "sending")),
            **{state: states.get(state, 0) for state in ("sent", "failed", "unknown", "cancelled")},
        }


def _ended(state: State, now: datetime, **values: str) -> Document:
    return {"$set": {"state": state, "due_at": None, "changed_at": now, **values}, "$unset": {"content": ""}}


def _attendee_document(attendee: Attendee) -> Document:
    contact, pending = attendee.contact, attendee.pending
    return {
        "_id": attendee.id,
        "contact": {name: getattr(contact, name) for name in Contact.__slots__} if contact else None,
        "unsubscribed": attendee.unsubscribed,
        "recommendations_version": attendee.recommendations_version,
        "pending": {
            "version": pending.version,
            "matches": [match.model_dump() for match in pending.matches],
            "correlation_id": pending.correlation_id,
            "due_at": pending.due_at,
        }
        if pending
        else None,
        "mailed": attendee.mailed,
        "due_at": attendee.due_at,
    }


def _attendee(document: Document) -> Attendee:
    contact, pending = document["contact"], document["pending"]
    if pending:
        pending["matches"] = [Match.model_validate(match) for match in pending["matches"]]
    return Attendee(
        id=document["_id"],
        contact=Contact(**contact) if contact else None,
        unsubscribed=document["unsubscribed"],
        recommendations_version=document["recommendations_version"],
        pending=Pending(**pending) if pending else None,
        mailed=document["mailed"],
    )


def _message_document(message: Message) -> Document:
    return {
        "_id": message.id,
        "attendee_id": message.attendee_id,
        "correlation_id": message.correlation_id,
        "listing_ids": message.listing_ids,
        "content": {name: getattr(message.content, name) for name in Content.__slots__},
        "state": "queued",
        "deferrals": 0,
        "created_at": message.created_at,
        "changed_at": message.created_at,
        "due_at": message.created_at,
    }


def _message(document: Document) -> Message:
    return Message(
        id=document["_id"],
        attendee_id=document["attendee_id"],
        correlation_id=document["correlation_id"],
        listing_ids=document["listing_ids"],
        content=Content(**document["content"]),
        created_at=document["created_at"],
        deferrals=document["deferrals"],
    )
