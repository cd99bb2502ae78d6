"""Recording what senders do with the messages that they have claimed: a group of senders in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import UpdateOne

from notifications.mail.message import Message
from notifications.messages.domain.records import Begun, DeliveryStep, Ended, Postponed, StateChange
from notifications.messages.domain.states import BEGIN, END, POSTPONE, End, Transition
from notifications.messages.repository.documents import drop_mails, dropped_mails, message_of, selection, update
from shared.database.mongo import Document, Tx

Collection = AsyncIOMotorCollection[Document]


async def record_steps(
    collection: Collection, bodies: Collection, steps: Sequence[DeliveryStep], lease: timedelta, tx: Tx
) -> tuple[list[bool], list[StateChange]]:
    """See ``Messages.record_steps``. Steps that change documents in the same way are written by one command."""
    recorded: set[str] = set()
    changes: list[StateChange] = []
    begun: dict[tuple[str, str], list[str]] = defaultdict(list)
    ended: dict[tuple[str, End], list[Ended]] = defaultdict(list)
    for step in steps:
        message = step.claimed.message
        if isinstance(step, Begun):
            new_address_id = step.address_id if step.address_id != step.claimed.address_id else ""
            begun[message.claim, new_address_id].append(message.id)
        elif isinstance(step, Ended):
            ended[message.claim, step.state].append(step)
        elif await _postpone(collection, step, tx):
            recorded.add(message.id)
        elif called_off := await _called_off(collection, message, tx):
            ended[message.claim, called_off].append(Ended(step.claimed, called_off, step.answer))
    for (claim, new_address_id), ids in begun.items():
        recorded |= await _begin(collection, claim, new_address_id, ids, lease, tx)
    for ends in ended.values():
        changes += await _end(collection, bodies, ends, tx)
    recorded |= {change.message.id for change in changes}
    return [step.claimed.message.id in recorded for step in steps], changes


async def _begin(collection: Collection, claim: str, new_address_id: str, ids: list[str], lease: timedelta, tx: Tx) -> set[str]:
    """Returns the ids of those that were still under the claim."""
    which: Document = {"_id": {"$in": ids}}
    change = update(BEGIN, tx.now, tx.now + lease, **({"address": new_address_id} if new_address_id else {}))
    result = await collection.update_many(selection(BEGIN, which, claim), change, session=tx.session)
    if result.matched_count == len(ids):
        return set(ids)
    found = collection.find(which | {"state": BEGIN.target, "claim": claim}, {"_id": 1}, session=tx.session)
    return {document["_id"] async for document in found}


async def _postpone(collection: Collection, step: Postponed, tx: Tx) -> bool:
    message = step.claimed.message
    values = {
        "answer": step.answer,
        "deferrals": step.deferrals,
        "resent": step.resent or message.resent,
        "tried_since": step.tried_since,
    }
    which = selection(POSTPONE, {"_id": message.id, "called_off": {"$exists": False}}, message.claim)
    result = await collection.update_one(which, update(POSTPONE, tx.now, step.due_at, **values), session=tx.session)
    return result.matched_count == 1


async def _called_off(collection: Collection, message: Message, tx: Tx) -> End | None:
    """How the message is to end, if it was called off while it was sent."""
    which = selection(POSTPONE, {"_id": message.id}, message.claim)
    document = await collection.find_one(which, {"called_off": 1}, session=tx.session)
    return document["called_off"] if document else None


async def _end(collection: Collection, bodies: Collection, steps: list[Ended], tx: Tx) -> list[StateChange]:
    """End messages of one claim in the same state: by one command, though the server's answer to each mail is another."""
    state, transition = steps[0].state, END[steps[0].state]
    messages = {step.claimed.message.id: step.claimed.message for step in steps}
    updates = {step.claimed.message.id: update(transition, tx.now, answer=step.answer) for step in steps}
    writes = [
        UpdateOne(selection(transition, {"_id": id, "version": message.version}, message.claim), updates[id])
        for id, message in messages.items()
    ]
    result = await collection.bulk_write(writes, ordered=False, session=tx.session)
    if result.matched_count < len(steps):
        messages = await _end_late(collection, messages, updates, transition, tx)
    await drop_mails(bodies, dropped_mails(transition, messages.values()), tx)
    answers = {step.claimed.message.id: step.answer if state != "sent" else "" for step in steps}
    return [StateChange(message, state, answers[id]) for id, message in messages.items()]


async def _end_late(
    collection: Collection, messages: dict[str, Message], updates: dict[str, Document], transition: Transition, tx: Tx
) -> dict[str, Message]:
    """End also those of the messages whose lease had ended, so that they were published as unknown.

    Returns all that are ended now, each as it was before. The others were taken from the sender.
    """
    claim = next(iter(messages.values())).claim
    found = collection.find({"_id": {"$in": list(messages)}, "claim": claim}, session=tx.session)
    documents = {document["_id"]: document async for document in found}
    late = {id: message_of(document) for id, document in documents.items() if document["state"] in transition.sources}
    if late:
        await collection.bulk_write([UpdateOne({"_id": id}, updates[id]) for id in late], session=tx.session)
    in_time = {
        id: messages[id]
        for id, document in documents.items()
        if document["state"] == transition.target and document["changed_at"] == tx.now
    }
    return in_time | late
