"""Messages as documents of MongoDB, and the queries and updates of a transition."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.messages.domain.records import Cancellation, WrittenMessage
from notifications.messages.domain.states import ENDS, State, Transition, kind_named
from notifications.work_batches import batched
from shared import tracing
from shared.contract.events.notifications import DeliveryChanged
from shared.database.documents import from_document
from shared.database.mongo import Document, Tx


def selection(transition: Transition, which: Document, claim: str = "") -> Document:
    """Those of the messages that ``which`` selects for which the transition is allowed, under this claim if it needs one."""
    return which | _in_states(transition.sources) | ({"claim": claim} if transition.needs_claim else {})


def deferred_selection(transition: Transition, which: Document) -> Document:
    """Those of the messages that ``which`` selects for which the transition is deferred."""
    return which | _in_states(transition.deferred_in)


def _in_states(states: tuple[State, ...]) -> Document:
    return {"state": states[0] if len(states) == 1 else {"$in": list(states)}}


def update(transition: Transition, now: datetime, due_at: datetime | None = None, **values: Any) -> Document:
    """The update that makes the transition. ``due_at``: see ``Messages``; now if not given."""
    change: Document = {"state": transition.target, "changed_at": now, "due_at": due_at or now} | values
    if transition.voids_claim:
        change["claim"] = ""
    if transition.is_published:
        return {"$set": change | {"mailbox": None}, "$inc": {"version": 1}}
    return {"$set": change}


def dropped_mails(transition: Transition, messages: Iterable[Message]) -> list[str]:
    """The ids of those of the messages whose mails are not kept after the transition."""
    return [message.id for message in messages if not transition.keeps_mail(message.kind)]


def document_of(written: WrittenMessage) -> Document:
    """The document of a new message, queued."""
    message, mailbox = written.message, written.mailbox
    return {
        "_id": message.id,
        "token": message.token,
        "kind": message.kind.name,
        "recipient": message.recipient,
        "cause": message.cause,
        "about": message.about,
        "caused_by": message.caused_by,
        "of": list(message.about_persons),
        "order": message.order,
        "correlation_id": message.correlation_id,
        "listing_ids": message.listing_ids,
        "lane": message.kind.lane,
        "state": "queued",
        "claim": message.claim,
        "deferrals": message.deferrals,
        "resent": message.resent,
        "version": message.version,
        "mailbox": {"email": mailbox.email, "name": mailbox.name} if mailbox else None,
        "address": written.address_id,
        "body_sha256": sha256(written.mail).hexdigest() if written.mail else "",
        "created_at": message.created_at,
        "changed_at": message.created_at,
        "due_at": message.due_at,
        "not_after": message.not_after,
        **tracing.kept(),
    }


def recalled_document(id: str, delivery: DeliveryChanged) -> Document:
    """The document of an ended message, of which only the published data is known. A returned mail counts as sent."""
    kind, at = kind_named(delivery.kind), delivery.at
    message = Message(
        id,
        kind,
        delivery.person_id,
        delivery.cause,
        "",
        at,
        at,
        at,
        about=delivery.about or "",
        listing_ids=delivery.listing_ids,
        token=delivery.message_id,
        version=delivery.version,
    )
    state = delivery.state if delivery.state in ENDS else "sent"
    return document_of(WrittenMessage(message, b"")) | {"state": state}


def message_of(document: Document) -> Message:
    """The message of a document."""
    return Message(
        id=document["_id"],
        kind=kind_named(document["kind"]),
        recipient=document["recipient"],
        cause=document["cause"],
        correlation_id=document["correlation_id"],
        created_at=document["created_at"],
        due_at=document["due_at"],
        not_after=document["not_after"],
        about=document["about"],
        caused_by=document["caused_by"],
        about_persons=_persons(document["of"]),
        order=document.get("order", 0),
        listing_ids=document["listing_ids"],
        token=document["token"],
        version=document["version"],
        deferrals=document["deferrals"],
        tried_since=document.get("tried_since"),
        resent=document["resent"],
        claim=document["claim"],
    )


def _persons(of: list[str] | str) -> tuple[str, ...]:
    """Messages of older versions have one person, or "" for none."""
    return tuple(of) if isinstance(of, list) else (of,) if of else ()


def written_message_of(document: Document, mail: bytes) -> WrittenMessage:
    """The message of a document, with its mail."""
    mailbox = document.get("mailbox")
    address, traceparent = document.get("address", ""), document.get(tracing.TRACEPARENT, "")
    return WrittenMessage(message_of(document), mail, from_document(Mailbox, mailbox) if mailbox else None, address, traceparent)


async def named(
    collection: AsyncIOMotorCollection[Document], which: Document, cancellations: Iterable[Cancellation], tx: Tx
) -> list[str]:
    """The ids of the messages or scheduled mails among ``which`` that these cancel: few are open about one thing."""
    by_about: dict[str, list[Cancellation]] = defaultdict(list)
    for cancellation in cancellations:
        by_about[cancellation.about].append(cancellation)
    ids = []
    for abouts in batched(list(by_about)):
        found = collection.find({"about": {"$in": abouts}} | which, {"about": 1, "kind": 1, "cause": 1}, session=tx.session)
        async for document in found:
            about, kind, cause = document["about"], document["kind"], document["cause"]
            if any(cancellation.cancels(about, kind, cause) for cancellation in by_about[about]):
                ids.append(document["_id"])
    return ids


async def drop_mails(bodies: AsyncIOMotorCollection[Document], ids: list[str], tx: Tx) -> None:
    """Delete what these messages say."""
    for some_ids in batched(ids):
        await bodies.delete_many({"_id": {"$in": some_ids}}, session=tx.session)
