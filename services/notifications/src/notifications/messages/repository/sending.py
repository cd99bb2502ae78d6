"""What senders do with messages: claim them, and record what becomes of each, a group of senders in one transaction.

A message in hand is changed under its claim only: whoever cancels it or takes it back removes the claim. All is changed in
transactions, of which one gives way: SecantusDB lets a change outside of them wait for ever for one inside.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import UpdateOne

from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.mail_kinds import KINDS, LANES, Lane, MailKind
from notifications.messages.domain import Begun, Claimed, DeliveryStep, Ended, Postponed, State, StateChange
from notifications.messages.repository.records import RECORD_FIELDS, record_of
from shared.database.mongo import Document, MongoDatabase, Tx

CUT_OFF: Final = "cut off while it was handed over"


class Sending:
    """Messages in the hands of senders."""

    def __init__(self, db: MongoDatabase) -> None:
        self._messages = db["messages"]
        self._bodies = db["bodies"]

    async def due(self, lane: Lane, now: datetime, most: int) -> list[str]:
        """The ids of messages that are due, the longest due first."""
        which = {"state": "queued", "lane": lane, "due_at": {"$lte": now}}
        found = self._messages.find(which, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def claim(self, ids: Collection[str], claim: str, lease: timedelta, tx: Tx) -> list[Document]:
        """Take those of these that nobody else took meanwhile, under the mark ``claim``. To be followed by ``claimed``."""
        which = {"_id": {"$in": list(ids)}, "state": "queued"}
        change = {"$set": {"state": "claimed", "claim": claim, "due_at": tx.now + lease, "changed_at": tx.now}}
        await self._messages.update_many(which, change, session=tx.session)
        found = self._messages.find({"_id": {"$in": list(ids)}, "claim": claim}, session=tx.session)
        documents = {document["_id"]: document async for document in found}
        return [documents[id] for id in ids if id in documents]

    async def claimed(self, documents: Sequence[Document]) -> list[Claimed]:
        """The messages that were taken, with their mails."""
        found = self._bodies.find({"_id": {"$in": [document["_id"] for document in documents]}}, {"mail": 1})
        mails = {body["_id"]: bytes(body["mail"]) async for body in found}
        return [_claimed(document, mails.get(document["_id"], b"")) for document in documents]

    async def record(self, steps: Sequence[DeliveryStep], lease: timedelta, tx: Tx) -> tuple[list[bool], list[StateChange]]:
        """Record these steps of different messages.

        Returns for each whether the message was still in hand under its claim; where not, nothing is changed. And the changes
        of states that are to be published.
        """
        done: dict[str, bool] = {}
        published: list[StateChange] = []
        begun: dict[tuple[str, str], list[str]] = defaultdict(list)
        ended: dict[tuple[str, State], list[Ended]] = defaultdict(list)
        for step in steps:
            message = step.claimed.message
            match step:
                case Begun():
                    other = step.address_id if step.address_id != step.claimed.address_id else ""
                    begun[message.claim, other].append(message.id)
                case Ended():
                    ended[message.claim, step.state].append(step)
                case Postponed():
                    done |= await self._postpone(step, published, tx)
        for (claim, address_id), ids in begun.items():
            done |= await self._begin(claim, address_id, ids, lease, tx)
        for alike in ended.values():
            done |= await self._end(alike, published, tx)
        return [done[step.claimed.message.id] for step in steps], published

    async def _begin(self, claim: str, address_id: str, ids: list[str], lease: timedelta, tx: Tx) -> dict[str, bool]:
        """``address_id``: what comes back is held against this address, where they go to another than they were written for."""
        which = {"_id": {"$in": ids}, "claim": claim, "state": "claimed"}
        moved = {"address": address_id} if address_id else {}
        values = {"state": "sending", "due_at": tx.now + lease, "changed_at": tx.now}
        result = await self._messages.update_many(which, {"$set": values | moved}, session=tx.session)
        if result.matched_count == len(ids):
            return dict.fromkeys(ids, True)
        found = self._messages.find({**which, "state": "sending"}, {"_id": 1}, session=tx.session)
        ours = {document["_id"] async for document in found}
        return {id: id in ours for id in ids}

    async def _end(self, alike: list[Ended], published: list[StateChange], tx: Tx) -> dict[str, bool]:
        """Those of one claim that end in the same state, by one command: servers answer to each mail in other words."""
        state, claim = alike[0].state, alike[0].claimed.message.claim
        changes = {one.claimed.message.id: _ended(state, one.answer, tx.now) for one in alike}
        records = {one.claimed.message.id: one.claimed.record for one in alike}
        ours = [UpdateOne({"_id": id, "claim": claim, "version": records[id].version}, change) for id, change in changes.items()]
        result = await self._messages.bulk_write(ours, ordered=False, session=tx.session)
        if result.matched_count < len(alike):
            # Some were taken back. Of others the lease ended, and they were told to be unknown: their holder knows better.
            which = {"_id": {"$in": list(changes)}, "claim": claim}
            found = self._messages.find(which, RECORD_FIELDS | {"state": 1}, session=tx.session)
            documents = {document["_id"]: document async for document in found}
            late = [id for id, document in documents.items() if document["state"] == "unknown" != state]
            if late:
                await self._messages.bulk_write([UpdateOne({"_id": id}, changes[id]) for id in late], session=tx.session)
            # Of those that were written just now, the version is one more than before.
            records = {
                id: replace(record_of(document), version=document["version"] - (id not in late))
                for id, document in documents.items()
            }
        mine = [one for one in alike if one.claimed.message.id in records]
        published += [StateChange(records[one.claimed.message.id], state, one.answer if state != "sent" else "") for one in mine]
        # What was sent can be read for a while; all else is of no use to anybody.
        readable = state in ("sent", "unknown")
        if gone := [one.claimed.message.id for one in mine if one.claimed.message.kind.sensitive or not readable]:
            await self._bodies.delete_many({"_id": {"$in": gone}}, session=tx.session)
        return {id: id in records for id in changes}

    async def _postpone(self, step: Postponed, published: list[StateChange], tx: Tx) -> dict[str, bool]:
        message = step.claimed.message
        which = {"_id": message.id, "claim": message.claim, "state": {"$in": ["claimed", "sending"]}}
        values = {
            "answer": step.answer,
            "deferrals": step.deferrals,
            "resent": step.resent or message.resent,
            "tried_since": step.tried_since,
        }
        wanted = {**which, "called_off": {"$exists": False}}
        result = await self._messages.update_one(wanted, _queued(step.due_at, tx.now, **values), session=tx.session)
        if result.matched_count == 0 and (found := await self._messages.find_one(which, {"called_off": 1}, session=tx.session)):
            return await self._end([Ended(step.claimed, found["called_off"], step.answer)], published, tx)
        return {message.id: result.matched_count == 1}

    async def is_suppressed(self, message: Message, tx: Tx) -> bool:
        """Whether it ended so, as it was called off while it was handed over."""
        which = {"_id": message.id, "state": "suppressed"}
        return await self._messages.find_one(which, {"_id": 1}, session=tx.session) is not None

    async def release(self, claimed: Iterable[Claimed], pause: timedelta, tx: Tx) -> None:
        """Let others send these, which were not begun, after the pause."""
        by_claim: dict[str, list[str]] = defaultdict(list)
        for one in claimed:
            by_claim[one.message.claim].append(one.message.id)
        for claim, ids in by_claim.items():
            which = {"_id": {"$in": ids}, "claim": claim, "state": "claimed"}
            await self._messages.update_many(which, _queued(tx.now + pause, tx.now), session=tx.session)

    async def end_claims(self, tx: Tx) -> None:
        """Queue again what was claimed and not begun in time."""
        for lane in LANES:
            which = {"state": "claimed", "lane": lane, "due_at": {"$lte": tx.now}}
            await self._messages.update_many(which, _queued(tx.now, tx.now), session=tx.session)

    async def end_claims_of(self, instance: str, tx: Tx) -> None:
        """Queue again what this instance claimed and has not begun. Where it lives after all, it finds its claims void."""
        for lane in LANES:
            which = {"state": "claimed", "lane": lane, "claim": {"$regex": f"^{instance}/"}}
            await self._messages.update_many(which, _queued(tx.now, tx.now), session=tx.session)

    async def end_leases(self, most: int, tx: Tx) -> tuple[int, list[StateChange]]:
        """What was cut off while it was handed over, so many at once: by its kind it is queued to be sent once more, or becomes
        unknown, under its claim still. Returns how many are sent once more, and what became unknown."""
        resent: list[Document] = []
        unknown: list[Document] = []
        for lane in LANES:
            which = {"state": "sending", "lane": lane, "due_at": {"$lte": tx.now}}
            found = self._messages.find(which, RECORD_FIELDS | {"resent": 1, "called_off": 1}, session=tx.session).limit(most)
            async for document in found:
                spent = document["resent"] or "called_off" in document
                again = _kind(document).unclear == "resend" and not spent
                (resent if again else unknown).append(document)
        if resent:
            ids = {"_id": {"$in": [document["_id"] for document in resent]}}
            change = _queued(tx.now, tx.now, resent=True, answer=CUT_OFF)
            await self._messages.update_many(ids, change, session=tx.session)
        if unknown:
            ids = {"_id": {"$in": [document["_id"] for document in unknown]}}
            await self._messages.update_many(ids, _ended("unknown", CUT_OFF, tx.now), session=tx.session)
            sensitive = [document["_id"] for document in unknown if _kind(document).sensitive]
            await self._bodies.delete_many({"_id": {"$in": sensitive}}, session=tx.session)
        return len(resent), [StateChange(record_of(document), "unknown", CUT_OFF) for document in unknown]


def _queued(due_at: datetime, now: datetime, **values: Any) -> Document:
    return {"$set": {"state": "queued", "claim": "", "due_at": due_at, "changed_at": now, **values}}


def _ended(state: State, answer: str, now: datetime) -> Document:
    values = {"state": state, "due_at": now, "changed_at": now, "answer": answer, "mailbox": None}
    return {"$set": values, "$inc": {"version": 1}}


def _kind(document: Document) -> MailKind:
    """One that this version does not know (any more) can be sent all the same: it is written."""
    return KINDS.get(document["kind"]) or MailKind(document["kind"], "attendee", "transactional", (), timedelta())


def _claimed(document: Document, mail: bytes) -> Claimed:
    mailbox = document.get("mailbox")
    message = Message(
        id=document["_id"],
        kind=_kind(document),
        recipient=document["recipient"],
        cause=document["cause"],
        correlation_id=document["correlation_id"],
        created_at=document["created_at"],
        due_at=document["due_at"],
        not_after=document["not_after"],
        about=document["about"],
        caused_by=document["caused_by"],
        listing_ids=document["listing_ids"],
        deferrals=document["deferrals"],
        resent=document["resent"],
        claim=document["claim"],
    )
    since, address_id = document.get("tried_since"), document.get("address", "")
    return Claimed(message, record_of(document), mail, Mailbox(**mailbox) if mailbox else None, since, address_id)
