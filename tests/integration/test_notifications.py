"""Notifications on real servers: contacts and recommendations in, mails out over SMTP."""

import asyncio
import email
import email.policy
import json
import logging
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from local_stack import start_service
from notifications.domain import Content, Draft
from notifications.main import create_app
from notifications.rendering import Renderer
from notifications.settings import Settings
from support.kafka import Kafka, cloud_event
from support.serving import serving

# The test's mail server runs in this process, and logs addresses, which the service must not.
logging.getLogger("mail.log").setLevel(logging.WARNING)

ADA = "ada@example.org"
BOB = "bob@example.org"


class MailServer:
    """A real SMTP server that does to each recipient what the test wrote down for them, then takes the mail."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.script: dict[str, list[str]] = defaultdict(list)
        """Per recipient, one entry per attempt: an answer to RCPT, "drop" (before DATA), "drop data", "hang", "hang data" or "refuse data"."""
        self.reached = asyncio.Event()
        """Set when it began to hang."""
        self.go_on = asyncio.Event()
        self.connections = 0
        self.mails_per_connection = 1_000_000
        self.login: tuple[bytes, bytes] | None = None
        self._now = ""

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        begun = session.__dict__["begun"] = session.__dict__.get("begun", 0) + 1
        if begun > self.mails_per_connection:
            return "421 enough for one connection"
        envelope.mail_from = address
        return "250 ok"

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == self.login, handled=True)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        steps = self.script[address]
        self._now = steps.pop(0) if steps else "250 ok"
        if self._now == "drop":
            self._drop(server)
        if self._now == "hang":
            await self._hang()
        if self._now[0].isdigit() and self._now[0] != "2":
            return self._now
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._now == "hang data":
            await self._hang()
        if self._now == "refuse data":
            await self._hang()
            return "451 come back later"
        mail = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
        assert isinstance(mail, EmailMessage)
        self.taken.append((envelope.rcpt_tos[0], mail))
        if self._now == "drop data":
            self._drop(server)
        return "250 taken"

    def _drop(self, server: SMTP) -> None:
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()

    async def _hang(self) -> None:
        self.reached.set()
        await self.go_on.wait()

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for recipient, mail in self.taken if recipient == address]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()

        def accept() -> SMTP:
            self.connections += 1
            return SMTP(
                self,
                hostname="mail.test",
                enable_SMTPUTF8=True,
                authenticator=self._authenticate,
                auth_require_tls=False,
                auth_required=self.login is not None,
                loop=loop,
            )

        server = await loop.create_server(accept, "127.0.0.1", 0)
        try:
            yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.go_on.set()
            server.close()


@pytest.fixture
async def mails(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.listening() as url:
        settings = {"SMTP_URL": url, "SMTP_CONNECTIONS": "2", "MAIL_RETRY_SECONDS": "0.1", "MAIL_FROM": "Desk <desk@example.net>"}
        for name, value in settings.items():
            environment[name] = value
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
async def api(mails: MailServer) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(Settings())) as client:
        yield client


class Publisher:
    """Registration and matching, as this service sees them."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def contact(self, id: str = "ada", version: int = 1, consent: bool = True, **values: Any) -> None:
        data = {"attendee_id": id, "version": version, "email": f"{id}@example.org", "name": id.title(), "locale": None}
        headers = cloud_event("registration.contact.changed.v1")
        await self._kafka.send("registration.contacts", data | {"mail_consent": consent} | values, headers, key=id)

    async def recommend(self, *listings: str, id: str = "ada", version: int = 1, correlation: str = "c-1") -> None:
        data = {"attendee_id": id, "version": version, "matches": [match(listing) for listing in listings]}
        headers = [*cloud_event("matching.recommendations.changed.v1"), ("ce_correlationid", correlation.encode())]
        await self._kafka.send("matching.recommendations", data, headers, key=id)

    async def erase(self, id: str = "ada") -> None:
        await self._kafka.send("registration.contacts", None, key=id)

    async def forget_recommendations(self, id: str = "ada") -> None:
        await self._kafka.send("matching.recommendations", None, key=id)

    async def applied(self) -> None:
        """Wait until the service has applied all that was published."""
        for topic in ("registration.contacts", "matching.recommendations"):
            await self._kafka.no_lag(topic, "notifications")


@pytest.fixture
def publish(kafka: Kafka) -> Publisher:
    return Publisher(kafka)


def match(listing: str) -> dict[str, Any]:
    reasons = [
        {"kind": "skill", "term": "Python", "contribution": 0.5, "session_id": "s1", "session_title": "Property testing"},
        {"kind": "met", "contribution": 0.2},
    ]
    return {
        "listing_id": listing,
        "title": f"Project {listing}",
        "organization": "SunPy",
        "url": f"https://example.com/{listing}",
        "score": 0.7,
        "reasons": reasons,
    }


async def until(true: Callable[[], Any], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def until_statistics(api: httpx.AsyncClient, seconds: float = 20, **expected: int) -> dict[str, int]:
    statistics: dict[str, int] = {}
    try:
        async with asyncio.timeout(seconds):
            while not (expected.items() <= statistics.items()):
                statistics = (await api.get("/statistics")).json()
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"expected {expected}, have {statistics}") from None
    return statistics


async def settled(api: httpx.AsyncClient, publish: Publisher) -> dict[str, int]:
    """All that was published is applied, composed and sent, or waits for consent."""
    await publish.applied()
    return await until_statistics(api, pending=0, queued=0)


def text(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def messages(api: httpx.AsyncClient, id: str = "ada") -> list[dict[str, Any]]:
    answer = await api.get("/messages", params={"attendee_id": id})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def unsubscribe_path(mail: EmailMessage) -> str:
    found = re.fullmatch(r"<https?://[^/]+(/unsubscribe/[^>]+)>", mail["List-Unsubscribe"])
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
    for kind in ("plain", "html"):
        assert "You attended “Property testing”; this project uses Python." in text(mail, kind)
        assert "You met one of its mentors." in text(mail, kind)
        assert "https://example.com/l1" in text(mail, kind)

    assert (await settled(api, publish))["sent"] == 1
    [message] = await messages(api)
    assert (message["state"], message["correlation_id"], message["listing_ids"]) == ("sent", "trace-me", ["l1"])
    assert "Property" not in json.dumps(message)
    logged = capsys.readouterr().err
    assert "mail_sent" in logged
    assert "trace-me" in logged
    assert ADA not in logged
    assert 'mails_total{status="sent"}' in (await api.get("/metrics")).text


async def test_changes_within_the_window_become_one_mail_with_the_newest_list(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, publish: Publisher, mails: MailServer
) -> None:
    monkeypatch.setenv("GATHER_SECONDS", "2")
    async with serving(create_app(Settings())) as api:
        await publish.contact()
        await publish.recommend("l1")
        await publish.recommend("l1", "l2", version=2)
        await publish.recommend("l3", "l2", version=3)
        await publish.applied()
        assert not mails.taken
        assert (await settled(api, publish))["sent"] == 1
    body = text(mails.taken[0][1])
    assert body.index("NEW: Project l3") < body.index("NEW: Project l2")
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
    assert body.index("NEW: Project l3") < body.index("STILL AMONG YOUR BEST MATCHES") < body.index("Project l1")
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
    assert "NEW: Project l2" in text(mails.taken[0][1])
    assert (await settled(api, publish)) | {"sent": 1, "waiting_for_consent": 0} == await settled(api, publish)


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


async def test_a_link_that_is_not_ours_unsubscribes_nobody(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.contact()
    await publish.applied()
    for token in ("ada", "ada.forged", "ada.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"):
        for answer in (
            await api.get(f"/unsubscribe/{token}"),
            await api.post(f"/unsubscribe/{token}"),
            await api.post(f"/unsubscribe/{token}/undo"),
        ):
            assert answer.status_code == 404
    assert (await api.get("/statistics")).json()["unsubscribed"] == 0


@pytest.mark.parametrize("silence", ["unsubscribed", "consent withdrawn"])
async def test_a_queued_mail_is_not_sent_to_who_does_not_want_it_any_more(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer, silence: str
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: len(mails.taken) == 1)
    path = unsubscribe_path(mails.taken[0][1])
    mails.script[ADA] = ["451 come back later"] * 100
    await publish.recommend("l1", "l2", version=2)
    await until(lambda: len(mails.script[ADA]) < 100)
    if silence == "unsubscribed":
        await api.post(path)
    else:
        await publish.contact(version=2, consent=False)
    await until_statistics(api, queued=0, cancelled=1)
    mails.script.clear()
    await asyncio.sleep(1.5)
    assert len(mails.taken) == 1

    # What the cancelled mail would have told is news again, and told without any change of the list.
    await api.post(path + "/undo")
    await publish.contact(version=3)
    await until(lambda: len(mails.taken) == 2)
    assert mails.taken[1][1]["Subject"] == "An internship for you: Project l2"
    assert (await settled(api, publish))["sent"] == 2


async def test_a_mail_that_comes_back_to_who_unsubscribed_meanwhile_is_cancelled_and_told_when_wanted_again(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    path = unsubscribe_path(mails.taken[0][1])
    mails.script[ADA] = ["refuse data"]
    await publish.recommend("l1", "l2", version=2)
    await asyncio.wait_for(mails.reached.wait(), 20)
    await api.post(path)
    mails.go_on.set()
    await until_statistics(api, queued=0, cancelled=1)
    await api.post(path + "/undo")
    await until(lambda: len(mails.taken) == 2)
    assert mails.taken[1][1]["Subject"] == "An internship for you: Project l2"


async def test_a_mail_that_comes_back_to_who_was_erased_meanwhile_stops_nobody(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = ["refuse data"]
    await publish.contact()
    await publish.recommend("l1")
    await asyncio.wait_for(mails.reached.wait(), 20)
    await publish.erase()
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
    write = Renderer.content

    def write_to_all_but_ada(self: Renderer, draft: Draft, attendee_id: str, name: str | None) -> Content:
        if attendee_id == "ada":
            raise LookupError("words about ada")
        return write(self, draft, attendee_id, name)

    async def failed() -> float:
        found = re.search(r'mails_total\{status="failed"\} (\S+)', (await api.get("/metrics")).text)
        return float(found[1]) if found else 0

    before = await failed()
    with monkeypatch.context() as faulty:
        faulty.setattr(Renderer, "content", write_to_all_but_ada)
        for id in ("ada", "bob"):
            await publish.recommend("l1", id=id)
        await publish.applied()
        for id in ("ada", "bob"):
            await publish.contact(id)
        await until(lambda: mails.to(BOB))
        await settled(api, publish)
        assert await failed() - before == 1
    assert not mails.to(ADA)
    [entry] = [str(record.msg) for record in caplog.records if "mail_not_composed" in str(record.msg)]
    assert "'ada'" in entry
    assert "LookupError" in entry
    assert "words about" not in caplog.text
    await publish.recommend("l1", "l2", version=2)  # the next list tells what that mail could not
    await until(lambda: mails.to(ADA))
    assert mails.to(ADA)[0]["Subject"].startswith("2 internships for you")


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
        await publish.erase()
        await publish.forget_recommendations()
        await until_statistics(api, contacts=0)


async def test_a_mail_in_hand_does_not_leave_to_who_unsubscribes_before_it_is_handed_over(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    mails.script[ADA] = ["hang"]
    await publish.recommend("l1", "l2", version=2)
    await asyncio.wait_for(mails.reached.wait(), 20)
    await api.post(unsubscribe_path(mails.taken[0][1]))
    mails.go_on.set()
    await publish.contact("bob")
    await publish.recommend("l1", id="bob")
    await until(lambda: mails.to(BOB))
    await until_statistics(api, queued=0, cancelled=1)
    assert len(mails.to(ADA)) == 1


async def test_a_server_that_ends_connections_after_some_mails_defers_none(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.mails_per_connection = 2
    for number in range(9):
        await publish.contact(f"a{number}")
        await publish.recommend("l1", id=f"a{number}")
    await until_statistics(api, sent=9)
    assert [(await messages(api, f"a{number}"))[0]["deferrals"] for number in range(9)] == [0] * 9
    assert mails.connections >= 5


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_mails_go_through_a_server_that_wants_a_log_in(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, publish: Publisher, mails: MailServer
) -> None:
    mails.login = (b"desk@example.net", b"p:w/d")
    monkeypatch.setenv("SMTP_URL", environment["SMTP_URL"].replace("//", "//desk%40example.net:p%3Aw%2Fd@"))
    async with serving(create_app(Settings())):
        await publish.contact()
        await publish.recommend("l1")
        await until(lambda: mails.taken)


async def test_a_mail_is_tried_again_where_the_server_did_not_take_it(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = ["451 greylisted", "drop", "450 busy"]
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: mails.taken)
    await settled(api, publish)
    assert len(mails.taken) == 1
    [message] = await messages(api)
    assert (message["state"], message["deferrals"]) == ("sent", 2)
    assert message["answer"] == "250 taken"


async def test_an_address_that_does_not_exist_fails_and_stops_nobody_else(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = [f"550 no mailbox {ADA}"]
    for id in ("ada", "bob"):
        await publish.contact(id)
        await publish.recommend("l1", id=id)
    await until_statistics(api, sent=1, failed=1)
    assert len(mails.to(BOB)) == 1
    [message] = await messages(api)
    assert (message["state"], message["answer"]) == ("failed", "550 no mailbox (recipient)")


async def test_a_mail_cut_off_in_data_is_not_repeated(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    mails.script[ADA] = ["drop data"]
    await publish.contact()
    await publish.recommend("l1")
    await until_statistics(api, unknown=1)
    await asyncio.sleep(1.5)
    assert len(mails.taken) == 1
    await publish.recommend("l1", "l2", version=2)  # later mails go all the same
    await until_statistics(api, unknown=1, sent=1)


async def test_mails_wait_for_a_mail_server_that_is_away(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, publish: Publisher, mails: MailServer
) -> None:
    url = environment["SMTP_URL"]
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    async with serving(create_app(Settings())) as api:
        await publish.contact()
        await publish.recommend("l1")
        await publish.applied()
        async with asyncio.timeout(20):
            while not any("Connect" in message["answer"] for message in await messages(api)):
                await asyncio.sleep(0.05)
        await until_statistics(api, queued=1)
    monkeypatch.setenv("SMTP_URL", url)
    async with serving(create_app(Settings())) as api:
        await until(lambda: mails.taken)


@pytest.mark.parametrize(("cut_off", "end"), [("hang", "sent"), ("hang data", "unknown")])
async def test_a_mail_in_hand_when_its_sender_is_killed(
    environment: dict[str, str], publish: Publisher, mails: MailServer, tmp_path: Path, cut_off: str, end: str
) -> None:
    """Not yet handed over, it is sent by the next; handed over, nobody knows, and it is not repeated."""
    mails.script[ADA] = [cut_off]
    short = environment | {"SMTP_SECONDS": "2", "LEASE_SECONDS": "4"}
    service = await asyncio.to_thread(start_service, "notifications", tmp_path, short)
    await publish.contact()
    await publish.recommend("l1")
    await asyncio.wait_for(mails.reached.wait(), 20)
    await asyncio.to_thread(service.kill)
    async with serving(create_app(Settings())) as api:
        await until_statistics(api, **{end: 1, "queued": 0})
        assert [message["state"] for message in await messages(api)] == [end]
    assert len(mails.taken) == (end == "sent")


async def test_a_stop_lets_the_mail_in_hand_end(publish: Publisher, mails: MailServer) -> None:
    mails.script[ADA] = ["hang data"]
    async with serving(create_app(Settings())):
        await publish.contact()
        await publish.recommend("l1")
        await asyncio.wait_for(mails.reached.wait(), 20)
        asyncio.get_running_loop().call_later(1, mails.go_on.set)
    async with serving(create_app(Settings())) as api:
        await until_statistics(api, sent=1, unknown=0)
    assert len(mails.taken) == 1


async def test_an_erased_attendee_leaves_nothing_and_gets_nothing(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    mails.script[ADA] = ["451 come back later"] * 100
    await publish.contact()
    await publish.recommend("l1")
    await until(lambda: len(mails.script[ADA]) < 100)
    await publish.erase()
    statistics = await until_statistics(api, contacts=0, queued=0, cancelled=1)
    assert statistics["pending"] == 0
    mails.script.clear()
    await asyncio.sleep(1.5)
    assert not mails.taken
    assert [message["state"] for message in await messages(api)] == ["cancelled"]


async def test_several_instances_send_each_mail_once_over_few_connections(publish: Publisher, mails: MailServer) -> None:
    ids = [f"a{number}" for number in range(200)]
    async with serving(create_app(Settings())) as one, serving(create_app(Settings())) as two:
        await asyncio.gather(*(publish.recommend("l1", id=id) for id in ids))
        await publish.applied()
        await asyncio.gather(*(publish.contact(id) for id in ids))
        await until_statistics(one, sent=len(ids), seconds=60)
        assert (await two.get("/statistics")).json()["queued"] == 0
    assert sorted(recipient for recipient, _ in mails.taken) == sorted(f"{id}@example.org" for id in ids)
    assert len({mail["Message-ID"] for _, mail in mails.taken}) == len(ids)
    assert mails.connections <= 4
