"""What the tests of connections share: other systems are served on this machine."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.connections import CONFERENCE
from support.systems import Remote, remote
from support.webhooks import connect


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"conf": CONFERENCE}


@pytest.fixture
def fetch_seconds() -> str:
    """The setting ``FETCH_SECONDS``: how long another system may take for an answer. Longer than any test waits: what hangs does
    so until the test goes on, and what is only slow on a busy machine is in time."""
    return "600"


@pytest.fixture
def environment(environment: dict[str, str], fetch_seconds: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Systems on this machine may be asked, and a webhook that failed is tried again at once."""
    settings = {"FETCH_PRIVATE_NETWORKS": "true", "WEBHOOK_RETRY_SECONDS": "0.05", "FETCH_SECONDS": fetch_seconds}
    for name, value in settings.items():
        environment[name] = value
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
async def pretix(api: httpx.AsyncClient) -> AsyncIterator[Remote]:
    """A pretix, and a connection to it, "p"."""
    async with remote() as system:
        await connect(
            api,
            "p",
            "pretix",
            api_url=system.url,
            api_token="t0ken",
            options={"organizer": "acmecorp", "event": "democon"},
            sessions={"44": "s1"},
        )
        yield system
