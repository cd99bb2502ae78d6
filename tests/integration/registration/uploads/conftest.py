"""What the tests of uploads share."""

from datetime import UTC, datetime

import pytest

from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from shared.contract.events.registration import Session
from shared.database.mongo import Database


@pytest.fixture
async def conference(database: Database) -> None:
    """The conference, where no service runs."""
    now = datetime.now(UTC)
    conference = Conference("c1", 1, "PyConf", now.date(), now.date(), {"s1": Session(id="s1", title="Property testing")})
    await database.transact(lambda tx: Conferences(database.db).save(conference, tx))
