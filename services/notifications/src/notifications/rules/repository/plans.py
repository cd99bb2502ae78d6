"""Plans: what is to be told, until it became messages or was cancelled."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from notifications.batches import TOGETHER, drop
from notifications.mail_kinds import KINDS, LANES, Lane
from notifications.rules.domain.plans import Audience, Cancel, Facts, Plan
from shared.database.mongo import Document, MongoDatabase, Tx

_FACTS: Final = TypeAdapter(Facts)

Fate = Literal["done", "cancelled", "expired", "forgotten"]
"""How a plan ends. "expired": whom it is for, or what it tells of, was not known in time. "forgotten": somebody was erased."""


class Plans:
    """Open ones have a ``due_at``, the ended an ``ended_at``: the indexes on them touch nothing else."""

    def __init__(self, db: MongoDatabase) -> None:
        self._plans = db["plans"]

    async def ensure_indexes(self) -> None:
        await self._plans.create_index([("state", 1), ("lane", 1), ("due_at", 1)])
        await self._plans.create_index([("about", 1), ("state", 1)])
        await self._plans.create_index("ended_at")
        await self._plans.create_index("persons")

    async def add(self, plans: Iterable[Plan], tx: Tx) -> None:
        """Keep these plans. One that was there before is left as it is: nothing is told twice.

        One that was cancelled is open again, from its beginning: who was told already is not told twice either.
        """
        by_id = {plan.id: plan for plan in plans}
        if not by_id:
            return
        found = self._plans.find({"_id": {"$in": list(by_id)}}, {"fate": 1}, session=tx.session)
        known = {document["_id"]: document.get("fate") async for document in found}
        if again := [id for id, fate in known.items() if fate == "cancelled"]:
            await self._plans.delete_many({"_id": {"$in": again}}, session=tx.session)
            for id in again:
                del known[id]
        documents = [_document(plan, tx.now) for id, plan in by_id.items() if id not in known]
        if documents:
            await self._plans.insert_many(documents, ordered=False, session=tx.session)

    async def cancel(self, cancels: Collection[Cancel], but: Collection[str], tx: Tx) -> None:
        """Take back the open plans that these name, other than those with the causes ``but``."""
        for cancel in cancels:
            which = {"about": cancel.about, "kind": {"$in": list(cancel.kinds)}, "state": "open", "cause": {"$nin": list(but)}}
            await self._plans.update_many(which, _ended("cancelled", tx.now), session=tx.session)

    async def due(self, now: datetime, lane: Lane, most: int) -> list[str]:
        """The ids of plans whose time has come, the longest due first."""
        which = {"state": "open", "lane": lane, "due_at": {"$lte": now}}
        found = self._plans.find(which, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def due_now(self, id: str, tx: Tx) -> Plan | None:
        """The plan, if it is due still. Of several that ask at once all but one meet a conflict here, before they wrote."""
        which = {"_id": id, "state": "open", "due_at": {"$lte": tx.now}}
        document = await self._plans.find_one_and_update(which, {"$set": {"taken_at": tx.now}}, session=tx.session)
        return _plan(document) if document else None

    async def put_off(self, id: str, until: datetime, tx: Tx) -> None:
        """Leave a plan alone that cannot be read: a newer version of the service may know it."""
        await self._plans.update_one({"_id": id, "state": "open"}, {"$set": {"due_at": until}}, session=tx.session)

    async def go_on(self, plan: Plan, after: str, tx: Tx) -> None:
        """Whoever is up to ``after`` was told; the others will be, after what else is due."""
        change = {"$set": {"after": after, "due_at": tx.now}}
        await self._plans.update_one({"_id": plan.id}, change, session=tx.session)

    async def wait(self, plan: Plan, until: datetime, tx: Tx) -> None:
        """Look again at that time: something that it needs is not known yet."""
        await self._plans.update_one({"_id": plan.id}, {"$set": {"due_at": until}}, session=tx.session)

    async def end(self, plan: Plan, fate: Fate, tx: Tx) -> None:
        await self._plans.update_one({"_id": plan.id}, _ended(fate, tx.now), session=tx.session)

    async def forget(self, person_id: str, tx: Tx) -> None:
        """Plans for this person alone, or about them, are ended, and tell nothing of them any more."""
        change = _ended("forgotten", tx.now) | {"$unset": {"facts": ""}}
        await self._plans.update_many({"persons": person_id}, change, session=tx.session)

    async def count_open(self) -> int:
        return await self._plans.count_documents({"state": "open"})

    async def count_due(self, now: datetime) -> int:
        due = [{"state": "open", "lane": lane, "due_at": {"$lte": now}} for lane in LANES]
        return sum([await self._plans.count_documents(which) for which in due])

    async def sweep(self, before: datetime, tx: Tx) -> bool:
        """Forget some of those that ended before. Returns whether there may be more."""
        return await drop(self._plans, {"ended_at": {"$lt": before}}, tx) == TOGETHER


def _ended(fate: Fate, now: datetime) -> Document:
    return {"$set": {"state": "ended", "fate": fate, "due_at": None, "ended_at": now}}


def _document(plan: Plan, now: datetime) -> Document:
    persons = [*(plan.audience.ids if plan.audience.circle == "person" else ()), plan.facts.person_id]
    return {
        "_id": plan.id,
        "kind": plan.kind.name,
        "lane": plan.kind.lane,
        "cause": plan.cause,
        "circle": plan.audience.circle,
        "ids": list(plan.audience.ids),
        "persons": [id for id in persons if id],
        "correlation_id": plan.correlation_id,
        "created_at": now,
        "due_at": plan.due_at,
        "not_after": plan.not_after,
        "facts": _FACTS.dump_json(plan.facts),
        "about": plan.about,
        "caused_by": plan.caused_by,
        "after": plan.after,
        "state": "open",
    }


def _plan(document: Document) -> Plan:
    return Plan(
        kind=KINDS[document["kind"]],
        cause=document["cause"],
        audience=Audience(document["circle"], tuple(document["ids"])),
        correlation_id=document["correlation_id"],
        due_at=document["due_at"],
        not_after=document["not_after"],
        facts=_FACTS.validate_json(document["facts"]),
        about=document["about"],
        caused_by=document["caused_by"],
        after=document["after"],
        created_at=document["created_at"],
    )
