"""What the tests of listings share."""

import httpx
import pytest

from support.answers import ok


@pytest.fixture
async def acme_and_ada(api: httpx.AsyncClient) -> None:
    """The service knows one organization with one mentor."""
    await ok(api.put("/organizations/acme", json={"name": "Acme", "conference_ids": ["c1"]}))
    await ok(api.put("/organizations/acme/mentors/ada", json={"name": "Ada", "email": "Ada@Example.org"}))
