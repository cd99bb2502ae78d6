"""What the tests of several services share."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from support.browser import chromium


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the test's own; without one on this machine, the test is skipped."""
    async with chromium() as browser:
        yield browser
