"""What becomes of a mail by what the mail server answers, or does not, over real SMTP."""

import asyncio
from datetime import timedelta

import pytest

from notifications.metrics import BREAKER_OPEN
from notifications.settings import Settings
from shared import clock
from support.mail_server import MailServer
from support.mailing import MailDesk
from support.patience import PATIENCE


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
