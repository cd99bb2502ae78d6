"""A digest that its reader no longer wants is not sent: after an unsubscribe or an erasure, whatever had happened before."""

import asyncio
import re
from email.message import EmailMessage

import httpx
import pytest

from support.mail_server import MailServer
from support.notified import Publisher, kind, messages, settled, text, until_statistics
from support.patience import PATIENCE, until

ADA = "ada@example.org"
BOB = "bob@example.org"


def unsubscribe_path(mail: EmailMessage) -> str:
    found = re.match(r"<https?://[^/]+(/unsubscribe/[^>]+)>, <mailto:bounces[+]u-", mail["List-Unsubscribe"])
    assert found
    return found[1]


async def test_one_click_unsubscribes_whatever_contact_events_say_later_until_undone(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    path = unsubscribe_path(mails.taken[0][1])

    asked = await api.get(path)
    assert asked.status_code == 200
    assert "<button>Unsubscribe</button>" in asked.text
    assert (await api.get("/statistics")).json()["unsubscribed"] == 0, "to follow a link must change nothing"

    for _ in range(2):
        done = await api.post(path, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert "You are unsubscribed" in done.text
    assert (await api.get("/statistics")).json()["unsubscribed"] == 1
    await publish.contact(version=2, consent=True)
    await publish.recommend("l1", "l2", version=2)
    await settled(api, publish)
    assert len(mails.taken) == 1

    assert "subscribed again" in (await api.post(path + "/undo")).text
    await until(lambda: len(mails.taken) == 2)
    assert "NEW: Project l2" in text(mails.taken[1][1])


@pytest.mark.parametrize("silence", ["unsubscribed", "consent withdrawn"])
async def test_a_queued_mail_is_not_sent_once_it_is_unwanted(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer, silence: str
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: len(mails.taken) == 1)
    path = unsubscribe_path(mails.taken[0][1])
    mails.script[ADA] = ["r451 4.3.0 come back later"] * 100
    await publish.recommend("l1", "l2", version=2)
    await until(lambda: len(mails.script[ADA]) < 100)
    if silence == "unsubscribed":
        await api.post(path)
    else:
        await publish.contact(version=2, consent=False)
    await until_statistics(api, queued=0, suppressed=1)
    mails.script.clear()
    await publish.contact("bob")
    await publish.recommend("l1", id="bob")
    await until(lambda: mails.to(BOB))
    assert len(mails.to(ADA)) == 1

    # What the cancelled mail would have told is news again, and told without any change of the list.
    await api.post(path + "/undo")
    await publish.contact(version=3)
    await until(lambda: len(mails.to(ADA)) == 2)
    assert mails.to(ADA)[1]["Subject"] == "An internship for you: Project l2"
    assert (await settled(api, publish))["sent"] == 3


async def test_matches_of_a_deferred_digest_are_new_again_after_its_reader_unsubscribed(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    path = unsubscribe_path(mails.taken[0][1])
    mails.script[ADA] = ["dhang 451 4.3.0 come back later"]
    await publish.recommend("l1", "l2", version=2)
    await asyncio.wait_for(mails.reached.wait(), PATIENCE)
    await api.post(path)
    mails.go_on.set()
    await until_statistics(api, queued=0, suppressed=1)
    await api.post(path + "/undo")
    await until(lambda: len(mails.taken) == 2)
    assert mails.taken[1][1]["Subject"] == "An internship for you: Project l2"


async def test_a_deferred_mail_to_an_erased_person_holds_up_nobody(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = ["dhang 451 4.3.0 come back later"]
    await publish.contact()
    await publish.recommend("l1")
    await asyncio.wait_for(mails.reached.wait(), PATIENCE)
    await publish.erase(told=False)
    await until_statistics(api, contacts=0)
    mails.go_on.set()
    await until_statistics(api, queued=0, cancelled=1)
    await publish.contact("bob")
    await publish.recommend("l1", id="bob")
    await until(lambda: mails.to(BOB))
    assert not mails.to(ADA)


async def test_after_recommendations_were_erased_a_list_of_version_1_counts(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1", version=1)
    await publish.recommend("l1", version=7)
    await until(lambda: mails.taken)
    await publish.forget_recommendations()
    await publish.recommend("l2", version=1)
    await until(lambda: len(mails.taken) == 2)
    assert mails.taken[1][1]["Subject"] == "An internship for you: Project l2"


async def test_who_was_erased_and_returns_is_mailed_again(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    for visit in (1, 2):
        await publish.contact()
        await publish.recommend("l1")
        await until(lambda wanted=visit: len(mails.taken) == wanted)  # type: ignore[misc]
        await settled(api, publish)
        await publish.erase(told=False)
        await publish.forget_recommendations()
        await until_statistics(api, contacts=0)


async def test_a_claimed_mail_is_not_sent_once_its_recipient_unsubscribes(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    mails.script[ADA] = ["rhang"]
    await publish.recommend("l1", "l2", version=2)
    await asyncio.wait_for(mails.reached.wait(), PATIENCE)
    await api.post(unsubscribe_path(mails.taken[0][1]))
    mails.go_on.set()
    await publish.contact("bob")
    await publish.recommend("l1", id="bob")
    await until(lambda: mails.to(BOB))
    await until_statistics(api, queued=0, suppressed=1)
    assert len(mails.to(ADA)) == 1


async def test_an_erased_attendee_leaves_nothing_and_gets_nothing_but_the_confirmation(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = ["r451 4.3.0 come back later"] * 100
    await publish.contact(locale="de")
    await publish.recommend("l1")
    await until(lambda: len(mails.script[ADA]) < 100)
    await publish.erase()
    statistics = await until_statistics(api, contacts=0, queued=1, cancelled=1)
    assert statistics["pending"] == 0
    mails.script.clear()
    await until_statistics(api, queued=0, sent=1)
    [mail] = mails.to(ADA)
    assert (kind(mail), mail["Content-Language"], mail["To"]) == ("erased", "de", "Ada <ada@example.org>")
    assert [(message["kind"], message["state"]) for message in await messages(api)] == [
        ("erased", "sent"),
        ("matches", "cancelled"),
    ]


async def test_whose_contact_is_gone_for_another_reason_is_not_told_of_an_erasure(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.applied()
    await publish.erase(told=False)
    await publish.applied()
    await until_statistics(api, contacts=0, queued=0)
    assert not mails.taken
