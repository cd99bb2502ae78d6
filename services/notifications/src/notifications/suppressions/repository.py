"""The suppression list in MongoDB. It has a keyed hash of each address, never the address itself.

So it may outlive the person: after an erasure, a person who returns still gets no mail at a suppressed address.
"""

import hmac
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from pydantic import SecretStr

from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.key_lists import keys_of
from shared.persons import normalise_email


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """What is known of an address."""

    reason: str = ""
    """Why it is suppressed; "" if it is not."""
    since: datetime | None = None
    token: str = ""
    """The token of the message for which it was suppressed."""
    soft_bounces: int = 0
    """How many in a row."""
    soft_bounced: datetime | None = None
    """When the mail of the last soft bounce was sent."""


class Suppressions:
    """The suppression list; each address goes by its ``id``.

    While a key is being replaced, an address has an id under each key. It is suppressed if any of them is, and ``renew`` moves
    what is known of it to its id under the first key.
    """

    def __init__(self, db: MongoDatabase, keys: SecretStr) -> None:
        """``keys`` are separated by commas, the newest first. What was stored under a key that is missing is not found."""
        self._suppressions = db["suppressions"]
        self._keys = [key.encode() for key in keys_of(keys)]

    def id(self, email: str) -> str:
        """HMAC-SHA256 (RFC 2104) of the address in its normal form, so that another spelling has the same id."""
        return self.ids(email)[0]

    def ids(self, email: str) -> list[str]:
        """The ids of the address under each key, the newest first."""
        try:
            email = normalise_email(email)
        except ValueError:  # no valid address, but operators may still look it up
            email = email.strip().lower()
        text = b"address\0" + email.encode(errors="replace")
        return [hmac.digest(key, text, "sha256").hex() for key in self._keys]

    async def suppressed(self, emails: Collection[str], tx: Tx | None = None) -> dict[str, str]:
        """The suppressed addresses among these, each with the reason."""
        if not emails:
            return {}
        ids = {email: self.ids(email) for email in emails}
        which = {"_id": {"$in": [id for some in ids.values() for id in some]}}
        found = self._suppressions.find(which, {"reason": 1}, session=tx and tx.session)
        reasons = {document["_id"]: document["reason"] async for document in found}
        return {email: reason for email, some in ids.items() if (reason := next(filter(None, map(reasons.get, some)), None))}

    async def renew(self, emails: Collection[str], tx: Tx) -> None:
        """Move these addresses' records from their ids under older keys to their ids under the first key."""
        newest = {old: ids[0] for ids in map(self.ids, emails) for old in ids[1:]}
        if not newest:
            return
        found = await self._suppressions.find({"_id": {"$in": list(newest)}}, session=tx.session).to_list(None)
        for document in found:
            old = document["_id"]
            id = newest[old]
            known = await self.find(id, tx)
            record = from_document(AddressRecord, document)
            await self._save(id, asdict(_combined(known, record) if known else record), tx)
            await self._suppressions.delete_one({"_id": old}, session=tx.session)

    async def find(self, id: str, tx: Tx | None = None) -> AddressRecord | None:
        """None if nothing is known of the address."""
        document = await self._suppressions.find_one({"_id": id}, {"_id": 0}, session=tx and tx.session)
        return from_document(AddressRecord, document) if document else None

    async def suppress(self, id: str, reason: str, token: str, tx: Tx) -> bool:
        """Stop mail to the address. Returns False if it was suppressed already; the first reason stays."""
        known = await self.find(id, tx) or AddressRecord()
        if known.reason:
            return False
        await self._save(id, {"reason": reason, "since": tx.now, "token": token}, tx)
        return True

    async def record_soft_bounce(self, id: str, count: int, sent_at: datetime, tx: Tx) -> None:
        """Save how many mails in a row came back as soft bounces, and when the last of these mails was sent."""
        await self._save(id, {"soft_bounces": count, "soft_bounced": sent_at}, tx)

    async def lift(self, email: str, tx: Tx) -> bool:
        """Delete the address's records, so that it gets mail again. Returns False if there were none."""
        result = await self._suppressions.delete_many({"_id": {"$in": self.ids(email)}}, session=tx.session)
        return result.deleted_count > 0

    async def _save(self, id: str, values: Document, tx: Tx) -> None:
        new = {name: getattr(AddressRecord(), name) for name in AddressRecord.__slots__ if name not in values}
        change = {"$set": values} | ({"$setOnInsert": new} if new else {})
        await self._suppressions.update_one({"_id": id}, change, upsert=True, session=tx.session)


def _combined(one: AddressRecord, other: AddressRecord) -> AddressRecord:
    """What two records say of one address: the suppression of either, and the later count of soft bounces."""
    suppressed = one if one.reason else other
    counted = max(one, other, key=lambda record: (record.soft_bounced is not None, record.soft_bounced, record.soft_bounces))
    return replace(suppressed, soft_bounces=counted.soft_bounces, soft_bounced=counted.soft_bounced)
