"""Scheduled mails in MongoDB."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from notifications.mail_kinds import KINDS, LANES, Lane
from notifications.messages.domain.records import Cancellation
from notifications.messages.repository.documents import named
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, OpenMail, ScheduledMail
from notifications.work_batches import TOGETHER, batched, drop
from shared import tracing
from shared.database.mongo import Document, MongoDatabase, Tx

_DETAILS: Final = TypeAdapter(MailDetails)

Fate = Literal["done", "cancelled", "expired", "forgotten"]
"""How a scheduled mail ends. expired: its audience or content was not known in time; forgotten: its person was erased."""


class ScheduledMails:
    """Open ones have a ``due_at``, ended ones an ``ended_at``, so each index holds only one sort."""

    def __init__(self, db: MongoDatabase) -> None:
        self._scheduled_mails = db["scheduled_mails"]
        self.added = asyncio.Event()
        """Set when this instance has added some that may be due."""

    async def ensure_indexes(self) -> None:
        await self._scheduled_mails.create_index([("state", 1), ("lane", 1), ("due_at", 1)])
        await self._scheduled_mails.create_index([("about", 1), ("state", 1)])
        await self._scheduled_mails.create_index("ended_at")
        await self._scheduled_mails.create_index("persons")

    async def add(self, scheduled_mails: Iterable[ScheduledMail], tx: Tx) -> None:
        """Add these scheduled mails, except those that exist, so nothing is sent twice.

        One that was cancelled starts again from its beginning. Recipients who have its message already get no second one.
        """
        by_id = {scheduled.id: scheduled for scheduled in scheduled_mails}
        if not by_id:
            return
        found = self._scheduled_mails.find({"_id": {"$in": list(by_id)}}, {"fate": 1}, session=tx.session)
        known = {document["_id"]: document.get("fate") async for document in found}
        if again := [id for id, fate in known.items() if fate == "cancelled"]:
            await self._scheduled_mails.delete_many({"_id": {"$in": again}}, session=tx.session)
            for id in again:
                del known[id]
        documents = [_document(scheduled, tx.now) for id, scheduled in by_id.items() if id not in known]
        if documents:
            await self._scheduled_mails.insert_many(documents, ordered=False, session=tx.session)
            tx.wake(self.added)

    async def cancel(self, cancellations: Collection[Cancellation], tx: Tx) -> None:
        """Cancel the open scheduled mails that these name."""
        for ids in batched(await named(self._scheduled_mails, {"state": "open"}, cancellations, tx)):
            await self._scheduled_mails.update_many({"_id": {"$in": ids}}, _ended("cancelled", tx.now), session=tx.session)

    async def due(self, now: datetime, lane: Lane, most: int) -> list[str]:
        """The ids of scheduled mails that are due, the longest due first."""
        which = {"state": "open", "lane": lane, "due_at": {"$lte": now}}
        found = self._scheduled_mails.find(which, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def take(self, ids: Collection[str], tx: Tx) -> list[ScheduledMail]:
        """Those of these that are still due, in this order. Of several instances that ask at once, all but one get a conflict."""
        which = {"_id": {"$in": list(ids)}, "state": "open", "due_at": {"$lte": tx.now}}
        await self._scheduled_mails.update_many(which, {"$set": {"taken_at": tx.now}}, session=tx.session)
        found = {document["_id"]: document async for document in self._scheduled_mails.find(which, session=tx.session)}
        tracing.link(document.get(tracing.TRACEPARENT, "") for document in found.values())
        return [_scheduled_mail(found[id]) for id in ids if id in found]

    async def open_about(self, abouts: Collection[str], since: datetime, tx: Tx) -> list[OpenMail]:
        """The open mails about these things, of any version, that became due ``since`` then."""
        if not abouts:
            return []
        planned = {"$gt": since, "$lte": tx.now}
        which = {"about": {"$in": list(abouts)}, "state": "open", "version": {"$gt": 0}, "planned_at": planned}
        fields = {"about": 1, "lane": 1, "group": 1, "ids": 1, "version": 1}
        found = self._scheduled_mails.find(which, fields, session=tx.session)
        return [
            OpenMail(one["_id"], one["about"], one["lane"], one["group"], frozenset(one["ids"]), one["version"])
            async for one in found
        ]

    async def postpone_failed(self, id: str, until: datetime, tx: Tx) -> None:
        """Postpone a scheduled mail that failed, perhaps because only a newer version of the service can read it."""
        await self._scheduled_mails.update_one({"_id": id, "state": "open"}, {"$set": {"due_at": until}}, session=tx.session)

    async def continue_after(self, scheduled: ScheduledMail, after: str, tx: Tx) -> None:
        """Save that everybody up to ``after`` has been written to. The rest follows after what else is due."""
        change = {"$set": {"after": after, "due_at": tx.now}}
        await self._scheduled_mails.update_one({"_id": scheduled.id}, change, session=tx.session)

    async def postpone(self, scheduled: ScheduledMail, until: datetime, tx: Tx) -> None:
        """Retry at that time, as something that it needs is not known yet."""
        await self._scheduled_mails.update_one({"_id": scheduled.id}, {"$set": {"due_at": until}}, session=tx.session)

    async def end(self, ids: Collection[str], fate: Fate, tx: Tx) -> None:
        if ids:
            await self._scheduled_mails.update_many({"_id": {"$in": list(ids)}}, _ended(fate, tx.now), session=tx.session)

    async def reopen(self, ids: Collection[str], tx: Tx) -> None:
        """Have these scheduled mails written again, for their whole audience. Whoever has a message gets no second one."""
        change = {"$set": {"state": "open", "due_at": tx.now, "after": ""}, "$unset": {"fate": "", "ended_at": ""}}
        which = {"_id": {"$in": list(ids)}, "fate": {"$in": ["done", None]}}
        await self._scheduled_mails.update_many(which, change, session=tx.session)

    async def forget(self, person_id: str, tx: Tx) -> None:
        """End the scheduled mails for this person alone or about them, and delete their details."""
        await self._forget({"persons": person_id}, tx)

    async def forget_about(self, about: str, tx: Tx) -> None:
        """End the scheduled mails of this thread that are for or about a person, and delete their details."""
        await self._forget({"about": about, "persons": {"$ne": []}}, tx)

    async def _forget(self, which: Document, tx: Tx) -> None:
        change = _ended("forgotten", tx.now) | {"$unset": {"details": ""}}
        await self._scheduled_mails.update_many(which, change, session=tx.session)

    async def count_open(self) -> int:
        return await self._scheduled_mails.count_documents({"state": "open"})

    async def count_due(self, now: datetime) -> int:
        due = [{"state": "open", "lane": lane, "due_at": {"$lte": now}} for lane in LANES]
        return sum([await self._scheduled_mails.count_documents(which) for which in due])

    async def longest_due(self, now: datetime) -> datetime | None:
        """When the longest-waiting one became due; None if none is due."""
        which = [{"state": "open", "lane": lane, "due_at": {"$lte": now}} for lane in LANES]
        found = [await self._scheduled_mails.find_one(each, {"due_at": 1}, sort=[("due_at", 1)]) for each in which]
        return min((document["due_at"] for document in found if document), default=None)

    async def sweep(self, before: datetime, tx: Tx) -> bool:
        """Delete a batch of those that ended before. Returns whether there may be more."""
        return await drop(self._scheduled_mails, {"ended_at": {"$lt": before}}, tx) == TOGETHER


def _ended(fate: Fate, now: datetime) -> Document:
    return {"$set": {"state": "ended", "fate": fate, "due_at": None, "ended_at": now}}


def _document(scheduled: ScheduledMail, now: datetime) -> Document:
    persons = [*(scheduled.audience.ids if scheduled.audience.group == "person" else ()), scheduled.details.person_id]
    return {
        "_id": scheduled.id,
        "kind": scheduled.kind.name,
        "lane": scheduled.kind.lane,
        "cause": scheduled.cause,
        "group": scheduled.audience.group,
        "ids": list(scheduled.audience.ids),
        "persons": [id for id in persons if id],
        "correlation_id": scheduled.correlation_id,
        "created_at": now,
        "due_at": scheduled.due_at,
        "not_after": scheduled.not_after,
        "details": _DETAILS.dump_json(scheduled.details),
        "about": scheduled.about,
        "caused_by": scheduled.caused_by,
        "version": scheduled.version,
        "planned_at": scheduled.due_at,
        "after": scheduled.after,
        "state": "open",
        **tracing.kept(),
    }


def _scheduled_mail(document: Document) -> ScheduledMail:
    return ScheduledMail(
        kind=KINDS[document["kind"]],
        cause=document["cause"],
        audience=Audience(document["group"], tuple(document["ids"])),
        correlation_id=document["correlation_id"],
        due_at=document["due_at"],
        not_after=document["not_after"],
        details=_DETAILS.validate_json(document["details"]),
        about=document["about"],
        caused_by=document["caused_by"],
        version=document.get("version", 0),
        after=document["after"],
        created_at=document["created_at"],
    )
