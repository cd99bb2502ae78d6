"""A client of connections' APIs, which notes how each answers."""

from datetime import datetime, timedelta
from typing import Final

from registration.connections.fetching import Fetcher, FetchFailed, FetchRefused
from registration.connections.repository.polls import Polls
from registration.encryption import Cipher
from registration.systems import AUTHORIZATION_SCHEMES
from registration.systems.base import Fetch
from registration.systems.connection import Connection
from shared import clock

_NOTED_FOR: Final = timedelta(minutes=1)
"""How often success is noted."""


class ApiClient:
    """Fetches for connections, each with its token."""

    def __init__(self, fetcher: Fetcher, polls: Polls, cipher: Cipher) -> None:
        self._fetcher = fetcher
        self._polls = polls
        self._cipher = cipher
        self._well: dict[str, datetime] = {}
        """When it was last noted that a connection's API answers."""

    async def get(self, fetch: Fetch, connection: Connection) -> bytes | None:
        """See ``Fetcher.get``. What goes wrong is shown with the connection, until something goes well."""
        if connection.api_url is None or connection.api_token is None:
            raise FetchRefused("the connection has no `api_url` or no `api_token`")
        authorization = f"{AUTHORIZATION_SCHEMES[connection.system]} {self._cipher.decrypt(connection.api_token)}"
        now = clock.now()
        try:
            body = await self._fetcher.get(connection.api_url, fetch, authorization)
        except FetchFailed as failure:
            await self.note(connection, str(failure))
            raise
        if self._well.get(connection.id, now - _NOTED_FOR) <= now - _NOTED_FOR:
            await self._polls.note(connection.id, "", now)
            self._well[connection.id] = now
        return body

    async def note(self, connection: Connection, problem: str) -> None:
        """Show a problem with the connection, until something goes well."""
        self._well.pop(connection.id, None)
        await self._polls.note(connection.id, problem, clock.now())
