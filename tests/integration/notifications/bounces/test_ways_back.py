"""The whole way: a mail leaves the service, and each of its links and addresses leads back to what it is for."""

import re

import httpx

from support.desk import INBOUND_KEY
from support.kafka import Kafka
from support.mail_server import MailServer
from support.notified import Publisher, messages, settled, text
from support.patience import until

PUBLIC_URL = "https://desk.example.net"  # as in support.notified
ADA = "ada@example.org"
MAIL_SERVER = {"authorization": f"Bearer {INBOUND_KEY}"}
BOUNCE = """From: MAILER-DAEMON@relay.example
To: <{to}>
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
--b--
"""


async def test_a_bounce_to_the_envelope_sender_is_the_end_of_mails_to_that_address(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer, kafka: Kafka
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    await settled(api, publish)
    sender = mails.senders[0]
    assert re.fullmatch(r"bounces\+[0-9a-f]{32}@example\.net", sender)
    answer = await api.post("/inbound", content=BOUNCE.format(to=sender).encode(), headers=MAIL_SERVER)
    assert answer.json() == {"understood": "hard_bounce", "applied": True}
    await publish.recommend("l1", "l2", version=2)
    await publish.contact("bob")
    await publish.recommend("l1", id="bob")
    await until(lambda: mails.to("bob@example.org"))
    await settled(api, publish)
    assert len(mails.to(ADA)) == 1
    states = sorted((message["state"], message["feedback"]) for message in await messages(api))
    assert states == [("sent", "bounced"), ("suppressed", "")]
    told = [event["state"] for event in await kafka.events("notifications.deliveries", 4)]
    assert sorted(told) == ["bounced", "sent", "sent", "suppressed"]

    assert (await api.post("/suppressions/lift", json={"email": ADA})).json() == {"lifted": True}
    await publish.recommend("l1", "l2", "l3", version=3)
    await until(lambda: len(mails.to(ADA)) == 2)


async def test_the_links_of_a_mail_open_what_they_are_for(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    await settled(api, publish)
    [mail] = mails.to(ADA)
    html = text(mail, "html")
    links = {name: re.search(rf'href="{PUBLIC_URL}(/{name}/[^"]+)"', html) for name in ("mail", "preferences", "unsubscribe")}
    pages = {name: await api.get(link[1]) for name, link in links.items() if link}
    assert {name: page.status_code for name, page in pages.items()} == {"mail": 200, "preferences": 200, "unsubscribe": 200}
    assert pages["mail"].text.split() == html.split()

    https, mailto = re.findall(r"<([^>]+)>", mail["List-Unsubscribe"])
    answer = await api.post(https.removeprefix(PUBLIC_URL), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert (await api.get("/statistics")).json()["unsubscribed"] == 1
    await api.post(f"{https.removeprefix(PUBLIC_URL)}/undo")
    assert (await api.get("/statistics")).json()["unsubscribed"] == 0
    to = mailto.removeprefix("mailto:").partition("?")[0]
    answer = await api.post(
        "/inbound", content=f"From: {ADA}\r\nTo: {to}\r\nSubject: unsubscribe\r\n\r\n".encode(), headers=MAIL_SERVER
    )
    assert answer.json() == {"understood": "unsubscribe", "applied": True}
    await publish.recommend("l1", "l2", version=2)
    await settled(api, publish)
    assert len(mails.to(ADA)) == 1
