"""People who sign in."""

import httpx
import pytest

from support.mail_server import MailServer
from support.notified import Publisher
from support.signing_in import People


@pytest.fixture
async def people(api: httpx.AsyncClient, mails: MailServer, publish: Publisher) -> People:
    """The service, which knows the attendee ``ada``."""
    await publish.contact()
    await publish.applied()
    return People(api, mails)
