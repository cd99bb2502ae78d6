"""What the tests of connections share: other systems are served on this machine."""

from typing import Any

import pytest

from support.connections import CONFERENCE


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"conf": CONFERENCE}


@pytest.fixture
def fetch_seconds() -> str:
    """The setting ``FETCH_SECONDS``: how long another system may take for an answer."""
    return "2"


@pytest.fixture
def environment(environment: dict[str, str], fetch_seconds: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Systems on this machine may be asked, and a webhook that failed is tried again at once."""
    settings = {"FETCH_PRIVATE_NETWORKS": "true", "WEBHOOK_RETRY_SECONDS": "0.05", "FETCH_SECONDS": fetch_seconds}
    for name, value in settings.items():
        environment[name] = value
        monkeypatch.setenv(name, value)
    return environment
