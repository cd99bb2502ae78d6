"""The notifications service as the tests of its rooms use it: whole, or as a desk without the service around it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from support.desk import Desk
from support.kafka import Kafka
from support.mail_server import MailServer
from support.notified import Publisher, mail_server, running


@pytest.fixture
def only_service() -> str:
    return "notifications"


@pytest.fixture
async def mails(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """The mail server to which the service sends."""
    async with mail_server(environment, monkeypatch.setenv) as server:
        yield server


@pytest.fixture
async def api(mails: MailServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service."""
    async with running() as client:
        yield client


@pytest.fixture
def publish(kafka: Kafka) -> Publisher:
    """Publishes what the service reads from other services."""
    return Publisher(kafka)


@pytest.fixture
async def desk(environment: dict[str, str]) -> AsyncIterator[Desk]:
    """The service's database and what reads and writes it, without the service."""
    async with Desk() as desk:
        yield desk
