"""Digests: contacts and recommendations in, mails out over SMTP."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from local_stack import start_service
from notifications.mail.content import MailContent
from notifications.mail.message import Message
from notifications.mail.writer import MailWriter, Recipient
from support.mail_server import MailServer
from support.notified import Publisher, kind, messages, running, settled, text, until_statistics
from support.patience import PATIENCE, until
from support.traced import Spans, traced

ADA = "ada@example.org"
BOB = "bob@example.org"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with traced() as spans:
        yield spans


def unsubscribe_path(mail: EmailMessage) -> str:
    found = re.match(r"<https?://[^/]+(/unsubscribe/[^>]+)>, <mailto:bounces[+]u-", mail["List-Unsubscribe"])
    assert found
    return found[1]


async def test_a_recommendation_becomes_a_mail_that_says_why(
    capsys: pytest.CaptureFixture[str], api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact(name="Ada Lovelace")
    await publish.recommend("l1", correlation="trace-me")
    await until(lambda: mails.taken)
    recipient, mail = mails.taken[0]
    assert recipient == ADA
    assert mail["To"] == "Ada Lovelace <ada@example.org>"
    assert mail["From"] == "Desk <desk@example.net>"
    assert mail["Subject"] == "An internship for you: Project l1"
    assert mail["X-Correlation-ID"] == "trace-me"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.net>")
    assert mail["Date"]
    assert mail.get_content_type() == "multipart/alternative"
    for form in ("plain", "html"):
        assert "You attended “Property testing”; this project uses Python." in text(mail, form)
        assert "You met one of its mentors." in text(mail, form)
        assert "https://example.com/l1" in text(mail, form)

    assert (await settled(api, publish))["sent"] == 1
    [message] = await messages(api)
    assert (message["state"], message["correlation_id"], message["listing_ids"]) == ("sent", "trace-me", ["l1"])
    assert "Property" not in json.dumps(message)
    logged = capsys.readouterr().err
    assert "mail_sent" in logged
    assert "trace-me" in logged
    assert ADA not in logged
    assert 'opportunity_desk_mails_total{status="sent"}' in (await api.get("/metrics")).text


async def test_a_mail_leads_back_to_the_event_that_caused_it_and_no_span_says_to_whom(
    spans: Spans, api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    publish.traceparent = f"00-{7:032x}-{8:016x}-01"
    await publish.recommend("l1")
    await until(lambda: spans.named("send mail"))
    (sent,) = spans.named("send mail")
    (written,) = spans.linked(sent, "write digests")
    causes = spans.linked(written, "process notifications")
    assert [(link.context.trace_id, link.context.span_id) for cause in causes for link in cause.links] == [(7, 8)]
    token = re.search(r"/preferences/(\S+)", text(mails.taken[0][1]))
    assert token
    assert (await api.get(f"/preferences/{token[1]}")).status_code == 200
    assert [span.name for span in spans.all() if span.name.startswith("GET ")] == ["GET /preferences/{token}"]
    told = {str(value) for span in spans.all() for value in (span.attributes or {}).values()}
    assert not [value for value in told if "@" in value or "ada" in value or token[1] in value]


async def test_changes_within_the_window_become_one_mail_with_the_newest_list(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, publish: Publisher, mails: MailServer
) -> None:
    monkeypatch.setenv("GATHER_SECONDS", "2")
    async with running() as api:
        await publish.contact()
        await publish.recommend("l1")
        await publish.recommend("l1", "l2", version=2)
        await publish.recommend("l3", "l2", version=3)
        await publish.applied()
        assert not mails.taken
        assert (await settled(api, publish))["sent"] == 1
    body = text(mails.taken[0][1])
    assert body.index("Project l3") < body.index("Project l2")
    assert "Project l1" not in body


async def test_only_what_is_new_is_worth_a_mail_and_comes_first(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1", "l2")
    await until(lambda: len(mails.taken) == 1)
    await publish.recommend("l2", version=2)  # l1 is gone
    await publish.recommend("l2", "l1", version=3)  # and back
    assert (await settled(api, publish))["sent"] == 1
    await publish.recommend("l1", "l2", "l3", version=4)
    await until(lambda: len(mails.taken) == 2)
    mail = mails.taken[1][1]
    assert mail["Subject"] == "An internship for you: Project l3"
    body = text(mail)
    assert body.index("NEW: Project l3") < body.index("Still among your best matches") < body.index("Project l1")
    assert body.count("NEW:") == 1


async def test_repeated_and_stale_events_send_one_mail(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.contact(version=2)
    await publish.contact(version=1, email="old@example.org")
    for _ in range(3):
        await publish.recommend("l2", version=2)
        await publish.recommend("l1", version=1)
        await settled(api, publish)
    assert [recipient for recipient, _ in mails.taken] == [ADA]
    assert "l2" in text(mails.taken[0][1])


async def test_a_recommendation_waits_for_the_contact_and_for_consent(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.recommend("l1")
    await publish.applied()
    await publish.contact(consent=False)
    await publish.applied()
    await until_statistics(api, waiting_for_consent=1, contacts=1, pending=0)
    await publish.recommend("l1", "l2", version=2)
    await publish.contact(consent=True, version=2)
    await until(lambda: mails.taken)
    assert "Project l2" in text(mails.taken[0][1])
    assert (await settled(api, publish)) | {"sent": 1, "waiting_for_consent": 0} == await settled(api, publish)


async def test_a_digest_that_waits_for_its_time_is_pending_but_not_due(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    link = re.search(r"https?://[^/]+(/preferences/\S+)", text(mails.taken[0][1]))
    assert link
    await api.post(link[1], data={"digest": "weekly"})
    await publish.recommend("l1", "l2", version=2)
    await publish.applied()
    await until_statistics(api, pending=1, due=0)


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


async def test_a_mail_that_cannot_be_written_stops_no_other(
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    api: httpx.AsyncClient,
    publish: Publisher,
    mails: MailServer,
) -> None:
    write = MailWriter.write

    def write_to_all_but_ada(
        self: MailWriter, message: Message, content: MailContent, recipient: Recipient, now: datetime
    ) -> bytes:
        if message.recipient == "ada":
            raise LookupError("words about ada")
        return write(self, message, content, recipient, now)

    async def failed() -> float:
        found = re.search(r'opportunity_desk_mails_total\{status="failed"\} (\S+)', (await api.get("/metrics")).text)
        return float(found[1]) if found else 0

    before = await failed()
    with monkeypatch.context() as faulty:
        faulty.setattr(MailWriter, "write", write_to_all_but_ada)
        for id in ("ada", "bob"):
            await publish.recommend("l1", id=id)
        await publish.applied()
        for id in ("ada", "bob"):
            await publish.contact(id)
        await until(lambda: mails.to(BOB))
        async with asyncio.timeout(PATIENCE):
            while await failed() - before < 1:
                await asyncio.sleep(0.05)
        assert (await api.get("/statistics")).json()["pending"] == 1, "it is tried again in an hour"
    assert not mails.to(ADA)
    [entry] = [str(record.msg) for record in caplog.records if "mail_not_written" in str(record.msg)]
    assert "ada" in entry
    assert "LookupError" in entry
    assert "words about" not in caplog.text


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


@pytest.mark.parametrize(("cut_off", "end"), [("rhang", "sent"), ("dhang", "unknown")])
async def test_a_mail_in_hand_when_its_sender_is_killed(
    environment: dict[str, str], publish: Publisher, mails: MailServer, tmp_path: Path, cut_off: str, end: str
) -> None:
    """Not yet handed over, it is sent by the next; handed over, nobody knows, and it is not repeated."""
    mails.script[ADA] = [cut_off]
    short = environment | {"SMTP_SECONDS": "2", "LEASE_SECONDS": "4"}
    service = await asyncio.to_thread(start_service, "notifications", tmp_path, short)
    await publish.contact()
    await publish.recommend("l1")
    await asyncio.wait_for(mails.reached.wait(), PATIENCE)
    await asyncio.to_thread(service.kill)
    async with running() as api:
        await until_statistics(api, **{end: 1, "queued": 0})
        assert [message["state"] for message in await messages(api)] == [end]
    assert len(mails.taken) == (end == "sent")


async def test_a_stop_lets_the_mail_in_hand_end(publish: Publisher, mails: MailServer) -> None:
    mails.script[ADA] = ["dhang"]
    async with running():
        await publish.contact()
        await publish.recommend("l1")
        await asyncio.wait_for(mails.reached.wait(), PATIENCE)
        asyncio.get_running_loop().call_later(1, mails.go_on.set)
    async with running() as api:
        await until_statistics(api, sent=1, unknown=0)
    assert len(mails.taken) == 1


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


async def test_several_instances_send_each_mail_once_over_few_connections(publish: Publisher, mails: MailServer) -> None:
    ids = [f"a{number}" for number in range(200)]
    async with running() as one, running() as two:
        await asyncio.gather(*(publish.recommend("l1", id=id) for id in ids))
        await publish.applied()
        await asyncio.gather(*(publish.contact(id) for id in ids))
        await until_statistics(one, sent=len(ids))
        assert (await two.get("/statistics")).json()["queued"] == 0
    assert sorted(recipient for recipient, _ in mails.taken) == sorted(f"{id}@example.org" for id in ids)
    assert len({mail["Message-ID"] for _, mail in mails.taken}) == len(ids)
    assert mails.connections <= 4
