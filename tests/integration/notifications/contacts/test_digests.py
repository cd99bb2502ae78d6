"""Digests: contacts and recommendations in, mails out over SMTP, one for each change that is worth it."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from support.mail_server import MailServer
from support.notified import Publisher, messages, running, settled, text, until_statistics
from support.patience import until
from support.traced import Spans, traced

ADA = "ada@example.org"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with traced() as spans:
        yield spans


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
