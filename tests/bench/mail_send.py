"""Mails handed over to a server on this machine by one instance's senders, beside a bare loop over as many connections.

    python -m bench.mail_send [alone]

runs the senders of an instance, as the environment says; with ``alone`` their database costs nothing.
"""

import asyncio
import multiprocessing
import os
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from statistics import median
from typing import Any

import aiosmtplib
import psutil
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.load import own_prefix, speed
from local_stack import Server, Stack
from local_stack.ports import free_port
from notifications.delivery.domain.pacing import Slots
from notifications.delivery.worker.claims import Claims
from notifications.delivery.worker.group_commit import GroupCommit
from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.mail_kinds import KINDS, Lane
from notifications.messages.domain.records import DeliveryStep, WrittenMessage
from notifications.messages.repository.messages import Messages
from notifications.settings import Settings
from shared.database.mongo import Database, Document, Result, Tx
from support.mailing import SECRETS, MailDesk, mail

MAILS = 2_000
ROUNDS = 5
CONNECTIONS = 16
BYTES = 8_000
"""As large as a digest."""


class Sink:
    """A mail server in a process of its own that takes all and keeps nothing."""

    def __init__(self) -> None:
        self._taken: Synchronized[int] = multiprocessing.Value("l", 0)
        self.port = free_port()
        self.process = multiprocessing.get_context("fork").Process(target=self._serve, daemon=True)

    @property
    def taken(self) -> int:
        return self._taken.value

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._taken.value += 1
        return f"250 2.0.0 Ok: queued as {self._taken.value:X}"  # each answer another, as real servers have it

    def _serve(self) -> None:
        async def serve() -> None:
            loop = asyncio.get_running_loop()
            await loop.create_server(lambda: SMTP(self, hostname="sink", loop=loop), "127.0.0.1", self.port)
            await asyncio.Event().wait()

        asyncio.run(serve())

    @contextmanager
    def running(self) -> Iterator["Sink"]:
        self.process.start()
        time.sleep(0.5)
        try:
            yield self
        finally:
            self.process.kill()


class Forgetful(GroupCommit):
    """Keeps nothing. With ``Plenty``, what the database takes can be told from the rest."""

    def __init__(self) -> None:
        pass

    def record(self, step: DeliveryStep) -> asyncio.Future[bool]:
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, True)
        return done


class Plenty(Messages):
    """Has as many mails as are asked for, without a database."""

    def __init__(self) -> None:
        self._number = 0

    async def due(self, lane: Lane, now: datetime, most: int) -> list[str]:
        return [f"m{number}" for number in range(most)] if lane == "bulk" else []

    async def claim(self, ids: Collection[str], claim: str, lease: timedelta, tx: Tx) -> list[Document]:
        return [{"_id": id, "due_at": tx.now + lease} for id in ids]

    async def load_claimed(self, documents: Sequence[Document]) -> list[WrittenMessage]:
        claimed = []
        for document in documents:
            self._number += 1
            mailbox = Mailbox(f"p{self._number}@example{self._number % 50}.org", "Ada")
            due_at = document["due_at"]
            message = Message(document["_id"], KINDS["matches"], "ada", "c", "c", due_at, due_at, due_at, token="0" * 32)
            claimed.append(WrittenMessage(message, mail(message.token, BYTES), mailbox))
        return claimed


class Nothing(Database):
    """Commits nothing."""

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        return await work(Tx(None, "bench"))  # type: ignore[arg-type]


async def _none(_: object) -> dict[str, Any]:
    return {}


def mail_send(stack: Stack) -> Iterator[dict[str, Any]]:
    """Mails a second, from queued to recorded and published as sent, and the ratio to a bare loop."""
    bare: list[float] = []
    alone: list[float] = []
    with Sink().running() as sink:
        ours, cost = _ours(stack, sink)
        print(f"mail_send: {ours:.0f} mails/s by the senders", file=sys.stderr)
        for _ in range(ROUNDS):  # in turns: the machine may be slower for a while
            bare.append(_bare(sink))
            value, alone_cost = _ours(stack, sink, "alone")
            alone.append(value)
            print(f"mail_send: {bare[-1]:.0f} mails/s by the bare loop, {value:.0f} without database", file=sys.stderr)
    at = f"{CONNECTIONS} connections, mails of {BYTES // 1000} kB"
    against = "a bare aiosmtplib loop over as many connections"
    yield {
        "name": "mail_send",
        "value": round(ours),
        "unit": "mails/s",
        "at": f"{at}, recorded and told",
        "ratio": round(ours / median(bare), 2),
        "to": against,
        "processor_ms_a_mail": cost,
    }
    yield {
        "name": "mail_send_without_database",
        "value": round(median(alone) / median(bare), 2),
        "unit": "ratio",
        "at": at,
        "to": against,
        "at_least": 0.7,
        "bare": round(median(bare)),
        "processor_ms_a_mail": alone_cost,
    }


def _ours(stack: Stack, sink: Sink, *arguments: str) -> tuple[float, dict[str, float]]:
    environment = stack.environment() | SECRETS
    environment |= {
        "TOPIC_PREFIX": own_prefix(),
        "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        "SMTP_CONNECTIONS": str(CONNECTIONS),
        "DOMAIN_CONNECTIONS": "50",
        "LOG_LEVEL": "WARNING",
    }
    os.environ.update(environment)
    if not arguments:
        asyncio.run(_queue())
    before, senders = sink.taken, start_senders(environment, *arguments)
    mongodb = stack.parts["mongodb"].server if "mongodb" in stack.parts else None
    processes = {"senders": senders.pid, "sink": sink.process.pid, "database": mongodb.pid if mongodb else None}
    try:
        while sink.taken == before:  # its start is not its speed
            time.sleep(0.01)
        meters = {name: _processor(pid) for name, pid in processes.items() if pid}
        value = speed(lambda: sink.taken - before, MAILS, os.getpid()).rate
        cost = {name: round((meter() * 1000) / MAILS, 2) for name, meter in meters.items()}
        if not arguments:
            asyncio.run(_all_sent())
    finally:
        senders.kill()
    return value, cost


def start_senders(environment: dict[str, str], *arguments: str) -> Server:
    """An instance of which only the senders run, as a process."""
    server = Server(
        name="senders",
        kind="senders",
        url="",
        ready_url="",
        port=free_port(),
        command=[sys.executable, "-m", "bench.mail_send", *arguments],
        log=Path(os.devnull),
        environment=environment | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    server.spawn()
    return server


def _processor(pid: int) -> Callable[[], float]:
    process = psutil.Process(pid)
    began = sum(process.cpu_times()[:2])
    return lambda: sum(process.cpu_times()[:2]) - began


async def _queue() -> None:
    desk = MailDesk.create(Settings())
    await desk.prepare()
    await desk.queue([f"p{number}@example{number % 50}.org" for number in range(MAILS)], size=BYTES)
    desk.database.close()


async def _all_sent() -> None:
    """What was handed over must have been recorded, or the figure is worth nothing."""
    desk = MailDesk.create(Settings())
    await desk.until_all("sent")
    assert len(await desk.told()) == MAILS
    desk.database.close()


def _bare(sink: Sink) -> float:
    async def send(number: int) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.port, local_hostname="bench")
        await client.connect()
        content = mail("0" * 32, BYTES)
        for one in range(MAILS // CONNECTIONS):
            await client.mail("bounces@example.net")
            await client.rcpt(f"p{number}-{one}@example.org")
            await client.data(content)
        await client.quit()

    async def send_all() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(send(number) for number in range(CONNECTIONS)))
        return MAILS / (time.perf_counter() - began)

    return asyncio.run(send_all())


async def _main() -> None:
    desk = MailDesk.create(Settings())
    if "alone" in sys.argv:
        shared = replace(desk.lanes.senders[0]._shared, recorder=Forgetful())
        lease, slots = timedelta(minutes=2), Slots(50)
        claims = Claims(
            "bulk",
            Plenty(),
            Nothing("notifications", desk.settings),
            _none,
            _none,
            str,
            lease,
            slots,
            shared.queued,
            shared.random,
        )
        for sender in desk.lanes.senders:
            sender._shared, sender._claims = shared, claims
    async with desk.sending():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
