"""What the tests of access share."""

from collections.abc import AsyncIterator

import pytest

from shared.database.mongo import Database
from support.databases import database_of


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    """The database of a service that has copies of keys and sessions."""
    async with database_of("listings") as database:
        yield database
