"""Messages from written to ended, but for what senders do with them.

Methods that change states return the changes: use cases publish them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bson.binary import Binary

from notifications.batches import TOGETHER, batched, drop
from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.mail_kinds import LANES
from notifications.messages.domain import ENDS, OPEN, Cancellation, State, StateChange
from notifications.messages.repository.records import RECORD_FIELDS, record_of
from shared.database.mongo import Document, MongoDatabase, Tx


@dataclass(frozen=True, slots=True)
class Written:
    """A message with the bytes of its mail (RFC 5322), all but the line of its recipient.

    ``mailbox`` is given only where the person is forgotten when it is sent.
    """

    message: Message
    token: str
    mail: bytes
    mailbox: Mailbox | None = None
    address_id: str = ""
    """As ``Suppressions.id`` of the address that the person has now: a bounce that comes late is not held against another."""


class Messages:
    """``due_at`` says when something is to be done next: send the queued one, take back the one whose lease has ended.

    Of one that has ended it is when it did: so long it is kept yet, by the same index.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._messages = db["messages"]
        self._bodies = db["bodies"]

    async def ensure_indexes(self) -> None:
        await self._messages.create_index([("state", 1), ("lane", 1), ("due_at", 1)])
        await self._messages.create_index([("recipient", 1), ("created_at", 1)])
        await self._messages.create_index("about")  # without the state, whose every change would change it
        await self._messages.create_index("of")
        await self._messages.create_index("token")
        await self._messages.create_index([("caused_by", 1), ("created_at", 1)])
        await self._bodies.create_index("kept_until")

    async def known(self, ids: Collection[str], tx: Tx) -> set[str]:
        """Those of the ids that have a message already: it is not written again."""
        if not ids:
            return set()
        found = self._messages.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=tx.session)
        return {document["_id"] async for document in found}

    async def add(self, written: Collection[Written], keep: timedelta, tx: Tx) -> None:
        """Queue these messages. They are new (``known``). Their mails are kept for so long, sensitive ones until they end."""
        if not written:
            return
        await self._messages.insert_many([_document(one) for one in written], ordered=False, session=tx.session)
        bodies = [
            {"_id": one.message.id, "mail": Binary(one.mail), "kept_until": max(tx.now + keep, one.message.not_after)}
            for one in written
        ]
        await self._bodies.insert_many(bodies, ordered=False, session=tx.session)

    async def add_suppressed(self, message: Message, token: str, reason: str, tx: Tx) -> StateChange:
        """Keep that this message was not even written, as its address takes none."""
        document = _document(Written(message, token, b"")) | {
            "state": "suppressed",
            "due_at": tx.now,
            "answer": reason,
            "version": 1,
        }
        await self._messages.insert_one(document, session=tx.session)
        return StateChange(record_of(document | {"version": 0}), "suppressed", reason)

    async def causes_by_since(self, stranger: str, since: datetime, tx: Tx) -> int:
        """For how many events this stranger set off mails since then, to however many people each."""
        return await self._causes({"caused_by": stranger, "created_at": {"$gt": since}}, tx)

    async def causes_about_since(self, about: str, since: datetime, tx: Tx) -> int:
        """For how many events mails about this were written since then, to however many people each."""
        return await self._causes({"about": about, "created_at": {"$gt": since}}, tx)

    async def _causes(self, which: Document, tx: Tx) -> int:
        return len(await self._messages.distinct("cause", which, session=tx.session))

    # A message in hand is changed under its claim only: whoever cancels it or takes it back removes the claim.

    async def cancel(self, cancellations: Collection[Cancellation], kept_causes: Collection[str], tx: Tx) -> list[StateChange]:
        """Cancel the messages that these name, except those with one of the ``kept_causes``, that were not yet handed over."""
        changes: list[StateChange] = []
        for one in cancellations:
            which = {"about": one.about, "kind": {"$in": list(one.kinds)}, "cause": {"$nin": list(kept_causes)}}
            changes += await self._end(which, "cancelled", tx)
        return changes

    async def suppress_unwanted(self, recipient: str, kinds: Collection[str], tx: Tx) -> list[StateChange]:
        """Take back the messages of these kinds to a person that were not yet handed over."""
        return await self._end({"recipient": recipient, "kind": {"$in": list(kinds)}}, "suppressed", tx)

    async def requeue(self, recipient: str, tx: Tx) -> None:
        """Whoever is about to send to this person must look again: the address changed."""
        which = {"recipient": recipient, "state": "claimed"}
        change = {"$set": {"state": "queued", "claim": "", "due_at": tx.now, "changed_at": tx.now}}
        await self._messages.update_many(which, change, session=tx.session)

    async def forget(self, person_id: str, kinds: Collection[str], tx: Tx) -> list[StateChange]:
        """Cancel what was not yet handed over of these kinds to a person, or of any kind about them, and forget what it said.

        That there were mails is kept.
        """
        changes = await self._end({"of": person_id}, "cancelled", tx)
        which = {"recipient": person_id, "kind": {"$in": list(kinds)}, "mailbox": None}
        changes += await self._end(which, "cancelled", tx)
        found = self._messages.find(which, {"_id": 1}, session=tx.session)
        for some in batched([document["_id"] async for document in found]):
            await self._bodies.delete_many({"_id": {"$in": some}}, session=tx.session)
        await self._messages.update_many(which, {"$unset": {"answer": "", "address": ""}}, session=tx.session)
        return changes

    async def _end(self, which: Document, state: State, tx: Tx) -> list[StateChange]:
        """End those of the messages that were not yet handed over.

        One whose data may be on the wire is marked: should it come back, it is not tried again.
        """
        await self._messages.update_many({**which, "state": "sending"}, {"$set": {"called_off": state}}, session=tx.session)
        open_ones = {**which, "state": {"$in": ["queued", "claimed"]}}
        found = self._messages.find(open_ones, RECORD_FIELDS, session=tx.session)
        ended = [document async for document in found]
        change = {"$set": {"state": state, "claim": "", "due_at": tx.now, "changed_at": tx.now}, "$inc": {"version": 1}}
        for some in batched([document["_id"] for document in ended]):
            ids = {"_id": {"$in": some}}
            await self._messages.update_many(ids, change, session=tx.session)
            await self._bodies.delete_many(ids, session=tx.session)
        return [StateChange(record_of(document), state) for document in ended]

    async def sweep_bodies(self, now: datetime, tx: Tx) -> bool:
        """Drop some of the mails that were kept long enough. Returns whether there may be more."""
        return await drop(self._bodies, {"kept_until": {"$lt": now}}, tx) == TOGETHER

    async def sweep(self, before: datetime, tx: Tx) -> bool:
        """Forget some of the messages that ended before. Returns whether there may be more.

        None that is still worth sending: up to then, an event that is read again could cause it again.
        """
        worthless = {"not_after": {"$lt": tx.now}}
        for state in ENDS:
            for lane in LANES:
                which = {"state": state, "lane": lane, "due_at": {"$lt": before}}
                if await drop(self._messages, which | worthless, tx) == TOGETHER:
                    return True
        return False

    async def of(self, recipient: str, most: int, kind: str | None = None) -> list[Document]:
        """What is known of a person's messages, those of one kind if one is given, the newest first, without what they say."""
        which = {"recipient": recipient} | ({"kind": kind} if kind else {})
        found = self._messages.find(which, {"claim": 0, "due_at": 0, "mailbox": 0})
        return [document | {"id": document.pop("_id")} async for document in found.sort("created_at", -1).limit(most)]

    async def sent_mail(self, token: str, now: datetime) -> bytes | None:
        """The mail as it was sent, all but the line of its recipient; None where it is not kept (any more)."""
        message = await self._messages.find_one({"token": token}, {"_id": 1})
        body = message and await self._bodies.find_one({"_id": message["_id"], "kept_until": {"$gt": now}}, {"mail": 1})
        return bytes(body["mail"]) if body else None

    async def statistics(self) -> dict[str, int]:
        """How many there are of each state; ``queued`` counts all whose end is open."""
        # In the order in which work goes on: what moves on meanwhile is counted twice rather than not at all.
        counts = {state: await self._messages.count_documents({"state": state}) for state in (*OPEN, *ENDS)}
        return {"queued": sum(counts[state] for state in OPEN)} | {state: counts[state] for state in ENDS}


def _document(written: Written) -> Document:
    message, mailbox = written.message, written.mailbox
    return {
        "_id": message.id,
        "token": written.token,
        "kind": message.kind.name,
        "recipient": message.recipient,
        "cause": message.cause,
        "about": message.about,
        "caused_by": message.caused_by,
        "of": message.of,
        "correlation_id": message.correlation_id,
        "listing_ids": message.listing_ids,
        "lane": message.kind.lane,
        "state": "queued",
        "claim": "",
        "deferrals": 0,
        "resent": False,
        "version": 0,
        "mailbox": {"email": mailbox.email, "name": mailbox.name} if mailbox else None,
        "address": written.address_id,
        "body_sha256": sha256(written.mail).hexdigest() if written.mail else "",
        "created_at": message.created_at,
        "changed_at": message.created_at,
        "due_at": message.due_at,
        "not_after": message.not_after,
    }
