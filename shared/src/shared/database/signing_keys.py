"""Keys that sign, in a service's own database. The secret halves are encrypted."""

import structlog

from shared.database.mongo import Document, MongoDatabase, Tx
from shared.encryption import Cipher, Undecryptable
from shared.signing_keys import PrivateKey, PublicKey, SigningKey

log = structlog.get_logger(__name__)


class SigningKeys:
    """Keys by their number."""

    def __init__(self, db: MongoDatabase, cipher: Cipher) -> None:
        self._keys = db["signing_keys"]
        self._cipher = cipher

    async def all(self, tx: Tx | None = None) -> list[SigningKey]:
        """All keys."""
        return [self._signing_key(document) async for document in self._keys.find({}, session=tx and tx.session)]

    async def add(self, key: SigningKey, tx: Tx) -> None:
        """Add a new key. Two instances cannot add one with the same number: the later transaction runs again."""
        public = key.key.public
        document = {
            "_id": key.number,
            "key": public.id,
            "x": public.x,
            "d": self._cipher.encrypt(key.key.d),
            "not_before": public.not_before,
            "signs_until": key.signs_until,
            "ends_at": public.ends_at,
        }
        await self._keys.insert_one(document, session=tx.session)

    async def remove(self, number: int, tx: Tx) -> None:
        await self._keys.delete_one({"_id": number}, session=tx.session)

    async def forget_secret(self, number: int, tx: Tx) -> None:
        """Delete a key's secret half: its signatures can still be verified, but no new ones made."""
        await self._keys.update_one({"_id": number}, {"$set": {"d": b""}}, session=tx.session)

    async def lock(self, number: int, tx: Tx) -> None:
        """Prevent others from revoking this key before the transaction ends, so that it signs nothing afterwards."""
        await self._keys.update_one({"_id": number}, {"$inc": {"held": 1}}, session=tx.session)

    async def revoke(self, number: int, tx: Tx) -> None:
        """Delete a key's secret half, and record that nothing it signed may be trusted."""
        await self._keys.update_one({"_id": number}, {"$set": {"d": b"", "revoked_at": tx.now}}, session=tx.session)

    async def renew_encryption(self, tx: Tx) -> int:
        """Encrypt all secrets by the cipher's first key. Returns how many there are.

        Raises:
            Undecryptable: one of them was encrypted with a key that the cipher no longer has.
        """
        held = [document async for document in self._keys.find({}, session=tx.session) if document["d"]]
        for document in held:
            change = {"$set": {"d": self._cipher.renew(document["d"])}}
            await self._keys.update_one({"_id": document["_id"]}, change, session=tx.session)
        return len(held)

    def _signing_key(self, document: Document) -> SigningKey:
        try:
            d = self._cipher.decrypt(document["d"]) if document["d"] else ""
        except Undecryptable as error:
            log.warning("signing_key_unreadable", signing_key=document["key"], reason=str(error))
            d = ""
        public = PublicKey(document["key"], document["x"], document["not_before"], document["ends_at"])
        return SigningKey(document["_id"], PrivateKey(public, d), document["signs_until"], document.get("revoked_at"))
