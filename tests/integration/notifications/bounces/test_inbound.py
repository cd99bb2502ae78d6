"""What comes back by mail, handed over on HTTP: bounces, complaints, mails to unsubscribe."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from notifications.suppressions.repository import Suppressions
from support.access import OPERATOR
from support.desk import ADA, INBOUND_KEY, KEY, Desk
from support.serving import serving

MAILS = Path(__file__).parents[3] / "unit" / "notifications" / "mails"
EXAMPLES_TOKEN = "5f1c09ab7be2d3440f6a1c8d9e2b7f30"
EMAIL = "ada@uni.example"


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(desk.app) as api:
        api.headers["authorization"] = f"Bearer {INBOUND_KEY}"
        yield api


def example(name: str, token: str) -> bytes:
    """One of the example mails, about this message."""
    return (MAILS / f"{name}.eml").read_bytes().replace(EXAMPLES_TOKEN.encode(), token.encode())


async def hand_over(api: httpx.AsyncClient, mail: bytes, **query: str) -> tuple[str, bool]:
    answer = await api.post("/inbound", content=mail, params=query, headers={"content-type": "message/rfc822"})
    assert answer.status_code == 200, answer.text
    return answer.json()["understood"], answer.json()["applied"]


async def find(api: httpx.AsyncClient, email: str = EMAIL) -> dict[str, object]:
    answer = await api.post("/suppressions/find", json={"email": email}, headers=OPERATOR)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_one_hard_bounce_suppresses_the_address_and_requeues_claimed_mails(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent("offer")
    claimed = await desk.write("round_opened")
    await desk.claim()
    for applied in (True, False, False):
        assert await hand_over(api, example("postfix_unknown_user", token)) == ("hard_bounce", applied)
    found = await find(api, "Ada@UNI.example")
    assert (found["suppressed"], found["reason"], found["message"]) == (True, "hard_bounce", token)
    message = await desk.message(token)
    assert (message["state"], message["feedback"]) == ("sent", "bounced")
    assert await desk.told(token) == ["sent", "bounced"]
    await desk.end()  # the sender that had it in hand comes too late
    assert (await desk.message(claimed))["state"] == "queued"
    assert not (await desk.person()).unsubscribed
    assert await desk.suppressions.suppressed([EMAIL, "bob@uni.example"]) == {EMAIL: "hard_bounce"}


@pytest.mark.parametrize("name", ["yahoo_complaint", "microsoft_complaint", "microsoft_junk"])
async def test_a_complaint_suppresses_the_address_and_unsubscribes_its_owner(
    desk: Desk, api: httpx.AsyncClient, name: str
) -> None:
    await desk.attendee()
    token = await desk.sent("matches")
    assert await hand_over(api, example(name, token)) == ("complaint", True)
    assert await hand_over(api, example(name, token)) == ("complaint", False)
    assert (await find(api))["reason"] == "complaint"
    assert (await desk.person()).unsubscribed
    assert await desk.told(token) == ["sent", "complained"]


async def test_a_complaint_after_a_bounce_counts_and_a_bounce_after_a_complaint_changes_nothing(
    desk: Desk, api: httpx.AsyncClient
) -> None:
    await desk.attendee()
    token = await desk.sent("matches")
    assert await hand_over(api, example("outlook_mailbox_full", token)) == ("soft_bounce", True)
    assert await hand_over(api, example("yahoo_complaint", token)) == ("complaint", True)
    assert await hand_over(api, example("postfix_unknown_user", token)) == ("hard_bounce", False)
    assert await desk.told(token) == ["sent", "bounced", "complained"]
    assert (await find(api))["reason"] == "complaint"


async def test_soft_bounces_in_a_row_suppress_but_each_mail_counts_once(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    for number in range(1, 4):
        token = await desk.sent()
        assert (await find(api))["suppressed"] is False
        for applied in (True, False):
            assert await hand_over(api, example("outlook_mailbox_full", token)) == ("soft_bounce", applied)
        assert (await find(api))["soft_bounces"] == number
    assert (await find(api))["reason"] == "soft_bounces"


async def test_the_same_bounce_handed_over_by_several_at_once_counts_once(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent()
    taken = await asyncio.gather(*(hand_over(api, example("outlook_mailbox_full", token)) for _ in range(5)))
    assert sorted(applied for _, applied in taken) == [False, False, False, False, True]
    assert (await find(api))["soft_bounces"] == 1
    assert await desk.told(token) == ["sent", "bounced"]


async def test_a_mail_that_arrived_between_ends_the_row(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    for _ in range(2):
        await hand_over(api, example("outlook_mailbox_full", await desk.sent()))
    await desk.sent()
    for expected in (1, 2):
        await hand_over(api, example("outlook_mailbox_full", await desk.sent()))
        assert (await find(api))["soft_bounces"] == expected
    assert (await find(api))["suppressed"] is False


async def test_bounces_that_come_days_after_later_mails_were_sent_still_make_a_row(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    tokens = [await desk.sent() for _ in range(3)]
    for token in tokens:
        await hand_over(api, example("postfix_expired", token))
    assert (await find(api))["reason"] == "soft_bounces"


async def test_a_refusal_that_is_about_us_suppresses_nobody_and_is_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture, desk: Desk, api: httpx.AsyncClient
) -> None:
    await desk.attendee()
    for name in ("gmail_unauthenticated", "postfix_called_spam"):
        token = await desk.sent()
        assert await hand_over(api, example(name, token)) == ("policy_bounce", True)
        assert await desk.told(token) == ["sent", "bounced"]
    assert await find(api) == {"suppressed": False, "reason": "", "since": None, "message": "", "soft_bounces": 0}
    errors = [record.msg for record in caplog.records if record.levelname == "ERROR"]
    told = [(line["event"], line["status"]) for line in errors if isinstance(line, dict)]
    assert told == [("mail_came_back", "5.7.26"), ("mail_came_back", "5.0.0")]
    assert EMAIL not in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        "postfix_delayed",
        "postfix_delivered",
        "not_spam",
        "vacation_sieve",
        "vacation_exchange",
        "read_receipt",
        "challenge",
        "away_without_a_word_of_it",
    ],
)
async def test_news_of_a_mail_on_its_way_and_automatic_replies_change_nothing(
    desk: Desk, api: httpx.AsyncClient, name: str
) -> None:
    await desk.attendee()
    token = await desk.sent()
    understood, applied = await hand_over(api, example(name, token))
    assert understood in ("delayed", "delivered", "not_spam", "automatic_reply", "other")
    assert not applied
    assert (await find(api))["suppressed"] is False
    assert await desk.told(token) == ["sent"]


async def test_without_a_token_of_ours_nothing_is_suppressed_whatever_the_mail_names(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    await desk.sent()
    assert await hand_over(api, example("nobodys", "")) == ("hard_bounce", False)
    assert await hand_over(api, example("postfix_unknown_user", "0" * 32)) == ("hard_bounce", False)
    assert (await find(api))["suppressed"] is False


async def test_a_token_suppresses_only_the_address_that_its_mail_went_to(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    await desk.attendee("bob", "bob@uni.example")
    token = await desk.sent(recipient="bob")
    assert await hand_over(api, example("qmail_with_copy", token)) == ("hard_bounce", True)
    assert (await find(api, "bob@uni.example"))["suppressed"] is True
    assert (await find(api))["suppressed"] is False


async def test_the_envelope_identifies_the_message_if_the_mail_does_not(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent()
    verp = desk.links.envelope_sender(token)
    assert await hand_over(api, example("nobodys", ""), recipient=verp) == ("hard_bounce", True)
    assert (await find(api))["suppressed"] is True


async def test_a_bounce_faster_than_our_own_record_waits_for_it(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.write()
    await desk.claim()
    taken = asyncio.create_task(hand_over(api, example("postfix_unknown_user", token)))
    await asyncio.sleep(0.5)
    assert not taken.done()
    await desk.end()
    assert await taken == ("hard_bounce", True)
    assert await desk.told(token) == ["sent", "bounced"]


async def test_a_bounce_of_a_mail_that_stays_in_hand_is_to_be_handed_over_again(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.write()
    await desk.claim()
    answer = await api.post("/inbound", content=example("postfix_unknown_user", token))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert (await find(api))["suppressed"] is False


async def test_a_bounce_of_somebody_who_was_erased_is_told_and_suppresses_nobody(desk: Desk, api: httpx.AsyncClient) -> None:
    token = await desk.sent()
    assert await hand_over(api, example("postfix_unknown_user", token)) == ("hard_bounce", True)
    assert await desk.told(token) == ["sent", "bounced"]
    assert await desk.database.db["suppressions"].count_documents({"reason": {"$ne": ""}}) == 0


async def test_a_late_bounce_counts_only_against_the_old_address(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent()
    await desk.moves("ada@work.example")
    assert await hand_over(api, example("postfix_unknown_user", token)) == ("hard_bounce", True)
    assert await desk.told(token) == ["sent", "bounced"]
    assert (await find(api))["suppressed"] is True
    assert (await find(api, "ada@work.example"))["suppressed"] is False


async def test_an_address_that_forwards_to_one_that_is_not_there_is_there_itself(desk: Desk, api: httpx.AsyncClient) -> None:
    """As that of a team does, of whom one has left."""
    await desk.attendee(email="team@uni.example")
    for number in range(1, 4):
        assert (await find(api, "team@uni.example"))["suppressed"] is False
        assert await hand_over(api, example("postfix_forwarded", await desk.sent())) == ("hard_bounce", True)
        assert (await find(api, "team@uni.example"))["soft_bounces"] == number
    assert (await find(api, "team@uni.example"))["reason"] == "soft_bounces"


async def test_a_mail_to_the_address_for_it_unsubscribes(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    queued, kept = await desk.write("round_opened"), await desk.write("offer")
    to = desk.links.unsubscribe_address(ADA)
    mail = (
        f"From: Somebody Else <else@uni.example>\r\nTo: <{to}>\r\nSubject: unsubscribe\r\nAuto-Submitted: auto-generated\r\n\r\n"
    )
    for applied in (True, False):
        assert await hand_over(api, mail.encode()) == ("unsubscribe", applied)
    assert (await desk.person()).unsubscribed
    assert (await desk.message(queued))["state"] == "suppressed"
    assert (await desk.message(kept))["state"] == "queued"
    assert (await find(api, "else@uni.example"))["suppressed"] is False
    html = "Content-Type: text/html\r\n\r\n<p>unsubscribe</p>"
    await api.post("/unsubscribe/" + desk.links.unsubscribe(ADA).rpartition("/")[2] + "/undo")
    assert await hand_over(api, mail.strip().encode() + html.encode()) == ("unsubscribe", True)
    forged = to.replace("+u-", "+u-a")
    assert await hand_over(api, mail.replace(to, forged).encode()) == ("other", False)


async def test_an_operator_lifts_a_suppression_and_the_count_begins_anew(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent()
    await hand_over(api, example("postfix_unknown_user", token))
    assert (await api.post("/suppressions/lift", json={"email": " ADA@uni.example"}, headers=OPERATOR)).json() == {"lifted": True}
    assert (await api.post("/suppressions/lift", json={"email": EMAIL}, headers=OPERATOR)).json() == {"lifted": False}
    assert (await find(api))["suppressed"] is False
    assert await hand_over(api, example("postfix_unknown_user", token)) == ("hard_bounce", False), "the same bounce again"
    assert (await find(api))["suppressed"] is False
    wrong = await api.post("/suppressions/find", json={"email": "ada"}, headers=OPERATOR)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "email"


async def test_the_address_itself_is_nowhere_in_the_list_and_another_key_finds_nothing(
    desk: Desk, api: httpx.AsyncClient
) -> None:
    await desk.attendee()
    await hand_over(api, example("postfix_unknown_user", await desk.sent()))
    [document] = await desk.database.db["suppressions"].find().to_list(10)
    assert not re.search(r"\bada\b", str(document))
    assert await Suppressions(desk.database.db, SecretStr("another-key-another")).suppressed([EMAIL]) == {}
    assert await Suppressions(desk.database.db, KEY).suppressed([EMAIL]) == {EMAIL: "hard_bounce"}


async def test_without_the_right_key_nothing_is_accepted(desk: Desk, api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    await desk.attendee()
    token = await desk.sent()
    del api.headers["authorization"]
    for header in ("", "Bearer", "Bearer wrong", f"Basic {INBOUND_KEY}", f"Bearer {INBOUND_KEY}x", "Bearer \xff"):
        with subtests.test(header):
            headers = [(b"authorization", header.encode("latin-1"))]
            answer = await api.post("/inbound", content=example("postfix_unknown_user", token), headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert await desk.told(token) == ["sent"]


async def test_without_a_key_the_door_is_shut_and_says_what_to_set(environment: dict[str, str]) -> None:
    async with Desk(inbound_key=None) as desk, serving(desk.app) as api:
        answer = await api.post("/inbound", content=b"From: a@b.example\r\n\r\n", headers={"authorization": "Bearer x"})
        assert answer.status_code == 503
        assert "INBOUND_KEY" in answer.json()["detail"]


async def test_what_is_no_mail_is_told_so_or_means_nothing(api: httpx.AsyncClient) -> None:
    assert (await api.post("/inbound", content=b"")).status_code == 422
    assert await hand_over(api, b"\x00\xff" * 1000) == ("other", False)


async def test_a_bounce_with_a_copy_of_25_megabytes_is_read_all_the_same(desk: Desk, api: httpx.AsyncClient) -> None:
    """A mail server would else hand it over again for days."""
    await desk.attendee()
    copy = example("postfix_unknown_user", await desk.sent()) + b"x" * 25_000_000
    assert await hand_over(api, copy) == ("hard_bounce", True)
