"""The suppression list in MongoDB. It has a keyed hash of each address, never the address itself.

So it may outlive the person: after an erasure, a person who returns still gets no mail at a suppressed address.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from shared.database.mongo import Document, MongoDatabase, Tx
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
    """The suppression list; each address goes by its ``id``."""

    def __init__(self, db: MongoDatabase, key: SecretStr) -> None:
        """A new ``key`` voids the list, because no address is found again."""
        self._suppressions = db["suppressions"]
        self._key = key.get_secret_value().encode()

    def id(self, email: str) -> str:
        """HMAC-SHA256 (RFC 2104) of the address in its normal form, so that another spelling has the same id."""
        try:
            email = normalise_email(email)
        except ValueError:  # no valid address, but operators may still look it up
            email = email.strip().lower()
        return hmac.digest(self._key, b"address\0" + email.encode(errors="replace"), "sha256").hex()

    async def suppressed(self, emails: Collection[str], tx: Tx | None = None) -> dict[str, str]:
        """The suppressed addresses among these, each with the reason."""
        if not emails:
            return {}
        ids = {self.id(email): email for email in emails}
        found = self._suppressions.find({"_id": {"$in": list(ids)}}, {"reason": 1}, session=tx and tx.session)
        reasons = {document["_id"]: document["reason"] async for document in found}
        return {email: reason for email in emails if (reason := reasons.get(self.id(email)))}

    async def find(self, id: str, tx: Tx | None = None) -> AddressRecord | None:
        """None if nothing is known of the address."""
        document = await self._suppressions.find_one({"_id": id}, {"_id": 0}, session=tx and tx.session)
        return AddressRecord(**document) if document else None

    async def suppress(self, id: str, reason: str, token: str, tx: Tx) -> bool:
        """Send no more mail to the address. Returns False if it was suppressed already; the first reason stays."""
        known = await self.find(id, tx) or AddressRecord()
        if known.reason:
            return False
        await self._save(id, {"reason": reason, "since": tx.now, "token": token}, tx)
        return True

    async def record_soft_bounce(self, id: str, count: int, sent_at: datetime, tx: Tx) -> None:
        """Save how many mails in a row came back as soft bounces, and when the last of these mails was sent."""
        await self._save(id, {"soft_bounces": count, "soft_bounced": sent_at}, tx)

    async def lift(self, id: str, tx: Tx) -> bool:
        """Delete what is known of the address, so that it gets mail again. Returns False if nothing was known."""
        result = await self._suppressions.delete_one({"_id": id}, session=tx.session)
        return result.deleted_count == 1

    async def _save(self, id: str, values: Document, tx: Tx) -> None:
        new = {name: getattr(AddressRecord(), name) for name in AddressRecord.__slots__ if name not in values}
        change = {"$set": values, "$setOnInsert": new}
        await self._suppressions.update_one({"_id": id}, change, upsert=True, session=tx.session)
