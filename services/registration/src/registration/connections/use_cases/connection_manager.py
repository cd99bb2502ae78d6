"""Connections to other systems: made, changed, their secrets rotated, disabled."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from registration.connections.domain.config import ConnectionConfig
from registration.connections.repository.connections import Connections
from registration.encryption import Cipher, Undecryptable
from registration.systems.connection import WITHOUT_WEBHOOKS, Connection, Secret, System, secret_fault, secret_of
from shared.database.mongo import Tx
from shared.errors import Conflict, Invalid, NotFound

DEFAULT_API_URLS: Final[dict[System, str]] = {"eventbrite": "https://www.eventbriteapi.com/v3"}


class ConnectionManager:
    """The use cases; each runs in the transaction it is given."""

    def __init__(self, connections: Connections, cipher: Cipher) -> None:
        self._connections = connections
        self._cipher = cipher

    async def get(self, id: str, tx: Tx) -> Connection:
        """Raises ``NotFound`` where there is none."""
        connection = await self._connections.get(id, tx.session)
        if connection is None:
            raise NotFound("connection", id)
        return connection

    async def put(self, id: str, wanted: ConnectionConfig, tx: Tx) -> tuple[Connection, str | None]:
        """Make the connection as wanted, or change it to this; a disabled one is enabled. The same again changes nothing.

        A token or secret that is not given stays; another secret takes the place of all others.

        Returns it, and the secret in clear if it has a new one: shown once, it is known to nobody after this.

        Raises:
            Invalid: something is missing or makes no sense.
            Conflict: it belongs to another system or conference.
        """
        known = await self._connections.get(id, tx.session)
        if known and (known.system, known.conference_id) != (wanted.system, wanted.conference_id):
            # The facts it has told are known by its source, and stand at its conference.
            raise Conflict(f"the connection {id!r} is for another system or conference; choose another id")
        held, shown = self._secrets(known, wanted, tx.now)
        connection = Connection(
            id=id,
            version=known.version if known else 0,
            system=wanted.system,
            conference_id=wanted.conference_id,
            api_url=(wanted.api_url or DEFAULT_API_URLS.get(wanted.system, "")).rstrip("/") or None,
            api_token=self._token(known, wanted.api_token),
            secrets=held,
            options=dict(wanted.options),
            sessions=dict(wanted.sessions),
            own_addresses=wanted.own_addresses,
            events_per_minute=wanted.events_per_minute,
            disabled=False,
            poll_minutes=wanted.poll_minutes,
            created_at=known.created_at if known else tx.now,
        )
        for name, detail in connection.faults():
            raise Invalid(name, detail)
        if known and known.api_url != connection.api_url and connection.api_token and wanted.api_token is None:
            # Otherwise anybody who may change a connection could have its token sent to their own server.
            raise Invalid("api_token", "is missing: with another `api_url`, the token is to be given again")
        return await self._save(known, connection, tx), shown

    async def rotate(self, id: str, grace: timedelta, tx: Tx, *, secret: str | None = None) -> tuple[Connection, str]:
        """Give the connection a new secret, made here unless it is given. The old ones are valid for the time of grace.

        Raises:
            NotFound: there is no such connection.
            Conflict: its system has no secret.
            Invalid: this cannot be a secret.
        """
        known = await self.get(id, tx)
        if known.system in WITHOUT_WEBHOOKS:
            raise Conflict(f"{known.system} sends no webhooks, so there is no secret to change")
        new, shown = self._new_secret(known.system, secret, tx.now)
        end = tx.now + grace
        older = [replace(old, expires_at=min(old.expires_at or end, end)) for old in known.valid_secrets(tx.now)]
        held = [new, *(old for old in older if old.expires_at and old.expires_at > tx.now)]
        return await self._save(known, replace(known, secrets=tuple(held)), tx), shown

    async def disable(self, id: str, tx: Tx) -> None:
        """Let nothing more in by it, at once. Raises ``NotFound`` where there is none."""
        known = await self.get(id, tx)
        await self._save(known, replace(known, disabled=True), tx)

    async def renew_encryption(self, id: str, tx: Tx) -> None:
        """Have all that it keeps encrypted by the first of the keys.

        Raises:
            Undecryptable: the key it was encrypted by is not among them.
        """
        known = await self.get(id, tx)
        try:
            renewed = replace(
                known,
                api_token=self._cipher.renew(known.api_token) if known.api_token else None,
                secrets=tuple(replace(one, encrypted=self._cipher.renew(one.encrypted)) for one in known.valid_secrets(tx.now)),
            )
        except Undecryptable as error:
            raise Undecryptable(f"connection {id!r}: {error}") from None
        await self._connections.save(renewed, tx)  # nothing that anybody sees has changed: the same version

    async def all(self, conference_id: str | None, tx: Tx) -> list[Connection]:
        """All connections, or those of a conference."""
        return await self._connections.all(conference_id, tx.session)

    async def _save(self, known: Connection | None, connection: Connection, tx: Tx) -> Connection:
        if connection == known:
            return known
        connection = replace(connection, version=connection.version + 1)
        await self._connections.save(connection, tx)
        return connection

    def _token(self, known: Connection | None, wanted: str | None) -> bytes | None:
        old = known.api_token if known else None
        if wanted is None or (old and self._is(old, wanted)):
            return old  # encrypted again, the same would look like a change
        return self._cipher.encrypt(wanted)

    def _is(self, encrypted: bytes, clear: str) -> bool:
        try:
            return self._cipher.decrypt(encrypted) == clear
        except Undecryptable:
            return False  # its key is lost: this takes its place

    def _secrets(
        self, known: Connection | None, wanted: ConnectionConfig, now: datetime
    ) -> tuple[tuple[Secret, ...], str | None]:
        wanted_secret = wanted.secret
        if wanted.system in WITHOUT_WEBHOOKS:
            if wanted_secret is not None:
                raise Invalid("secret", f"{wanted.system} sends no webhooks, so it has no secret")
            return (), None
        if known and (wanted_secret is None or self._is(known.secrets[0].encrypted, wanted_secret)):
            return known.secrets, None
        new, shown = self._new_secret(wanted.system, wanted_secret, now)
        return (new,), shown

    def _new_secret(self, system: System, wanted_secret: str | None, now: datetime) -> tuple[Secret, str]:
        shown = wanted_secret if wanted_secret is not None else secret_of(system, secrets.token_bytes(32))
        if fault := secret_fault(system, shown):
            raise Invalid("secret", fault)
        return Secret(self._cipher.encrypt(shown), now), shown
