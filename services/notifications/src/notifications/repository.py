"""MongoDB: documents to domain types and back. Every query of the service is here."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog
from pydantic import ValidationError

from notifications.domain import Attendee, Contact, Content, Message, Recommendations, State
from shared.events.matching import Match
from shared.mongo import Document, MongoDatabase, Tx, save

log = structlog.get_logger(__name__)


class Repository:
    """Attendees, and the messages to them.

    ``due_at`` says in both collections when something is to be done next: with a pending attendee, compose a mail; with a
    queued message, send it; with one in hand, take it back, for its lease has ended. The indexes begin with the state, and
    the queries name one state each, so that they touch nothing but what is due.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._attendees = db["attendees"]
        self._messages = db["messages"]

    async def ensure_indexes(self) -> None:
        await self._attendees.create_index([("stage", 1), ("due_at", 1)])
        await self._messages.create_index([("state", 1), ("due_at", 1)])
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
        due = {"stage": "pending", "due_at": {"$lte": tx.now}}
        found = self._attendees.find(due, session=tx.session).sort("due_at").limit(most)
        return [_attendee(document) async for document in found]

    async def save_attendees(self, new: Iterable[Attendee], changed: Iterable[Attendee], tx: Tx) -> None:
        await save(self._attendees, map(_attendee_document, new), map(_attendee_document, changed), tx)

    async def erase_attendees(self, ids: Collection[str], tx: Tx) -> None:
        """Forget contact, preferences, what is pending, and what the messages said. That there were messages is kept."""
        for id in ids:
            await self.cancel_messages(id, tx)
            await self._messages.update_many({"attendee_id": id}, {"$unset": {"content": "", "answer": ""}}, session=tx.session)
            await self._attendees.delete_one({"_id": id}, session=tx.session)

    # Messages

    async def add_messages(self, messages: Collection[Message], tx: Tx) -> None:
        """Queue these messages, to be sent now. One that was there before is left as it is: it is not sent twice."""
        ids = [message.id for message in messages]
        found = self._messages.find({"_id": {"$in": ids}}, {"_id": 1}, session=tx.session)
        known = {document["_id"] async for document in found}
        documents = [_message_document(message) for message in messages if message.id not in known]
        if documents:
            await self._messages.insert_many(documents, ordered=False, session=tx.session)

    # A message in hand is changed under its claim only: whoever cancels it or takes it back removes the claim.

    async def cancel_messages(self, attendee_id: str, tx: Tx) -> list[str]:
        """Cancel what was not yet handed over. Returns the listings that the attendee will not be told of."""
        which = {"attendee_id": attendee_id, "state": {"$in": ["queued", "claimed"]}}
        found = self._messages.find(which, {"listing_ids": 1}, session=tx.session)
        cancelled = {document["_id"]: document["listing_ids"] async for document in found}
        if cancelled:
            change = _ended("cancelled", tx.now, claim="")
            await self._messages.update_many({"_id": {"$in": list(cancelled)}}, change, session=tx.session)
        return [listing for listings in cancelled.values() for listing in listings]

    async def claim_messages(self, claim: str, now: datetime, lease: timedelta, most: int) -> list[Message]:
        """Take messages that are due, the longest due first. ``claim`` marks them as taken by this very call."""
        while True:
            due = self._messages.find({"state": "queued", "due_at": {"$lte": now}}, {"_id": 1}).sort("due_at").limit(most)
            ids = [document["_id"] async for document in due]
            if not ids:
                return []
            change = {"$set": {"state": "claimed", "claim": claim, "due_at": now + lease, "changed_at": now}}
            await self._messages.update_many({"_id": {"$in": ids}, "state": "queued"}, change)
            messages = [_message(document) async for document in self._messages.find({"_id": {"$in": ids}, "claim": claim})]
            if messages:  # otherwise another instance was faster with all of them: there may be more
                return messages

    async def release(self, messages: Iterable[Message], now: datetime) -> None:
        """Let others send these messages, which were not begun."""
        for message in messages:
            await self._change(message, _queued(now))

    async def begin_sending(self, message: Message, now: datetime, lease: timedelta) -> bool:
        """To be called right before the message leaves. False where it no longer may: cancelled, or taken by another."""
        return await self._change(message, {"$set": {"state": "sending", "due_at": now + lease, "changed_at": now}})

    async def postpone(self, message: Message, answer: str, now: datetime, due_at: datetime, deferrals: int) -> bool:
        """Try the message again later. False where the claim has ended, or what it says was erased meanwhile."""
        change = _queued(now, due_at=due_at, answer=answer, deferrals=deferrals)
        return await self._change(message, change, {"content": {"$exists": True}})

    async def end(self, message: Message, state: State, answer: str, now: datetime) -> bool:
        """The message was sent, failed, or nobody knows. False where the claim has ended."""
        content = message.content
        digest = sha256("\0".join((content.subject, content.text, content.html)).encode()).hexdigest()
        return await self._change(message, _ended(state, now, answer=answer, content_sha256=digest))

    async def _change(self, message: Message, change: Document, only_if: Document | None = None) -> bool:
        which = {"_id": message.id, "claim": message.claim} | (only_if or {})
        result = await self._messages.update_one(which, change)
        return result.matched_count == 1

    async def end_leases(self, now: datetime) -> int:
        """Queue again what was claimed and not begun in time. What was cut off while it was handed over becomes unknown,
        under its claim still: its holder, if it lives, knows better. Returns how many became unknown."""
        await self._messages.update_many({"state": "claimed", "due_at": {"$lte": now}}, _queued(now))
        cut_off = {"state": "sending", "due_at": {"$lte": now}}
        return (await self._messages.update_many(cut_off, _ended("unknown", now))).modified_count

    async def messages(self, attendee_id: str, most: int) -> list[Document]:
        """What is known of an attendee's messages, the newest first, without what they say."""
        found = self._messages.find({"attendee_id": attendee_id}, {"content": 0, "claim": 0, "due_at": 0})
        return [document | {"id": document.pop("_id")} async for document in found.sort("created_at", -1).limit(most)]

    async def count_pending(self) -> int:
        """Attendees to whom a mail will be composed."""
        return await self._attendees.count_documents({"stage": "pending"})

    async def statistics(self) -> dict[str, int]:
        """How many of each there are."""
        # In the order in which work goes on: what moves on meanwhile is counted twice rather than not at all.
        pending = await self.count_pending()
        states: tuple[State, ...] = ("queued", "claimed", "sending", "sent", "failed", "unknown", "cancelled")
        messages = {state: await self._messages.count_documents({"state": state}) for state in states}
        return messages | {
            "queued": messages["queued"] + messages["claimed"] + messages["sending"],
            "contacts": await self._attendees.count_documents({"contact": {"$ne": None}}),
            "pending": pending,
            "waiting_for_consent": await self._attendees.count_documents({"stage": "waiting"}),
            "unsubscribed": await self._attendees.count_documents({"unsubscribed": True}),
        }


def _queued(now: datetime, **values: Any) -> Document:
    return {"$set": {"state": "queued", "claim": "", "due_at": now, "changed_at": now} | values}


def _ended(state: State, now: datetime, **values: str) -> Document:
    return {"$set": {"state": state, "due_at": None, "changed_at": now, **values}, "$unset": {"content": ""}}


def _attendee_document(attendee: Attendee) -> Document:
    contact, newest = attendee.contact, attendee.recommendations
    return {
        "_id": attendee.id,
        "contact": {name: getattr(contact, name) for name in Contact.__slots__} if contact else None,
        "unsubscribed": attendee.unsubscribed,
        "recommendations": {
            "version": newest.version,
            "matches": [match.model_dump() for match in newest.matches],
            "correlation_id": newest.correlation_id,
        }
        if newest
        else None,
        "tell_at": attendee.tell_at,
        "mailed": attendee.mailed,
        "stage": attendee.stage,
        "due_at": attendee.due_at,
    }


def _attendee(document: Document) -> Attendee:
    contact, newest = document["contact"], document["recommendations"]
    if newest:
        try:
            newest["matches"] = [Match.model_validate(match) for match in newest["matches"]]
        except ValidationError as error:
            # Kept under an older contract. One attendee's list must not stop all that are read with it.
            newest["matches"] = []
            log.warning("recommendations_unreadable", attendee_id=document["_id"], faults=error.error_count())
    return Attendee(
        id=document["_id"],
        contact=Contact(**contact) if contact else None,
        unsubscribed=document["unsubscribed"],
        recommendations=Recommendations(**newest) if newest else None,
        tell_at=document["tell_at"],
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
        "claim": "",
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
        claim=document["claim"],
    )
