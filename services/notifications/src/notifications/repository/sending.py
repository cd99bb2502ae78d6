"""What senders do with messages: claim them, and record what becomes of each, a group of senders in one transaction.

A message in hand is changed under its claim only: whoever cancels it or takes it back removes the claim.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo.errors import OperationFailure

from notifications.domain.catalogue import KINDS
from notifications.domain.messages import Lane, Message, State
from notifications.domain.people import To
from notifications.repository.deliveries import TOLD, tell
from shared.mongo import Document, MongoDatabase, Tx

LANES: Final[tuple[Lane, ...]] = ("transactional", "bulk")
_WRITE_CONFLICT: Final = 112


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in hand. ``mail``: its bytes without the line of its recipient; b"" where they are not kept any more."""

    message: Message
    token: str
    told: Document
    """What ``tell`` needs of it."""
    mail: bytes
    to: To | None
    """Only where the person is forgotten by now: the address that the message itself holds."""
    tried_since: datetime | None
    """When it was first deferred."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Its data is about to leave."""

    claimed: Claimed


@dataclass(frozen=True, slots=True)
class Ended:
    """It has come to one of the ends."""

    claimed: Claimed
    state: State
    answer: str
    suppress: str = ""
    """The address that does not exist, where that is why."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """It is to be tried again."""

    claimed: Claimed
    answer: str
    due_at: datetime
    deferrals: int
    resent: bool = False


Change = Begun | Ended | Postponed


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

    async def claim(self, ids: Collection[str], claim: str, now: datetime, lease: timedelta) -> list[Claimed]:
        """Take those of these that nobody else took meanwhile. ``claim`` marks them as taken by this very call."""
        which = {"_id": {"$in": list(ids)}, "state": "queued"}
        change = {"$set": {"state": "claimed", "claim": claim, "due_at": now + lease, "changed_at": now}}
        try:
            await self._messages.update_many(which, change)
        except OperationFailure as error:
            if error.code != _WRITE_CONFLICT:  # somebody is changing one of them: those before it are taken
                raise
        found = self._messages.find({"_id": {"$in": list(ids)}, "claim": claim})
        documents = {document["_id"]: document async for document in found}
        bodies = self._bodies.find({"_id": {"$in": list(documents)}}, {"mail": 1})
        mails = {body["_id"]: bytes(body["mail"]) async for body in bodies}
        return [_claimed(documents[id], mails.get(id, b"")) for id in ids if id in documents]

    async def record(self, changes: Sequence[Change], lease: timedelta, tx: Tx) -> list[bool]:
        """Record these changes of different messages, ends with what is published of them.

        Returns for each whether the message was still in hand under its claim; where not, nothing is changed.
        """
        done: dict[str, bool] = {}
        begun: dict[str, list[str]] = defaultdict(list)
        ended: dict[tuple[str, int, str, str], list[Ended]] = defaultdict(list)
        for change in changes:
            message = change.claimed.message
            match change:
                case Begun():
                    begun[message.claim].append(message.id)
                case Ended():
                    version: int = change.claimed.told["version"]
                    ended[message.claim, version, change.state, change.answer].append(change)
                case Postponed():
                    done[message.id] = await self._postpone(change, tx)
        for claim, ids in begun.items():
            done |= await self._begin(claim, ids, lease, tx)
        for some in ended.values():
            done |= await self._end(some, tx)
        return [done[change.claimed.message.id] for change in changes]

    async def _begin(self, claim: str, ids: list[str], lease: timedelta, tx: Tx) -> dict[str, bool]:
        which = {"_id": {"$in": ids}, "claim": claim, "state": "claimed"}
        change = {"$set": {"state": "sending", "due_at": tx.now + lease, "changed_at": tx.now}}
        result = await self._messages.update_many(which, change, session=tx.session)
        if result.matched_count == len(ids):
            return dict.fromkeys(ids, True)
        found = self._messages.find({**which, "state": "sending"}, {"_id": 1}, session=tx.session)
        ours = {document["_id"] async for document in found}
        return {id: id in ours for id in ids}

    async def _end(self, alike: list[Ended], tx: Tx) -> dict[str, bool]:
        """Those that end in the same way, by one command."""
        first = alike[0]
        told = {one.claimed.message.id: one.claimed.told for one in alike}
        which = {"_id": {"$in": list(told)}, "claim": first.claimed.message.claim}
        known = {**which, "version": first.claimed.told["version"]}
        change = _ended(first.state, tx.now, answer=first.answer, to=None)
        result = await self._messages.update_many(known, change, session=tx.session)
        if result.matched_count < len(alike):
            # Some were taken back. Or their lease ended, and they were told to be unknown: their holder knows better.
            found = self._messages.find(which, TOLD | {"state": 1}, session=tx.session)
            documents = {document["_id"]: document async for document in found}
            late = [id for id, document in documents.items() if document["version"] == told[id]["version"] and document["state"] == "unknown"]
            late += [id for id, document in documents.items() if document["state"] == "unknown" and id not in late]
            if late:
                await self._messages.update_many({"_id": {"$in": late}}, change, session=tx.session)
            told = {id: told[id] | {"version": documents[id]["version"] - (id not in late)} for id in told if id in documents}
        for document in told.values():
            tell(document, first.state, tx, first.answer if first.state != "sent" else "")
        gone = [one.claimed.message.id for one in alike if one.claimed.message.kind.sensitive]
        if gone:
            await self._bodies.delete_many({"_id": {"$in": gone}}, session=tx.session)
        return {one.claimed.message.id: one.claimed.message.id in told for one in alike}
