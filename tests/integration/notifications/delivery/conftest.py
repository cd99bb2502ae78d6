"""What the tests of delivery share: a mail server of their own, and a desk that sends to it."""

import logging
from collections.abc import AsyncIterator

import pytest

from notifications.settings import Settings
from support.mail_server import MailServer
from support.mailing import MailDesk

# The test's mail server runs in this process, and logs addresses, which the service must not.
logging.getLogger("mail.log").setLevel(logging.WARNING)


SETTINGS = {
    "SMTP_CONNECTIONS": "2",
    "TRANSACTIONAL_CONNECTIONS": "1",
    "SMTP_SECONDS": "30",
    "LEASE_SECONDS": "60",
    "MAIL_RETRY_SECONDS": "0.05",
    "MAIL_FROM": "Desk <desk@example.net>",
    "BOUNCE_ADDRESS": "bounces@example.net",
    "INBOUND_KEY": "a key for the tests only",
}


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.listening():
        yield server


@pytest.fixture
def set_up(environment: dict[str, str], mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (SETTINGS | {"SMTP_URL": mails.url}).items():
        environment[name] = value
        monkeypatch.setenv(name, value)


@pytest.fixture
def impatient(set_up: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of a server that never answers. What waits for one that only is slow fails on a busy machine."""
    monkeypatch.setenv("SMTP_SECONDS", "2")
    monkeypatch.setenv("LEASE_SECONDS", "20")


@pytest.fixture
def endless(set_up: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what goes on while others hang: they do so for longer than the test waits."""
    monkeypatch.setenv("SMTP_SECONDS", "600")
    monkeypatch.setenv("LEASE_SECONDS", "1200")


@pytest.fixture
async def desk(set_up: None) -> AsyncIterator[MailDesk]:
    desk = MailDesk.create(Settings())
    await desk.prepare()
    yield desk
    desk.database.close()
