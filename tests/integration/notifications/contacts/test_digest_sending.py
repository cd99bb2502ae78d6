"""Digests in hand across kills, stops, several instances and a mail that cannot be written."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from local_stack import start_service
from notifications.mail.content import MailContent
from notifications.mail.message import Message
from notifications.mail.writer import MailWriter, Recipient
from support.mail_server import MailServer
from support.notified import Publisher, messages, running, until_statistics
from support.patience import PATIENCE, until

ADA = "ada@example.org"
BOB = "bob@example.org"


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
