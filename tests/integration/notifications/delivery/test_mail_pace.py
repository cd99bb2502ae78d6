"""Which mails leave when: purposes, providers and the pace do not hold each other up."""

import asyncio

import pytest

from notifications.delivery.worker import claims, sender
from notifications.delivery.worker.claims import CLAIMED_TOGETHER, LOOK_AHEAD
from notifications.settings import Settings
from support.mail_server import MailServer
from support.mailing import MailDesk
from support.patience import PATIENCE, until


@pytest.mark.usefixtures("endless")
async def test_transactional_mails_do_not_wait_for_bulk(desk: MailDesk, mails: MailServer) -> None:
    slow = [f"slow{number}@example{number}.org" for number in range(10)]
    for email in slow:
        mails.script[email] = ["rhang"]
    await desk.queue(slow)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await desk.queue(["ada@example.org"], kind="offer")
        await desk.until(ada="sent")
        mails.go_on.set()
        await desk.until_all("sent")


@pytest.mark.usefixtures("endless")
async def test_so_many_at_a_time_to_one_provider_and_the_others_go_on(
    set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_CONNECTIONS", "4")
    monkeypatch.setenv("DOMAIN_CONNECTIONS", "2")
    desk = MailDesk.create(Settings())
    await desk.prepare()
    slow = [f"slow{number}@slow.example" for number in range(20)]
    for email in slow:
        mails.script[email] = ["rhang"]
    await desk.queue(slow)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        others = [f"other{number}@other{number % 5}.example" for number in range(30)]
        await desk.queue(others, cause="test/2")
        await until(lambda: len(mails.taken) == 30)
        assert len(mails.offered) == 32, "two to the slow provider, and all the others"
        mails.go_on.set()
        await desk.until_all("sent")
    assert mails.at_once["slow.example"] == 2
    desk.database.close()


@pytest.mark.usefixtures("endless")
async def test_a_long_queue_to_one_slow_provider_holds_up_no_other(
    set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than may wait in hand: they make room for those behind them."""
    monkeypatch.setenv("SMTP_CONNECTIONS", "3")
    monkeypatch.setenv("DOMAIN_CONNECTIONS", "2")
    desk = MailDesk.create(Settings())
    await desk.prepare()
    slow = [f"slow{number}@slow.example" for number in range(LOOK_AHEAD + 60)]
    for email in slow:
        mails.script[email] = ["rhang"]
    await desk.queue(slow)
    await desk.queue([f"p{number}@other.example" for number in range(10)], cause="test/2")
    async with desk.sending():
        await until(lambda: len(mails.taken) == 10 and mails.at_once["slow.example"] == 2)
        mails.go_on.set()
    assert mails.at_once["slow.example"] == 2
    desk.database.close()


async def test_mails_leave_at_the_pace_that_is_set(set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILS_PER_SECOND", "10")
    desk = MailDesk.create(Settings())
    await desk.prepare()
    await desk.queue([f"p{number}@example{number}.org" for number in range(15)])
    began = asyncio.get_running_loop().time()
    async with desk.sending():
        await until(lambda: len(mails.taken) == 15)
        assert asyncio.get_running_loop().time() - began >= 1.3
        await desk.until_all("sent")
    desk.database.close()


async def test_connections_are_kept_and_made_anew_where_the_server_ends_them(desk: MailDesk, mails: MailServer) -> None:
    mails.mails_per_connection = 5
    await desk.queue([f"p{number}@example{number}.org" for number in range(40)])
    async with desk.sending():
        await desk.until_all("sent")
    assert 8 <= mails.connections <= 11
    assert not [document async for document in desk.database.db["messages"].find({"deferrals": {"$gt": 0}})]


async def test_a_queue_that_is_longer_than_one_look_is_gone_through_without_a_rest(
    desk: MailDesk, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOKED_UP_TOGETHER", CLAIMED_TOGETHER)
    monkeypatch.setattr(claims, "LOOK_SECONDS", 600)
    monkeypatch.setattr(sender, "LOOK_SECONDS", 600)
    await desk.queue([f"p{number}@example{number % 9}.org" for number in range(3 * CLAIMED_TOGETHER - 1)])
    async with desk.sending():
        await until(lambda: len(mails.taken) == 3 * CLAIMED_TOGETHER - 1)
