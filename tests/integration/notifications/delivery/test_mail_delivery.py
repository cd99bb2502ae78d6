"""Delivery on a real database and over real SMTP: whatever the mail server answers, or does not."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from random import Random
from socket import gethostname

import pytest

from notifications.contacts.domain import Contact
from notifications.delivery.domain.pacing import Slots
from notifications.delivery.worker import claims, sender
from notifications.delivery.worker.claims import CLAIMED_TOGETHER, LOOK_AHEAD, Claims
from notifications.mail.content import Mailbox
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import suppress_messages
from notifications.metrics import BREAKER_OPEN
from notifications.settings import Settings
from shared import clock
from support.mail_server import MailServer
from support.mailing import MailDesk
from support.patience import PATIENCE, until

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


async def test_a_mail_is_handed_over_with_its_bounce_address_and_told(desk: MailDesk, mails: MailServer) -> None:
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await desk.until(ada="sent")
    document = await desk.document(id)
    [(recipient, mail)] = mails.taken
    assert recipient == "ada@example.org"
    assert mail["To"] == "Ada <ada@example.org>"
    assert mail["Message-ID"] == f"<{document['token']}@example.net>"
    assert mails.senders == [f"bounces+{document['token']}@example.net"]
    assert (document["answer"], document["version"], document["due_at"]) == ("250 2.0.0 taken", 1, document["changed_at"])
    [told] = await desk.told()
    assert told["message_id"] == document["token"]
    assert (told["kind"], told["person_id"], told["cause"], told["state"]) == ("matches", "ada", "test/1", "sent")
    assert (told["about"], told["version"]) == ("application/1", 1)
    assert await desk.database.db["bodies"].find_one({"_id": id}), "it is kept to be read in the browser"


async def test_the_stored_bytes_are_sent_with_the_recipient_in_front(desk: MailDesk, mails: MailServer) -> None:
    [id] = await desk.queue(["ada@example.org"], size=10_000)
    body = await desk.database.db["bodies"].find_one({"_id": id})
    assert body
    async with desk.sending():
        await desk.until(ada="sent")
    assert mails.raw == [b"To: Ada <ada@example.org>\r\n" + bytes(body["mail"])]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("step", "state", "times"),
    [
        ("r450", "sent", 2),
        ("r421", "sent", 2),
        ("rdrop", "sent", 2),
        ("rhang", "sent", 2),
        ("d451", "sent", 2),
        ("d421", "sent", 2),
        ("r571", "sent", 2),
        ("r550", "failed", 1),
        ("r552", "failed", 1),
        ("d554", "failed", 1),
        ("ddrop", "unknown", 1),
        ("dhang", "unknown", 1),
    ],
)
async def test_each_fault_ends_as_it_must_and_holds_up_no_other(
    desk: MailDesk, mails: MailServer, step: str, state: str, times: int
) -> None:
    """Answers of the server are known; silence before the data leaves is safe; silence after it is not repeated."""
    await desk.queue([f"{step}.ada@example.org", "bob@example.com"])
    async with desk.sending():
        await desk.until({f"{step}.ada": state, "bob": "sent"})
        await asyncio.sleep(0.3)
    assert mails.offered.count(f"{step}.ada@example.org") == times
    assert len(mails.to(f"{step}.ada@example.org")) == (state == "sent" or step == "ddrop")
    assert len(mails.to("bob@example.com")) == 1
    assert sorted(told["state"] for told in await desk.told()) == sorted([state, "sent"])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("step", ["ddrop", "dhang"])
async def test_what_must_not_be_missed_is_sent_once_more_with_the_same_bytes(
    desk: MailDesk, mails: MailServer, step: str
) -> None:
    [id] = await desk.queue([f"{step}.ada@example.org"], kind="offer")
    async with desk.sending():
        await desk.until({f"{step}.ada": "sent"})
    assert mails.offered == [f"{step}.ada@example.org"] * 2
    assert len(set(mails.raw)) == 1
    assert len(mails.raw) == (2 if step == "ddrop" else 1)
    document = await desk.document(id)
    assert document["resent"]
    assert not await desk.database.db["bodies"].find_one({"_id": id}), "what it says is sensitive, and not kept once it is sent"


async def test_silence_for_the_second_time_is_left_to_the_providers_word(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["ddrop"] * 5
    await desk.queue(["ada@example.org"], kind="offer")
    async with desk.sending():
        await desk.until(ada="unknown")
        await asyncio.sleep(0.5)
    assert len(mails.taken) == 2
    [told] = await desk.told()
    assert (told["state"], told["version"]) == ("unknown", 1)


async def test_an_address_that_does_not_exist_gets_nothing_more(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["r550 5.1.1 <ada@example.org>: user unknown"]
    [first] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await desk.until(ada="failed")
    [second] = await desk.queue(["ada@example.org"], kind="offer")
    async with desk.sending():
        await desk.until_all("failed", "suppressed")
    states = await desk.states()
    assert (states[first], states[second]) == ("failed", "suppressed")
    assert mails.offered == ["ada@example.org"]
    assert "ada@example.org" not in str(await desk.document(first))
    assert "ada@example.org" not in str(await desk.told())


@pytest.mark.parametrize("answer", ["r550 5.7.1 blocked", "r530 5.7.0 log in first"])
async def test_a_refusal_for_our_fault_opens_the_breaker_and_suppresses_nobody(
    capsys: pytest.CaptureFixture[str], desk: MailDesk, mails: MailServer, answer: str
) -> None:
    emails = [f"p{number}@example{number}.org" for number in range(6)]
    for email in emails:
        mails.script[email] = [answer]
    await desk.queue(emails)
    assert await desk.messages.longest_due(clock.now())
    opened = False
    async with desk.sending():
        async with asyncio.timeout(PATIENCE):
            while not opened:
                opened = BREAKER_OPEN._value.get() == 1
                await asyncio.sleep(0)
        await desk.until_all("sent")
        assert BREAKER_OPEN._value.get() == 0
    assert await desk.messages.longest_due(clock.now()) is None
    assert await desk.suppressions.suppressed(emails) == {}
    logged = capsys.readouterr().err
    assert "mail_server_refuses_us" in logged
    assert "mail_breaker_opened" in logged
    assert len(mails.taken) == 6


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_log_in_that_fails_is_no_fault_of_any_mail(
    set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.login = (b"desk", b"right")
    monkeypatch.setenv("SMTP_URL", mails.url.replace("//", "//desk:wrong@"))
    wrong = MailDesk.create(Settings())
    await wrong.prepare()
    [id] = await wrong.queue(["ada@example.org"])
    async with wrong.sending():
        async with asyncio.timeout(PATIENCE):
            while "535" not in (await wrong.document(id)).get("answer", ""):
                await asyncio.sleep(0.02)
    wrong.database.close()
    monkeypatch.setenv("SMTP_URL", mails.url.replace("//", "//desk:right@"))
    right = MailDesk.create(Settings())
    async with right.sending():
        await right.until(ada="sent")
    right.database.close()


async def test_a_mail_waits_as_long_as_the_server_asks(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["r450 4.7.1 greylisted, try again in 2 seconds"]
    await desk.queue(["ada@example.org"])
    began = asyncio.get_running_loop().time()
    async with desk.sending():
        await desk.until(ada="sent")
    assert asyncio.get_running_loop().time() - began >= 2
    assert len(mails.offered) == 2


@pytest.mark.parametrize(("worth", "hours", "end"), [(1.0, "48", "expired"), (3600.0, "0.0003", "failed")])
async def test_a_mail_that_is_not_taken_is_given_up_in_the_end(
    set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch, worth: float, hours: str, end: str
) -> None:
    monkeypatch.setenv("GIVE_UP_HOURS", hours)
    desk = MailDesk.create(Settings())
    await desk.prepare()
    mails.script["ada@example.org"] = ["r450 4.2.1 busy"] * 1000
    await desk.queue(["ada@example.org"], worth=timedelta(seconds=worth))
    async with desk.sending():
        await desk.until(ada=end)
    assert not mails.taken
    assert (await desk.told())[0]["state"] == end
    desk.database.close()


async def test_what_is_worth_no_more_is_not_even_offered(desk: MailDesk, mails: MailServer) -> None:
    await desk.queue(["ada@example.org"], worth=timedelta(seconds=-1))
    async with desk.sending():
        await desk.until(ada="expired")
    assert not mails.offered


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


async def test_connections_are_kept_and_made_anew_where_the_server_ends_them(desk: MailDesk, mails: MailServer) -> None:
    mails.mails_per_connection = 5
    await desk.queue([f"p{number}@example{number}.org" for number in range(40)])
    async with desk.sending():
        await desk.until_all("sent")
    assert 8 <= mails.connections <= 11
    assert not [document async for document in desk.database.db["messages"].find({"deferrals": {"$gt": 0}})]


async def test_an_unavailable_server_does_not_count_against_the_mails(desk: MailDesk, mails: MailServer) -> None:
    mails.at_mail = ["451 4.3.2 not now"] * 3
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await desk.until(ada="sent")
    assert (await desk.document(id))["deferrals"] == 0


async def test_an_outage_that_is_longer_than_a_mail_is_tried_costs_none(
    set_up: None, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVE_UP_HOURS", "0.0002")
    desk = MailDesk.create(Settings())
    await desk.prepare()
    mails.at_mail = ["451 4.3.2 not now"] * 6  # with the pauses of the breaker, for twice as long
    [id] = await desk.queue(["ada@example.org"])
    async with desk.sending():
        await desk.until(ada="sent")
    assert (await desk.document(id))["tried_since"] is None
    desk.database.close()


async def test_a_mail_claimed_during_a_release_is_sent(desk: MailDesk) -> None:
    """One sender claims, and another of its lane finds the breaker open meanwhile."""
    await desk.queue(["ada@example.org"])
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(ids: Collection[str]) -> dict[str, Contact]:
        asked.set()
        await go_on.wait()
        return await desk.contacts.recipients(ids)

    suppressions, lease, queued = desk.suppressions, timedelta(minutes=1), asyncio.Event()
    messages, slots, random = Messages(desk.database.db), Slots(0), Random(1)
    claims = Claims(
        "bulk", messages, desk.database, slowly, suppressions.suppressed, suppressions.id, lease, slots, queued, random
    )
    taking = asyncio.create_task(claims.take())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await claims.release()
    go_on.set()
    taken = await taking
    assert taken
    assert taken.mailbox
    assert taken.mailbox.email == "ada@example.org"


async def test_what_was_claimed_or_cut_off_by_a_crash_ends_by_its_lease(desk: MailDesk, mails: MailServer) -> None:
    emails = [f"{name}@example.org" for name in ("claimed", "digest", "offer", "twice")]
    kinds = ["matches", "matches", "offer", "offer"]
    ids = [(await desk.queue([email], kind=kind))[0] for email, kind in zip(emails, kinds, strict=True)]
    past = {"claim": "dead", "due_at": (await desk.document(ids[0]))["created_at"]}
    messages = desk.database.db["messages"]
    await messages.update_one({"_id": ids[0]}, {"$set": {"state": "claimed", **past}})
    await messages.update_many({"_id": {"$in": ids[1:]}}, {"$set": {"state": "sending", **past}})
    await messages.update_one({"_id": ids[3]}, {"$set": {"resent": True}})
    async with desk.sending():
        await desk.until(claimed="sent", digest="unknown", offer="sent", twice="unknown")
    assert sorted(recipient for recipient, _ in mails.taken) == ["claimed@example.org", "offer@example.org"]
    assert (await desk.document(ids[2]))["resent"]
    assert sorted(told["state"] for told in await desk.told()) == ["sent", "sent", "unknown", "unknown"]


async def test_what_an_instance_that_is_gone_had_claimed_does_not_wait_for_its_lease(desk: MailDesk, mails: MailServer) -> None:
    """What it had begun to hand over does: it may only have stood still, with the mail on its way."""
    [claimed] = await desk.queue(["claimed@example.org"], kind="offer")
    [begun] = await desk.queue(["begun@example.org"], kind="offer")
    messages, later = desk.database.db["messages"], datetime.now(UTC) + timedelta(minutes=2)
    for id, state in ((claimed, "claimed"), (begun, "sending")):
        await messages.update_one({"_id": id}, {"$set": {"state": state, "claim": "gone/1", "due_at": later}})
    await desk.database.db["instances"].insert_one(
        {"_id": "gone", "host": gethostname(), "pid": os.getpid(), "beat": 1, "sessions": []}
    )
    async with desk.sending():
        await desk.until(claimed="sent")
    assert (await desk.document(begun))["state"] == "sending"
    assert [recipient for recipient, _ in mails.taken] == ["claimed@example.org"]


async def test_a_claim_of_an_instance_that_only_stood_still_is_void(desk: MailDesk, mails: MailServer) -> None:
    mails.script["ada@example.org"] = ["rhang"]
    [id] = await desk.queue(["ada@example.org"])
    messages = Messages(desk.database.db)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await desk.database.transact(lambda tx: messages.requeue_claims_of(desk.database.instances.id, tx))
        mails.go_on.set()
        await desk.until(ada="sent")
    assert len(mails.to("ada@example.org")) == 1
    assert (await desk.document(id))["version"] == 1


async def test_a_mail_that_somebody_dead_has_locked_holds_up_no_other(desk: MailDesk, mails: MailServer) -> None:
    """What a killed instance had changed and not committed is locked until the database ends its transaction."""
    [locked, *_] = await desk.queue([f"p{number}@example{number % 9}.org" for number in range(2 * CLAIMED_TOGETHER)])
    messages = desk.database.db["messages"]
    async with await messages.database.client.start_session() as session:
        session.start_transaction()
        await messages.update_one({"_id": locked}, {"$set": {"claim": "dead"}}, session=session)
        async with desk.sending():
            await until(lambda: len(mails.taken) >= CLAIMED_TOGETHER)
            await session.abort_transaction()
            await desk.until_all("sent")
    assert len(mails.taken) == 2 * CLAIMED_TOGETHER


async def test_a_queue_that_is_longer_than_one_look_is_gone_through_without_a_rest(
    desk: MailDesk, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOKED_UP_TOGETHER", CLAIMED_TOGETHER)
    monkeypatch.setattr(claims, "LOOK_SECONDS", 600)
    monkeypatch.setattr(sender, "LOOK_SECONDS", 600)
    await desk.queue([f"p{number}@example{number % 9}.org" for number in range(3 * CLAIMED_TOGETHER - 1)])
    async with desk.sending():
        await until(lambda: len(mails.taken) == 3 * CLAIMED_TOGETHER - 1)


async def test_a_holder_that_was_only_slow_knows_better_than_its_lease(desk: MailDesk, mails: MailServer) -> None:
    """Told to be unknown, the mail is told to be sent, once its sender says so; versions rise."""
    mails.script["ada@example.org"] = ["dhang"]
    [id] = await desk.queue(["ada@example.org"])
    messages = desk.database.db["messages"]
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        await messages.update_one({"_id": id}, {"$set": {"due_at": (await desk.document(id))["created_at"]}})
        await desk.until(ada="unknown")
        mails.go_on.set()
        await desk.until(ada="sent")
    assert [(told["state"], told["version"]) for told in await desk.told()] == [("unknown", 1), ("sent", 2)]


async def test_a_stop_ends_the_mail_in_hand_and_leaves_the_rest_to_others(desk: MailDesk, mails: MailServer) -> None:
    emails = [f"p{number}@example.org" for number in range(30)]
    for email in emails:
        mails.script[email] = ["dhang"]
    await desk.queue(emails)
    async with desk.sending():
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        asyncio.get_running_loop().call_later(0.5, mails.go_on.set)
    states = list((await desk.states()).values())
    assert set(states) == {"sent", "queued"}
    assert len(mails.taken) == states.count("sent") <= 3


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
