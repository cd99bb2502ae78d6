"""The proof of sending: whenever instances are killed, no mail is lost, and a mail is repeated only if its kind allows it.

``PROOF_SEED`` decides the load, the victims and the moments ("random": another one each time); ``PROOF_MAILS`` makes it longer.
"""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from local_stack import Server, start_mongodb
from notifications.settings import Settings
from support.mail_server import MailServer
from support.mailing import SECRETS, MailDesk, start_senders
from support.patience import PATIENCE

logging.getLogger("mail.log").setLevel(logging.WARNING)

INSTANCES = 3
CONNECTIONS = 3
"""Of each instance: two for digests, one for offers."""
SETTINGS = SECRETS | {
    "SMTP_CONNECTIONS": "2",
    "TRANSACTIONAL_CONNECTIONS": "1",
    "DOMAIN_CONNECTIONS": "50",
    "SMTP_SECONDS": "4",
    "LEASE_SECONDS": "10",
    "MAIL_RETRY_SECONDS": "0.1",
    "LOG_LEVEL": "WARNING",
}
FAULTS = ("r450.", "r421.", "rdrop.", "d451.", "ddrop.", "r550.")
"""Of these, one mail in twenty meets one."""


@dataclass
class Run:
    """Instances that send, and are killed."""

    desk: MailDesk
    mails: MailServer
    database: Server
    directory: Path
    environment: dict[str, str]
    rng: Random
    instances: list[Server] = field(default_factory=list)
    kills: int = 0

    async def start(self) -> None:
        name = f"senders-{len(self.instances)}-{self.kills}"
        self.instances.append(await asyncio.to_thread(start_senders, name, self.directory, self.environment))

    async def kill(self) -> None:
        victim = self.instances.pop(self.rng.randrange(len(self.instances)))
        await asyncio.to_thread(victim.kill)
        self.kills += 1
        await self.start()

    async def stop(self) -> None:
        for server in self.instances:
            await asyncio.to_thread(server.kill)


@pytest.fixture
async def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> AsyncIterator[Run]:
    # A database of its own: it is killed, too.
    database = await asyncio.to_thread(start_mongodb, tmp_path / "mongodb")
    mails = MailServer()
    async with mails.listening() as url:
        environment = SETTINGS | {"MONGODB_URI": database.url, "SMTP_URL": url, "TOPIC_PREFIX": ""}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        desk = MailDesk.create(Settings())
        await desk.prepare()
        run = Run(desk, mails, database, tmp_path, environment, Random(seed))
        try:
            yield run
        finally:
            await run.stop()
            desk.database.close()
            await asyncio.to_thread(database.kill)


@pytest.mark.parametrize("kind", ["matches", "offer"])
@pytest.mark.parametrize("phase", ["before RCPT is answered", "in the data", "before the end is recorded"])
async def test_a_mail_whose_sender_is_killed_is_sent_again_only_where_that_is_right(run: Run, kind: str, phase: str) -> None:
    """Not yet handed over, it is sent by the next. Handed over, it is sent once more where to miss it would be worse."""
    run.environment |= {"SMTP_SECONDS": "1.5", "LEASE_SECONDS": "3"}
    taken = asyncio.Event()
    if phase == "before the end is recorded":

        def kill_once(recipient: str) -> None:
            if not taken.is_set():
                run.instances[0].kill()
                taken.set()

        run.mails.on_taken = kill_once
    else:
        run.mails.script["ada@example.org"] = ["rhang" if phase == "before RCPT is answered" else "dhang"]
    [id] = await run.desk.queue(["ada@example.org"], kind=kind)
    await run.start()
    await asyncio.wait_for((taken if phase == "before the end is recorded" else run.mails.reached).wait(), PATIENCE)
    await run.kill()
    run.mails.go_on.set()
    safe = phase == "before RCPT is answered"
    await run.desk.until(ada="sent" if safe or kind == "offer" else "unknown")
    # What hung in the data the server did not keep; what it kept without being heard it has twice, or nobody knows.
    kept = {"before RCPT is answered": 1, "in the data": 0, "before the end is recorded": 1}[phase]
    assert len(run.mails.taken) == kept + (not safe and kind == "offer")
    assert len({mail["Message-ID"] for _, mail in run.mails.taken}) <= 1
    assert (await run.desk.document(id))["resent"] is (not safe and kind == "offer")


async def test_a_database_that_goes_away_for_a_while_costs_no_mail_and_repeats_none(run: Run) -> None:
    """A sender that lives knows what became of its mail, and keeps at it until that is written down."""
    emails = [f"p{number}@example{number % 9}.org" for number in range(150)]
    await run.desk.queue(emails[::2], kind="matches")
    await run.desk.queue(emails[1::2], kind="offer")
    await run.start()
    async with asyncio.timeout(PATIENCE):
        while len(run.mails.taken) < 40:
            await asyncio.sleep(0.01)
    await asyncio.to_thread(run.database.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(run.database.start)
    await run.desk.until_all("sent")
    assert sorted(recipient for recipient, _ in run.mails.taken) == sorted(emails)


async def test_no_mail_is_lost_while_instances_are_killed(run: Run, seed: int) -> None:
    await _prove(run, seed, mails=400, kills=4)


@pytest.mark.proof
async def test_no_mail_of_many_is_lost_while_instances_are_killed(run: Run, seed: int) -> None:
    await _prove(run, seed, mails=int(os.environ.get("PROOF_MAILS") or 10_000), kills=20)


async def _prove(run: Run, seed: int, mails: int, kills: int) -> None:
    began = time.monotonic()
    emails = [
        f"{run.rng.choice(FAULTS) if run.rng.random() < 0.05 else ''}p{number}@example{number % 50}.org"
        for number in range(mails)
    ]
    await run.desk.queue(emails[::2], kind="matches")
    await run.desk.queue(emails[1::2], kind="offer")
    print(f"\nseed {seed}: {mails:,} mails queued in {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    for _ in range(INSTANCES):
        await run.start()
    moments = sorted(run.rng.randrange(mails // 20, mails * 4 // 5) for _ in range(kills))
    for moment in moments:
        await _until_taken(run, moment)
        print(f"  kill -9 at {len(run.mails.taken):,} mails", flush=True)
        await run.kill()
    await run.desk.until_all("sent", "failed", "unknown", seconds=5 * PATIENCE)
    seconds = time.monotonic() - began
    await _judge(run, mails)
    print(f"  {mails / seconds:.0f} mails/s with {run.kills} kills, {seconds:.0f} s", flush=True)


async def _until_taken(run: Run, count: int) -> None:
    """Wait until the mail server has taken so many mails, however slow the machine is, as long as there come more."""
    taken, since = len(run.mails.taken), time.monotonic()
    while taken < count:
        assert time.monotonic() - since < PATIENCE, f"only {taken} mails, and no more for {PATIENCE:.0f} s"
        await asyncio.sleep(0.01)
        if len(run.mails.taken) > taken:
            taken, since = len(run.mails.taken), time.monotonic()


async def _judge(run: Run, mails: int) -> None:
    counts = Counter(str(mail["Message-ID"]).strip("<>").split("@")[0] for _, mail in run.mails.taken)
    documents = [document async for document in run.desk.database.db["messages"].find()]
    assert len(documents) == mails
    lost, repeated, unclear, wrong = [], 0, 0, []
    for document in documents:
        count, state, fault = counts[document["token"]], document["state"], document["recipient"].split(".")[0]
        if state == "sent" and count == 0:
            lost.append(document["_id"])
        if state == "failed" and (fault != "r550" or count):
            wrong.append(document["_id"])
        # More than once: only what must not be missed, and only where it is known to have been cut off.
        if count > (2 if document["resent"] else 1) or (document["resent"] and document["kind"] != "offer"):
            wrong.append(document["_id"])
        cut_off = fault != "ddrop" and (state == "unknown" or document["resent"])
        repeated += fault != "ddrop" and count > 1
        unclear += cut_off
    told = Counter(event["message_id"] for event in await run.desk.told())
    print(
        f"  {len(lost)} lost, {len(wrong)} wrong; {unclear} cut off by {run.kills} kills, {repeated} of them repeated", flush=True
    )
    assert not lost
    assert not wrong
    assert unclear <= run.kills * CONNECTIONS, "more than one in hand on each connection of the killed"
    assert set(told) == {document["token"] for document in documents}, "what became of each is told"
    assert set(told.values()) == {1}
