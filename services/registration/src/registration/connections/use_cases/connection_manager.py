"""Creates, changes and disables connections to other systems, and rotates their secrets."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from registration.connections.domain.config import ConnectionConfig
from registration.connections.repository.connections import Connections
from registration.systems.connection import WITHOUT_WEBHOOKS, Connection, Secret, System, secret_fault, secret_of
from shared.database.mongo import Tx
from shared.encryption import Cipher, Undecryptable
from shared.refusals import Conflict, Invalid, NotFound

DEFAULT_API_URLS: Final[dict[System, str]] = {"eventbrite": "https://www.eventbriteapi.com/v3"}


class ConnectionManager:
    """Manages connections; each method runs in the transaction given."""

    def __init__(self, connections: Connections, cipher: Cipher) -> None:
        self._connections = connections
        self._cipher = cipher

    async def get(self, id: str, tx: Tx) -> Connection:
        """The connection. Raises ``NotFound`` if there is none."""
        connection = await self._connections.get(id, tx.session)
        if connection is None:
            raise NotFound("connection", id)
        return connection

    async def put(self, id: str, config: ConnectionConfig, tx: Tx) -> tuple[Connection, str | None]:
        """Create the connection, or change it to this configuration. Enables it if it was disabled. Repeating it changes nothing.

        A token or secret that is not given stays as it is. A new secret replaces all others.

        Returns the connection, and a new secret in clear: it is shown once and cannot be read again.

        Raises:
            Invalid: something is missing or makes no sense.
            Conflict: it belongs to another system or conference.
        """
        known = await self._connections.get(id, tx.session)
        if known and (known.system, known.conference_id) != (config.system, config.conference_id):
            # Its events are identified by its source, and count for its conference.
            raise Conflict(f"the connection {id!r} is for another system or conference; choose another id")
        secrets, shown = self._secrets(known, config, tx.now)
        connection = Connection(
            id=id,
            version=known.version if known else 0,
            system=config.system,
            conference_id=config.conference_id,
            api_url=(config.api_url or DEFAULT_API_URLS.get(config.system, "")).rstrip("/") or None,
            api_token=self._token(known, config.api_token),
            secrets=secrets,
            options=dict(config.options),
            sessions=dict(config.sessions),
            own_addresses=config.own_addresses,
            events_per_minute=config.events_per_minute,
            disabled=False,
            poll_minutes=config.poll_minutes,
            created_at=known.created_at if known else tx.now,
        )
        for name, detail in connection.faults():
            raise Invalid(name, detail)
        if known and known.api_url != connection.api_url and connection.api_token and config.api_token is None:
            # Otherwise, anybody who may change a connection could have its token sent to their own server.
            raise Invalid("api_token", "is missing: give the token again when you change `api_url`")
        return await self._save(known, connection, tx), shown

    async def rotate(self, id: str, grace: timedelta, tx: Tx, *, secret: str | None = None) -> tuple[Connection, str]:
        """Give the connection a new secret, generated unless it is given. The old ones stay valid for the time of grace.

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
        valid = [new, *(old for old in older if old.expires_at and old.expires_at > tx.now)]
        return await self._save(known, replace(known, secrets=tuple(valid)), tx), shown

    async def disable(self, id: str, tx: Tx) -> None:
        """Stop accepting anything from this connection, at once. Raises ``NotFound`` if there is none."""
        known = await self.get(id, tx)
        await self._save(known, replace(known, disabled=True), tx)

    async def renew_encryption(self, id: str, tx: Tx) -> None:
        """Encrypt its token and secrets with the first of the keys.

        Raises:
            Undecryptable: none of the keys decrypts them.
        """
        known = await self.get(id, tx)
        try:
            renewed = replace(
                known,
                api_token=self._cipher.renew(known.api_token) if known.api_token else None,
                secrets=tuple(replace(old, encrypted=self._cipher.renew(old.encrypted)) for old in known.valid_secrets(tx.now)),
            )
        except Undecryptable as error:
            raise Undecryptable(f"connection {id!r}: {error}") from None
        await self._connections.save(renewed, tx)  # the version stays: nothing visible has changed

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
            return old  # encrypting the same token again would look like a change
        return self._cipher.encrypt(wanted)

    def _is(self, encrypted: bytes, clear: str) -> bool:
        try:
            return self._cipher.decrypt(encrypted) == clear
        except Undecryptable:
            return False  # its key is lost, so it is replaced

    def _secrets(
        self, known: Connection | None, config: ConnectionConfig, now: datetime
    ) -> tuple[tuple[Secret, ...], str | None]:
        wanted_secret = config.secret
        if config.system in WITHOUT_WEBHOOKS:
            if wanted_secret is not None:
                raise Invalid("secret", f"{config.system} sends no webhooks, so it has no secret")
            return (), None
        if known and (wanted_secret is None or self._is(known.secrets[0].encrypted, wanted_secret)):
            return known.secrets, None
        new, shown = self._new_secret(config.system, wanted_secret, now)
        return (new,), shown

    def _new_secret(self, system: System, wanted_secret: str | None, now: datetime) -> tuple[Secret, str]:
        shown = wanted_secret if wanted_secret is not None else secret_of(system, secrets.token_bytes(32))
        if fault := secret_fault(system, shown):
            raise Invalid("secret", fault)
        return Secret(self._cipher.encrypt(shown), now), shown
