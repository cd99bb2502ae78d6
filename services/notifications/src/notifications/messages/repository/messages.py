"""Messages in MongoDB: every query of them. The states in it are those of the transitions in ``messages.domain.states``.

A claimed message is changed under its claim only: whoever cancels it or returns it to the queue voids the claim. All changes are
made in transactions, one of which gives way: SecantusDB lets a change outside of them wait for ever for one inside.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from bson.binary import Binary

from notifications.mail.message import Message
from notifications.mail_kinds import LANES, Lane
from notifications.messages.domain.records import (
    Cancellation,
    DeliveryStep,
    Feedback,
    ReturnedMessage,
    StateChange,
    Unwritten,
    WrittenMessage,
)
from notifications.messages.domain.states import (
    CANCEL,
    CLAIM,
    ENDS,
    LOSE,
    OPEN,
    RELEASE,
    REQUEUE,
    RESEND,
    SUPPRESS,
    Transition,
    after_silence,
)
from notifications.messages.repository.documents import (
    deferred_selection,
    document_of,
    drop_mails,
    dropped_mails,
    message_of,
    named,
    recalled_document,
    selection,
    update,
    written_message_of,
)
from notifications.messages.repository.order import postpone_later
from notifications.messages.repository.steps import record_steps
from notifications.work_batches import TOGETHER, batched, drop
from shared.contract.events.notifications import DeliveryChanged
from shared.database.mongo import Document, MongoDatabase, Tx

HEARD: Final = ("sending", "sent", "unknown")
"""The states of a message that its recipient has, or may have."""
CUT_OFF: Final = "cut off while it was handed over"


class Messages:
    """Methods that end messages return the changes, which use cases publish.

    ``due_at`` is when a queued message is to be sent, when the lease on a claimed one ends, or when an ended one ended. So one
    index serves senders, leases and the deletion of old messages.
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

    # Writing

    async def existing(self, ids: Collection[str], tx: Tx) -> set[str]:
        """Those of the ids that have a message already."""
        if not ids:
            return set()
        found = self._messages.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=tx.session)
        return {document["_id"] async for document in found}

    async def add(self, messages: Collection[WrittenMessage], keep: timedelta, tx: Tx) -> None:
        """Queue new messages (see ``existing``). Their mails are kept for ``keep``, sensitive ones until they end."""
        if not messages:
            return
        await self._messages.insert_many([document_of(written) for written in messages], ordered=False, session=tx.session)
        bodies = [
            {
                "_id": written.message.id,
                "mail": Binary(written.mail),
                "kept_until": max(tx.now + keep, written.message.not_after),
            }
            for written in messages
        ]
        await self._bodies.insert_many(bodies, ordered=False, session=tx.session)

    async def add_suppressed(self, message: Message, reason: str, tx: Tx) -> StateChange:
        """Add a message that is not even written, because its address takes no mail."""
        document = document_of(WrittenMessage(replace(message, version=1), b""))
        ended = {"state": SUPPRESS.target, "due_at": tx.now, "answer": reason}
        await self._messages.insert_one(document | ended, session=tx.session)
        return StateChange(message, SUPPRESS.target, reason)

    async def recall(self, deliveries: Mapping[str, DeliveryChanged], tx: Tx) -> set[str]:
        """Add the ended messages with these ids as they were published, except those that exist. Returns the ids of the new."""
        new = deliveries.keys() - await self.existing(deliveries.keys(), tx)
        documents = [recalled_document(id, deliveries[id]) for id in sorted(new)]
        if documents:
            await self._messages.insert_many(documents, ordered=False, session=tx.session)
        return new

    async def causes(
        self, of: Literal["about", "caused_by"], ids: Collection[str], since: datetime, tx: Tx
    ) -> dict[str, set[str]]:
        """The events that caused mails since then, each to any number of people: for each of these things that the mails are
        about, or of these people who set them off."""
        causes: dict[str, set[str]] = {id: set() for id in ids}
        if causes:
            which = {of: {"$in": list(causes)}, "created_at": {"$gt": since}}
            async for document in self._messages.find(which, {of: 1, "cause": 1}, session=tx.session):
                causes[document[of]].add(document["cause"])
        return causes

    async def have_heard(self, about: str, recipients: Collection[str], tx: Tx) -> set[str]:
        """Those of these people who have got a mail about this, or may get one that is being sent."""
        which = {"about": about, "recipient": {"$in": list(recipients)}, "state": {"$in": list(HEARD)}}
        return set(await self._messages.distinct("recipient", which, session=tx.session))

    async def recipients(self, about: str, kind: str, after: str, most: int, tx: Tx) -> list[str]:
        """The ids greater than ``after``, in order, of those who have got a mail of this kind about this, or may get it now."""
        which = {"about": about, "kind": kind, "recipient": {"$gt": after}, "state": {"$in": list(HEARD)}}
        found = self._messages.find(which, {"recipient": 1}, session=tx.session).sort("recipient").limit(most)
        return [document["recipient"] async for document in found]

    # Calling off

    async def cancel(self, cancellations: Collection[Cancellation], tx: Tx) -> list[StateChange]:
        """Cancel the unsent messages that these name."""
        changes: list[StateChange] = []
        for ids in batched(await named(self._messages, {"state": {"$in": list(OPEN)}}, cancellations, tx)):
            changes += await self._call_off(CANCEL, {"_id": {"$in": ids}}, tx)
        return changes

    async def suppress(self, recipient: str, kinds: Collection[str], tx: Tx) -> list[StateChange]:
        """Suppress the unsent messages of these kinds to a person."""
        return await self._call_off(SUPPRESS, {"recipient": recipient, "kind": {"$in": list(kinds)}}, tx)

    async def forget(self, person_id: str, kinds: Collection[str], tx: Tx, *, also_about: bool) -> list[StateChange]:
        """Cancel the unsent messages of these kinds to a person, and of any kind about them, and delete what they say.

        The records that there were messages are kept.
        """
        changes = await self._call_off(CANCEL, {"of": person_id}, tx) if also_about else []
        to_person = {"recipient": person_id, "kind": {"$in": list(kinds)}, "mailbox": None}
        changes += await self._call_off(CANCEL, to_person, tx)
        found = self._messages.find(to_person, {"_id": 1}, session=tx.session)
        await drop_mails(self._bodies, [document["_id"] async for document in found], tx)
        await self._messages.update_many(to_person, {"$unset": {"answer": "", "address": ""}}, session=tx.session)
        return changes

    async def unwrite(self, about_person: str, kinds: Collection[str], tx: Tx) -> list[Unwritten]:
        """Delete the unsent messages of these kinds about a person, to be written again. What is being sent stays.

        A sender that has claimed one finds its claim void.
        """
        which = selection(CANCEL, {"of": about_person, "kind": {"$in": list(kinds)}})
        found = [document async for document in self._messages.find(which, {"cause": 1, "kind": 1}, session=tx.session)]
        for ids in batched([document["_id"] for document in found]):
            await self._messages.delete_many({"_id": {"$in": ids}}, session=tx.session)
            await drop_mails(self._bodies, ids, tx)
        return [Unwritten(document["cause"], document["kind"]) for document in found]

    async def _call_off(self, transition: Transition, which: Document, tx: Tx) -> list[StateChange]:
        mark = {"$set": {"called_off": transition.target}}
        await self._messages.update_many(deferred_selection(transition, which), mark, session=tx.session)
        found = self._messages.find(selection(transition, which), session=tx.session)
        return await self._change([message_of(document) async for document in found], transition, tx)

    async def _change(self, messages: Sequence[Message], transition: Transition, tx: Tx, **values: Any) -> list[StateChange]:
        """Make the transition of these messages, which is known to be allowed. Returns the changes to publish."""
        change = update(transition, tx.now, **values)
        for ids in batched([message.id for message in messages]):
            await self._messages.update_many({"_id": {"$in": ids}}, change, session=tx.session)
        await drop_mails(self._bodies, dropped_mails(transition, messages), tx)
        if not transition.is_published:
            return []
        return [StateChange(message, transition.target, values.get("answer", "")) for message in messages]

    # Claims

    async def due(self, lane: Lane, now: datetime, most: int) -> list[str]:
        """The ids of messages that are due, the longest due first."""
        which = selection(CLAIM, {"lane": lane, "due_at": {"$lte": now}})
        found = self._messages.find(which, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def longest_due(self, now: datetime) -> datetime | None:
        """When the longest-waiting message became due; None if none is due."""
        which = [selection(CLAIM, {"lane": lane, "due_at": {"$lte": now}}) for lane in LANES]
        found = [await self._messages.find_one(each, {"due_at": 1}, sort=[("due_at", 1)]) for each in which]
        return min((document["due_at"] for document in found if document), default=None)

    async def claim(self, ids: Collection[str], claim: str, lease: timedelta, tx: Tx) -> list[Document]:
        """Claim those of these messages that are still queued, under the mark ``claim``. Follow with ``load_claimed``.

        A message waits for earlier ones to the same person about the same thing, so that none overtakes another.
        """
        later = await postpone_later(self._messages, ids, tx)
        ids = [id for id in ids if id not in later]
        which = {"_id": {"$in": ids}}
        change = update(CLAIM, tx.now, tx.now + lease, claim=claim)
        await self._messages.update_many(selection(CLAIM, which), change, session=tx.session)
        found = self._messages.find(which | {"claim": claim}, session=tx.session)
        documents = {document["_id"]: document async for document in found}
        return [documents[id] for id in ids if id in documents]

    async def load_claimed(self, documents: Sequence[Document]) -> list[WrittenMessage]:
        """The claimed messages with their mails. To be called outside of the transaction, which the mails would make long."""
        found = self._bodies.find({"_id": {"$in": [document["_id"] for document in documents]}}, {"mail": 1})
        mails = {body["_id"]: bytes(body["mail"]) async for body in found}
        return [written_message_of(document, mails.get(document["_id"], b"")) for document in documents]

    async def release(self, claimed: Iterable[WrittenMessage], pause: timedelta, tx: Tx) -> None:
        """Return claimed messages to the queue, to be sent by any sender after the pause."""
        by_claim: dict[str, list[str]] = defaultdict(list)
        for written in claimed:
            by_claim[written.message.claim].append(written.message.id)
        for claim, ids in by_claim.items():
            which = selection(RELEASE, {"_id": {"$in": ids}}, claim)
            await self._messages.update_many(which, update(RELEASE, tx.now, tx.now + pause), session=tx.session)

    async def requeue(self, recipient: str, tx: Tx) -> None:
        """Return the claimed messages to this person to the queue, so that the sender reads the new address."""
        await self._requeue({"recipient": recipient}, tx)

    async def requeue_expired(self, tx: Tx) -> None:
        """Return messages to the queue whose claim has expired."""
        for lane in LANES:
            await self._requeue({"lane": lane, "due_at": {"$lte": tx.now}}, tx)

    async def requeue_claims_of(self, instance: str, tx: Tx) -> None:
        """Return to the queue what this instance has claimed. If it lives after all, it finds its claims void."""
        for lane in LANES:
            await self._requeue({"lane": lane, "claim": {"$regex": f"^{instance}/"}}, tx)

    async def _requeue(self, which: Document, tx: Tx) -> None:
        await self._messages.update_many(selection(REQUEUE, which), update(REQUEUE, tx.now), session=tx.session)

    # Sending

    async def record_steps(self, steps: Sequence[DeliveryStep], lease: timedelta, tx: Tx) -> tuple[list[bool], list[StateChange]]:
        """Record these steps of different messages.

        Returns for each whether the message was still under its claim (if not, nothing is changed), and the changes to publish.
        """
        return await record_steps(self._messages, self._bodies, steps, lease, tx)

    async def end_expired(self, most: int, tx: Tx) -> tuple[int, list[StateChange]]:
        """Resend or lose up to ``most`` messages of each lane that were cut off while being sent.

        Returns how many are sent once more, and the changes to publish. The claim of a lost one stays, see ``END``.
        """
        messages: dict[Transition, list[Message]] = {RESEND: [], LOSE: []}
        for lane in LANES:
            which = selection(LOSE, {"lane": lane, "due_at": {"$lte": tx.now}})
            async for document in self._messages.find(which, session=tx.session).limit(most):
                message, called_off = message_of(document), "called_off" in document
                messages[after_silence(message.kind, resent=message.resent, called_off=called_off)].append(message)
        await self._change(messages[RESEND], RESEND, tx, answer=CUT_OFF, resent=True)
        return len(messages[RESEND]), await self._change(messages[LOSE], LOSE, tx, answer=CUT_OFF)

    async def is_suppressed(self, id: str, tx: Tx) -> bool:
        return await self._messages.find_one({"_id": id, "state": SUPPRESS.target}, {"_id": 1}, session=tx.session) is not None

    # What came back

    async def find_returned(self, token: str, tx: Tx) -> ReturnedMessage | None:
        """The message with this token."""
        document = await self._messages.find_one({"token": token}, session=tx.session)
        if document is None:
            return None
        feedback, address_id = document.get("feedback", ""), document.get("address", "")
        return ReturnedMessage(message_of(document), document["state"], document["changed_at"], feedback, address_id)

    async def add_feedback(self, message: Message, feedback: Feedback, reason: str, tx: Tx) -> StateChange:
        """Record what came back of a message that had ended. Its state stays as it is."""
        change = {"$set": {"feedback": feedback, "feedback_reason": reason, "feedback_at": tx.now}, "$inc": {"version": 1}}
        await self._messages.update_one({"_id": message.id}, change, session=tx.session)
        return StateChange(message, feedback, reason)

    async def has_arrived_between(self, recipient: str, after: datetime, before: datetime, tx: Tx) -> bool:
        """Whether a mail to this person, sent between these times, did not bounce."""
        times = {"$gt": after, "$lt": before}
        which = {"recipient": recipient, "state": "sent", "feedback": None, "changed_at": times}
        return await self._messages.find_one(which, {"_id": 1}, session=tx.session) is not None

    # Reading and deleting

    async def find_by_recipient(self, recipient: str, most: int, kind: str | None = None) -> list[Document]:
        """A person's messages, of one kind if it is given, the newest first, without what they say."""
        which = {"recipient": recipient} | ({"kind": kind} if kind else {})
        found = self._messages.find(which, {"claim": 0, "due_at": 0, "mailbox": 0})
        return [document | {"id": document.pop("_id")} async for document in found.sort("created_at", -1).limit(most)]

    async def sent_mail(self, token: str, now: datetime) -> bytes | None:
        """The mail as it was sent, without its ``To:`` header; None if it is not kept any more."""
        message = await self._messages.find_one({"token": token}, {"_id": 1})
        body = message and await self._bodies.find_one({"_id": message["_id"], "kept_until": {"$gt": now}}, {"mail": 1})
        return bytes(body["mail"]) if body else None

    async def statistics(self) -> dict[str, int]:
        """How many messages are in each state; ``queued`` counts all that have not ended."""
        # In processing order: messages that advance meanwhile are counted twice rather than not at all.
        queued = sum([await self._messages.count_documents({"state": state}) for state in OPEN])
        ended: list[Document] = [{"$match": {"state": {"$in": list(ENDS)}}}, {"$group": {"_id": "$state", "count": {"$sum": 1}}}]
        counts = {one["_id"]: one["count"] async for one in self._messages.aggregate(ended)}
        return {"queued": queued} | {state: counts.get(state, 0) for state in ENDS}

    async def sweep_mails(self, now: datetime, tx: Tx) -> bool:
        """Delete a batch of the mails that were kept long enough. Returns whether there may be more."""
        return await drop(self._bodies, {"kept_until": {"$lt": now}}, tx) == TOGETHER

    async def sweep(self, before: datetime, tx: Tx) -> bool:
        """Delete a batch of the messages that ended before. Returns whether there may be more.

        A message that is still worth sending is kept: an event that is read again could cause it again.
        """
        worthless = {"not_after": {"$lt": tx.now}}
        for state in ENDS:
            for lane in LANES:
                which = {"state": state, "lane": lane, "due_at": {"$lt": before}}
                if await drop(self._messages, which | worthless, tx) == TOGETHER:
                    return True
        return False
