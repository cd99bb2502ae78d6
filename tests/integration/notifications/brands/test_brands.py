"""Mails about one conference: its name, its colour and its sender, on a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from notifications.brands.repository import PresentedThings
from notifications.brands.use_cases import Brands
from notifications.rules.domain.scheduled_mails import Audience, MailDetails
from shared.contract.envelope import Event, Received
from shared.contract.events import TYPES
from shared.contract.topics import CONFERENCES, LISTINGS, ROUNDS, Topic
from support.office import LISTING, Office, attendee
from support.published import listing_published

BRAND = {"colour": "#7a1c14", "sender": "Team PyConf", "reply_to": "hello@pyconf.example"}
DAYS = {"starts": "2026-07-08", "ends": "2026-07-10"}


@pytest.fixture
async def office(environment: dict[str, str]) -> AsyncIterator[Office]:
    async with Office() as office:
        yield office


def heard(topic: Topic, type: str, key: str, data: dict[str, Any] | None) -> Event:
    payload = TYPES[type].model_validate(data) if data else None
    record = Received(topic.name, b"{}" if data else b"", [], key.encode())
    return Event(key, "test", type, datetime.now(UTC), "c", payload, record)


def conference(version: int, **brand: Any) -> Event:
    data = {"conference_id": "c1", "version": version, "name": "PyConf", "sessions": [], "brand": brand or None} | DAYS
    return heard(CONFERENCES, "registration.conference.scheduled.v1", "c1", data)


def listing(version: int, *conference_ids: str, id: str = "l1") -> Event:
    return heard(
        LISTINGS, "listings.listing.published.v1", id, listing_published(id, version, conference_ids=list(conference_ids))
    )


def round_of(conference_id: str | None) -> Event:
    data = {"round_id": "r1", "version": 1, "name": "Spring", "state": "open", "seed": "s", "listing_ids": ["l1"]}
    return heard(ROUNDS, "matching.round.changed.v1", "r1", data | {"conference_id": conference_id})


async def hear(office: Office, *events: Event) -> None:
    brands = Brands(PresentedThings(office.database.db))
    await office.database.transact(lambda tx: brands.apply(list(events), tx))


async def mail_of(office: Office, kind: str, **details: Any) -> str:
    """The next mail of this kind, about the listing or the round."""
    await office.database.db["messages"].delete_many({})
    await office.database.db["bodies"].delete_many({})
    about, cause = MailDetails(**details), f"e{datetime.now(UTC).timestamp()}"
    await office.schedule(kind, Audience("person", ("ada",)), details=about, cause=cause)
    await office.write_all()
    [mail] = await office.texts(kind)
    return mail


async def test_a_mail_about_one_conference_comes_from_it_and_any_other_one_from_us(office: Office) -> None:
    await office.know(attendee("ada"))
    await office.offer(LISTING)
    await hear(office, conference(1, **BRAND), round_of("c1"), listing(1, "c1"))
    for mail in (
        await mail_of(office, "round_locked", round_id="r1", round_name="Spring"),
        await mail_of(office, "application_sent", listing_id="l1"),
    ):
        assert "From: Team PyConf <desk@mail.example.org>" in mail
        assert "Reply-To: Team PyConf <hello@pyconf.example>" in mail
        assert "#7a1c14" in mail.replace("=\r\n", "")
        assert ">PyConf</p>" in mail.replace("=\r\n", "")
    await hear(office, listing(2, "c1", "c2"))
    of_two = await mail_of(office, "application_sent", listing_id="l1")
    assert "From: Desk <desk@mail.example.org>" in of_two
    assert "Reply-To" not in of_two
    assert "#7a1c14" not in of_two.replace("=\r\n", "")


async def test_the_newest_brand_holds_however_events_arrive(office: Office) -> None:
    await office.know(attendee("ada"))
    await office.offer(LISTING)
    await hear(office, listing(1, "c1"), conference(3, sender="New"), conference(2, sender="Old"))
    await hear(office, conference(1, sender="Older"))
    assert "From: New <" in await mail_of(office, "application_sent", listing_id="l1")
    await hear(office, heard(CONFERENCES, "registration.conference.scheduled.v1", "c1", None))
    assert "From: Desk <" in await mail_of(office, "application_sent", listing_id="l1")
    await hear(office, conference(1, sender="Again"))
    assert "From: Again <" in await mail_of(office, "application_sent", listing_id="l1")
