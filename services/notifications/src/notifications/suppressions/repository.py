"""Suppressions that take no mail: the suppression list, by a keyed hash of each address and never the address itself.

So it may outlive the person: who was erased and comes again is not mailed at an address whose owner complained.
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
    """What is known of an address. ``reason`` is "" while it is not suppressed."""

    reason: str = ""
    since: datetime | None = None
    token: str = ""
    """Of the message for which it was suppressed."""
    soft_bounces: int = 0
    """In a row."""
    soft_bounced: datetime | None = None
    """When the last mail was sent that came back softly."""


class Suppressions:
    """The suppression list: what mail servers and readers said of addresses, each by its ``id``."""

    def __init__(self, db: MongoDatabase, key: SecretStr) -> None:
        """With another ``key`` nothing is found again."""
        self._suppressions = db["suppressions"]
        self._key = key.get_secret_value().encode()

    def id(self, email: str) -> str:
        """HMAC-SHA256 (RFC 2104) of the address in its normal form, so that no spelling of it gets round its suppression."""
        try:
            email = normalise_email(email)
        except ValueError:  # not one that mail can be sent to, yet it may be asked for
            email = email.strip().lower()
        return hmac.digest(self._key, b"address\0" + email.encode(errors="replace"), "sha256").hex()

    async def suppressed(self, emails: Collection[str], tx: Tx | None = None) -> dict[str, str]:
        """Those of these addresses that take no mail, each with the reason."""
        if not emails:
            return {}
        ids = {self.id(email): email for email in emails}
        found = self._suppressions.find({"_id": {"$in": list(ids)}}, {"reason": 1}, session=tx and tx.session)
        reasons = {document["_id"]: document["reason"] async for document in found}
        return {email: reason for email in emails if (reason := reasons.get(self.id(email)))}

    async def find(self, id: str, tx: Tx | None = None) -> AddressRecord | None:
        """None where nothing was ever said of it."""
        document = await self._suppressions.find_one({"_id": id}, {"_id": 0}, session=tx and tx.session)
        return AddressRecord(**document) if document else None

    async def suppress(self, id: str, reason: str, token: str, tx: Tx) -> bool:
        """Send no more mail to it. False where that is so already: the first reason stays."""
        known = await self.find(id, tx) or AddressRecord()
        if known.reason:
            return False
        await self._save(id, {"reason": reason, "since": tx.now, "token": token}, tx)
        return True

    async def bounced_softly(self, id: str, count: int, sent_at: datetime, tx: Tx) -> None:
        """Keep how many mails came back softly in a row, and when the last of them was sent."""
        await self._save(id, {"soft_bounces": count, "soft_bounced": sent_at}, tx)

    async def lift(self, id: str, tx: Tx) -> bool:
        """Forget all that was said of it: it is mailed again. False where nothing was."""
        result = await self._suppressions.delete_one({"_id": id}, session=tx.session)
        return result.deleted_count == 1

    async def _save(self, id: str, values: Document, tx: Tx) -> None:
        new = {name: getattr(AddressRecord(), name) for name in AddressRecord.__slots__ if name not in values}
        change = {"$set": values, "$setOnInsert": new}
        await self._suppressions.update_one({"_id": id}, change, upsert=True, session=tx.session)
