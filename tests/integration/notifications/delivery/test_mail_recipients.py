"""To whom a mail goes at the moment it leaves: the newest address, and nobody from whom it was taken back."""

import asyncio
import re

import pytest

from notifications.mail.content import Mailbox
from notifications.messages.use_cases import suppress_messages
from notifications.settings import Settings
from support.mail_server import MailServer
from support.mailing import MailDesk
from support.patience import PATIENCE


async def test_a_mail_that_was_taken_back_does_not_leave(desk: MailDesk, mails: MailServer) -> None:
    """Whoever does not want it, or has another address, takes it back by removing the claim, also while it is offered."""
    mails.script["ada@example.org"] = ["rhang"]
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await desk.database.transact(lambda tx: suppress_messages(desk.messages, "ada", ["matches"], tx))
        mails.go_on.set()
        await desk.queue(["bob@example.org"])
        await desk.until(bob="sent", ada="suppressed")
        await asyncio.sleep(0.3)
    assert not mails.to("ada@example.org")
    assert (await desk.document(id))["version"] == 1


async def test_the_newest_address_counts_even_for_a_mail_in_hand(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["rhang", "r450 4.2.1 busy"]
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await desk.database.db["contacts"].update_one({"_id": "ada"}, {"$set": {"attendee.email": "ada@new.example"}})
        await desk.database.transact(lambda tx: desk.messages.requeue("ada", tx))
        mails.go_on.set()
        await desk.until(ada="sent")
    assert [recipient for recipient, _ in mails.taken] == ["ada@new.example"]
    assert (await desk.document(id))["address"] == desk.suppressions.id("ada@new.example"), "a bounce is held against that one"


async def test_who_has_no_address_any_more_gets_nothing(desk: MailDesk, mails: MailServer) -> None:
    await desk.queue(["ada@example.org"])
    await desk.database.db["contacts"].delete_one({"_id": "ada"})
    async with desk.sending():
        await desk.until(ada="cancelled")
    assert not mails.offered


async def test_the_confirmation_of_an_erasure_holds_its_address_until_it_is_sent(desk: MailDesk, mails: MailServer) -> None:
    [id] = await desk.queue(["ada@example.org"], kind="erased", mailbox=Mailbox("ada@example.org", "Ada"))
    await desk.database.db["contacts"].delete_one({"_id": "ada"})
    async with desk.sending():
        await desk.until(ada="sent")
    assert len(mails.taken) == 1
    document = await desk.document(id)
    assert (document["mailbox"], document["address"]) == (None, "")


async def test_an_international_address_needs_a_server_that_takes_it(set_up: None, mails: MailServer, desk: MailDesk) -> None:
    mails.smtputf8 = False
    await desk.queue(["ädä@example.org", "bob@exämple.org"])
    async with desk.sending():
        await desk.until(xdx="failed", bob="sent")
    assert mails.offered == ["bob@xn--exmple-cua.org"]
    [document] = [one async for one in desk.database.db["messages"].find({"recipient": "xdx"})]
    assert "internationalized" in document["answer"]
    mails.smtputf8 = True
    await desk.queue(["öö@example.org"])
    again = MailDesk.create(Settings())
    async with again.sending():
        await again.until(xx="sent")
    assert mails.to("öö@example.org")
    again.database.close()


async def test_nothing_that_a_log_says_names_an_address(
    capsys: pytest.CaptureFixture[str], desk: MailDesk, mails: MailServer
) -> None:
    mails.script["ada@example.org"] = ["r450 4.2.1 <ada@example.org> is busy", "d554 5.6.0 Ada@Example.org does not like this"]
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await desk.until(ada="failed")
    logged = capsys.readouterr().err
    assert "mail_failed" in logged
    assert not re.search("ada@example", logged, re.IGNORECASE)
    assert (await desk.document(id))["answer"] == "554 5.6.0 (recipient) does not like this"
