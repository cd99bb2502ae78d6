"""What the tests of mail rules share."""

import httpx
import pytest

from support.notified import Publisher


@pytest.fixture
async def publish(publish: Publisher, api: httpx.AsyncClient) -> Publisher:
    """Ada, who agreed to mails long ago, Grace of the observatory, and its listing are known."""
    await publish.contact()
    await publish.staff()
    await publish.listing()
    await publish.applied()
    return publish
