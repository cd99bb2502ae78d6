"""Issues, lists and revokes API keys, and informs the other services."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from registration.keys.domain import Key
from registration.keys.repository import Keys
from registration.rate_limits import EVENTS_PER_MINUTE
from shared.contract.envelope import Event
from shared.contract.events.registration import KeyChanged
from shared.contract.topics import KEYS
from shared.database.mongo import Tx
from shared.refusals import Conflict, Forbidden, Invalid, NotFound
from shared.web.access.keys import ApiKey, digest, generate, text
from shared.web.access.scopes import Scope

PAGE: Final = 100
"""How many keys a page has."""
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


class KeyManager:
    """Issues and revokes keys. Except for personal keys, the other services are informed in the same transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def issue(
        self,
        name: str,
        scopes: Iterable[Scope],
        tx: Tx,
        *,
        issuer: Key | None = None,
        conference_id: str | None = None,
        organization_id: str | None = None,
        source: str | None = None,
        attendee_id: str | None = None,
        events_per_minute: int | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """Issue a key. Returns it and its text, which is not stored. ``issuer`` is None on the command line.

        Raises:
            Invalid: it makes no sense.
            Forbidden: it would allow more than its issuer.
            Conflict: its source belongs to another conference.
        """
        id, secret = generate()
        usual = min(EVENTS_PER_MINUTE, issuer.events_per_minute) if issuer else EVENTS_PER_MINUTE
        key = Key(
            id=id,
            name=name,
            scopes=frozenset(scopes),
            conference_id=conference_id,
            organization_id=organization_id,
            source=source,
            attendee_id=attendee_id,
            events_per_minute=usual if events_per_minute is None else events_per_minute,
            created_at=tx.now,
            expires_at=expires_at,
            digest=digest(secret),
        )
        for field, detail in key.faults():
            raise Invalid(field, detail)
        for field, detail in key.excess(issuer) if issuer else ():
            raise Forbidden(detail, field)
        if key.conference_id and key.source:
            owner = await self._keys.conference_of(key.source, tx)
            if owner is None:
                await self._keys.claim_source(key.source, key.conference_id, tx)
            elif owner != key.conference_id:
                # Either could take back what the other published.
                raise Conflict(f"source: {key.source!r} belongs to another conference's keys; choose a different one")
        await self._keys.add(key, tx)
        self._publish(key, tx)
        return key, text(id, secret)

    async def note_use(self, key: ApiKey, now: datetime) -> None:
        """Note that a valid key was used, at most once a minute."""
        if key.last_used_at is None or now - key.last_used_at > _USE_NOTED_EVERY:
            await self._keys.used(key, now)

    async def revoke(self, id: str, tx: Tx, *, by: Key | None = None) -> None:
        """Revoke the key: here at once, in the other services within seconds. Revoking it again changes nothing.

        ``by`` is None on the command line.

        Raises:
            NotFound: there is no such key, or none that ``by`` may see.
            Conflict: it is the last key that can manage keys.
        """
        key = await self._keys.get(id, tx.session)
        if key is None or (by and by.id != key.id and key.beyond(by)):
            raise NotFound("key", id)
        if by and "keys" in key.scopes and not key.ended(tx.now):
            await self._keys.lock_managers(tx)
            if not await self._keys.has_other_manager(key, tx):
                raise Conflict(
                    f"the key {id!r} is the last that can manage these keys; create another with the scope 'keys' first, or "
                    f"revoke it on the command line: python -m registration keys revoke {id}"
                )
        if key.revoked_at is None:
            revoked = replace(key, revoked_at=tx.now, version=key.version + 1)
            await self._keys.revoke(revoked, tx)
            self._publish(revoked, tx)

    async def publish_again(self, after: str, tx: Tx) -> list[Key]:
        """Publish up to ``PAGE`` keys again, sorted by id, beginning after the id ``after``. Returns these keys.

        Each gets a new version, so that the key's old state cannot overwrite a concurrent revocation: one of the two
        transactions runs again.
        """
        keys = await self._keys.new_versions(after, PAGE, tx)
        for key in keys:
            self._publish(key, tx)
        return keys

    async def page(self, *, by: Key | None = None, attendee_id: str | None = None, after: str | None = None) -> list[Key]:
        """Up to ``PAGE`` keys, sorted by id: a person's own, or all keys that are not personal.

        With ``by``, it lists only keys that allow no more than this key.
        """
        return await self._keys.page(attendee_id, after or "", PAGE, by)

    async def revoke_again(self, events: list[Event], tx: Tx) -> None:
        """Revoke the keys that these events report as revoked, in case the database was restored to an earlier state."""
        for event in events:
            if isinstance(event.data, KeyChanged) and event.data.revoked_at and await self._keys.get(event.key, tx.session):
                await self.revoke(event.key, tx)

    def _publish(self, key: Key, tx: Tx) -> None:
        if key.published:
            tx.publish(KEYS, key.id, key.changed(), version=key.version)
