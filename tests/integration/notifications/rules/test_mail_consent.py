"""Whom mails are not sent to any more, where their links may lead, and what other services learn of each."""

import httpx

from support.kafka import Kafka
from support.mail_rules import ADA, GRACE, in_days
from support.mail_server import MailServer
from support.notified import Publisher, kind, messages, settled, text, told, until_statistics
from support.patience import until


async def test_who_agrees_to_mails_is_welcomed_once_in_their_language(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact("bob", consent=False, time=in_days(0))
    await publish.contact("bob", version=2, locale="de-AT", time=in_days(0))
    await until(lambda: mails.taken)
    await publish.contact("bob", version=3, consent=False, time=in_days(0))
    await publish.contact("bob", version=4, locale="de-AT", time=in_days(0))
    await settled(api, publish)
    [mail] = mails.to("bob@example.org")
    assert (kind(mail), mail["Content-Language"]) == ("welcome", "de")
    assert not mails.to(ADA), "who agreed long ago is not greeted as new"


async def test_what_an_event_needs_may_come_after_it(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.application("submitted", id="a2", listing_id="l2")
    await publish.applied()
    assert not mails.taken
    await publish.listing("l2", organization_id="o2", organization="Planetarium")
    await publish.staff("tycho", "o2")
    await until(lambda: mails.to("tycho@observatory.example") and mails.to(ADA), 40)
    assert "Planetarium" in text(mails.to(ADA)[0])


async def test_optional_mails_end_with_unsubscribing_and_transactional_ones_do_not(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.recommend("l1")
    await until(lambda: told(mails, "matches"))
    path = told(mails, "matches")[0]["List-Unsubscribe"].partition(">")[0].removeprefix("<https://desk.example.net")
    assert (await api.post(path)).status_code == 200
    await publish.round("open", 2, closes_at=in_days(7))
    await publish.application("submitted")
    await until(lambda: told(mails, "application_sent"))
    await settled(api, publish)
    assert not told(mails, "round_opened")


async def test_links_of_strangers_lead_only_where_they_may(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.listing("evil", url="https://example.com.evil.test/login", title="<script>alert(1)</script>")
    await publish.applied()
    await publish.application("submitted", listing_id="evil")
    await until(lambda: told(mails, "application_sent"))
    for form in ("plain", "html"):
        assert "evil.test" not in text(told(mails, "application_sent")[0], form)
    assert "<script>" not in text(told(mails, "application_sent")[0], "html")


async def test_what_became_of_each_mail_is_told_to_other_services(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer, kafka: Kafka
) -> None:
    mails.script[GRACE] = ["r550 5.1.1 no such mailbox"]
    await publish.application("submitted")
    deliveries = {one["kind"]: one for one in await kafka.events("notifications.deliveries", 2)}
    assert {kind: one["state"] for kind, one in deliveries.items()} == {
        "application_sent": "sent",
        "application_received": "failed",
    }
    [message] = await messages(api)
    assert deliveries["application_sent"]["message_id"] == message["token"]
    assert deliveries["application_received"]["person_id"] == "grace"
    await publish.application("offered", version=2, offer={"deadline": in_days(0.5)})
    await until(lambda: told(mails, "offer"))
    await publish.application("accepted", version=3)
    await until_statistics(api, suppressed=1)  # the host's address takes no mail any more


async def test_who_was_erased_is_forgotten_whole(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.application("offered", offer={"deadline": in_days(5)})
    await until(lambda: told(mails, "offer"))
    await publish.erase()
    await until(lambda: told(mails, "erased"))
    await until_statistics(api, contacts=0, queued=0, scheduled=1)
    assert [kind(mail) for mail in mails.to(ADA)] == ["offer", "erased"]
    for message in await messages(api):
        assert ADA not in str(message)
