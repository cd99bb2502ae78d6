"""Issues, authenticates, lists and revokes API keys."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from registration.keys.domain import ALPHABET, ID_LENGTH, SECRET_LENGTH, Key, Refused, Scope, digest, parse, text
from registration.keys.repository import Keys
from registration.rate_limits import EVENTS_PER_MINUTE
from shared.database.mongo import Tx
from shared.refusals import Conflict, Forbidden, Invalid, NotFound

PAGE: Final = 100
"""How many keys are listed at once."""
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


class KeyManager:
    """Issues keys, and authenticates requests by them."""

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
        secret = _random(SECRET_LENGTH)
        usual = min(EVENTS_PER_MINUTE, issuer.events_per_minute) if issuer else EVENTS_PER_MINUTE
        key = Key(
            id=_random(ID_LENGTH),
            name=name,
            scopes=frozenset(scopes),
            conference_id=conference_id,
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
                raise Conflict(f"source: {key.source!r} is the source of another conference's keys; choose one of its own")
        await self._keys.add(key, tx)
        return key, text(key.id, secret)

    async def authenticate(self, shown: str, now: datetime) -> Key:
        """The key with this text. Keys are not cached, so a revoked key is refused from the next request on.

        Raises:
            Refused: it is not a key, not known, or no longer valid.
        """
        id, secret = parse(shown)
        structlog.contextvars.bind_contextvars(key=id)
        key = await self._keys.get(id)
        if key is None or not key.opens_with(secret):
            raise Refused("this key is not known")
        if reason := key.ended(now):
            raise Refused(f"this key is {reason}; use a valid one")
        if key.last_used_at is None or now - key.last_used_at > _USE_NOTED_EVERY:
            await self._keys.used(key, now)
        return key

    async def revoke(self, id: str, tx: Tx, *, by: Key | None = None) -> None:
        """Revoke the key, at once. Revoking it again changes nothing. ``by`` is None on the command line.

        Raises:
            NotFound: there is no such key, or none that ``by`` may see.
            Conflict: it is the last by which keys can be managed.
        """
        key = await self._keys.get(id, tx.session)
        if key is None or (by and by.id != key.id and key.beyond(by)):
            raise NotFound("key", id)
        if by and "keys" in key.scopes and not key.ended(tx.now):
            await self._keys.lock_managers(tx)
            if not await self._keys.has_other_manager(key, tx):
                raise Conflict(
                    f"the key {id!r} is the last by which these keys can be managed; make another with the scope 'keys' first, "
                    f"or revoke it on the command line: python -m registration keys revoke {id}"
                )
        if key.revoked_at is None:
            await self._keys.revoke(id, tx.now, tx)

    async def page(self, *, by: Key | None = None, attendee_id: str | None = None, after: str | None = None) -> list[Key]:
        """Up to ``PAGE`` keys, by id: a person's own, or all that are not a person's own.

        With ``by``, only keys that allow no more than this key.
        """
        return await self._keys.page(attendee_id, after or "", PAGE, by)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
