"""A client for connections' APIs that records how each of them responds."""

from datetime import datetime, timedelta
from typing import Final

from registration.connections.fetcher import Fetcher, FetchFailed, FetchRefused
from registration.connections.repository.polls import Polls
from registration.systems import AUTHORIZATION_SCHEMES
from registration.systems.adapter import Fetch
from registration.systems.connection import Connection
from shared import clock
from shared.encryption import Cipher

_NOTED_FOR: Final = timedelta(minutes=1)
"""How often a success is noted."""


class ApiClient:
    """Fetches objects for connections, each with its own token."""

    def __init__(self, fetcher: Fetcher, polls: Polls, cipher: Cipher) -> None:
        self._fetcher = fetcher
        self._polls = polls
        self._cipher = cipher
        self._noted_at: dict[str, datetime] = {}
        """When the last success of each connection's API was noted."""

    async def get(self, fetch: Fetch, connection: Connection) -> bytes | None:
        """The object, or None if it was deleted. A failure is shown as the connection's problem until the next success.

        Raises:
            FetchFailed: it could not be fetched.
        """
        if connection.api_url is None or connection.api_token is None:
            raise FetchRefused("the connection has no `api_url` or no `api_token`; give it both")
        authorization = f"{AUTHORIZATION_SCHEMES[connection.system]} {self._cipher.decrypt(connection.api_token)}"
        now = clock.now()
        try:
            body = await self._fetcher.get(connection.api_url, fetch, authorization)
        except FetchFailed as failure:
            await self.note(connection, str(failure))
            raise
        if self._noted_at.get(connection.id, now - _NOTED_FOR) <= now - _NOTED_FOR:
            await self._polls.note(connection.id, "", now)
            self._noted_at[connection.id] = now
        return body

    async def note(self, connection: Connection, problem: str) -> None:
        """Show a problem with the connection until the next success."""
        self._noted_at.pop(connection.id, None)
        await self._polls.note(connection.id, problem, clock.now())
