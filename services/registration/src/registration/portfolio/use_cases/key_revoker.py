"""Revokes a key that signs credentials, and all credentials that it signed."""

from typing import Final

import structlog

from registration.portfolio.domain.placements import Placement
from registration.portfolio.domain.vc_jwt import key_id_of
from registration.portfolio.repository.placements import Placements
from registration.portfolio.use_cases.credentials import ISSUER_KEYS
from registration.portfolio.use_cases.revoker import Revoker
from shared.database.mongo import Tx
from shared.database.signing_keys import SigningKeys
from shared.refusals import NotFound

log = structlog.get_logger(__name__)

PAGE: Final = 100
"""How many placements one transaction processes."""


class KeyRevoker:
    """Revokes the issuer's keys, in the transaction given. Revoking again changes nothing."""

    def __init__(self, keys: SigningKeys, placements: Placements, revoker: Revoker) -> None:
        self._keys = keys
        self._placements = placements
        self._revoker = revoker

    async def revoke(self, id: str, tx: Tx) -> str:
        """Stop this key from signing, and from being published as trusted. Returns the id of the key that signs now.

        Raises:
            NotFound: there is no such key.
        """
        keys = await self._keys.all(tx)
        key = next((one for one in keys if one.key.public.id == id), None)
        if key is None:
            raise NotFound("key", id, which="that signs credentials")
        if key.revoked_at is None:
            await self._keys.revoke(key.number, tx)
            log.warning("signing_key_revoked", signing_key=id)
        keys = await self._keys.all(tx)
        signing = ISSUER_KEYS.signing(keys, tx.now)
        if signing is None and (signing := ISSUER_KEYS.next(keys, tx.now)):
            await self._keys.add(signing, tx)
        return signing.key.public.id if signing else ""

    async def revoke_credentials(self, id: str, after: str, tx: Tx) -> tuple[int, str | None]:
        """Revoke the credentials signed by this key, for the first ``PAGE`` placements after the id ``after``.

        They can be issued again. Returns how many were revoked, and the id of the last of these placements, or None if there
        are no more.
        """
        found = await self._placements.with_credential(after, PAGE, tx)
        signed = [one for one in found if one.credential and key_id_of(one.credential.token).endswith(f"/keys/{id}")]
        await self._revoker.revoke([one.credential for one in signed if one.credential], tx)
        await self._placements.save([], map(_to_be_reissued, signed), tx)
        return len(signed), found[-1].id if len(found) == PAGE else None


def _to_be_reissued(placement: Placement) -> Placement:
    placement.credential, placement.to_be_reissued = None, True
    placement.issued = max(0, placement.issued - 1)  # the person did not ask for a new one, so it does not count
    return placement
