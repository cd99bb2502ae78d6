"""Fixtures for tests of what is written."""

from collections.abc import AsyncIterator

import pytest

from support.office import Office


@pytest.fixture
async def office(environment: dict[str, str]) -> AsyncIterator[Office]:
    async with Office() as office:
        await office.scheduled_mails.ensure_indexes()
        await office.projections.ensure_indexes()
        await office.attendances.ensure_indexes()
        yield office
