"""Queues mails, runs only the senders of notifications, and reads the resulting states.

    python -m support.mailing

runs the senders with the settings of the environment until SIGTERM.
"""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from local_stack.ports import free_port
from local_stack.process import Server
from notifications.contacts.domain import AttendeeContact, Contact
from notifications.contacts.repository import Contacts, contact_document
from notifications.delivery.worker.lanes import Lanes
from notifications.links import Links
from notifications.mail.message import Message, message_id
from notifications.mail_kinds import KINDS
from notifications.messages.domain.records import WrittenMessage
from notifications.messages.domain.states import ENDS, OPEN
from notifications.messages.repository.messages import Messages
from notifications.settings import Settings
from notifications.suppressions.repository import Suppressions
from shared.database.instances import BEAT_SECONDS
from shared.database.mongo import Database, Document
from shared.database.outbox_documents import outbox_events
from shared.logging import configure_logging
from support.patience import PATIENCE

KEEP: Final = timedelta(days=30)
LEASES_SECONDS: Final = 0.5
SECRETS: Final = {
    "UNSUBSCRIBE_KEY": "a key for the tests only",
    "SESSION_KEY": "k" * 43 + "=",
    "MAIL_FROM": "Desk <desk@example.net>",
    "BOUNCE_ADDRESS": "bounces@example.net",
    "INBOUND_KEY": "a key for the tests only",
    "PUBLIC_URL": "http://127.0.0.1:8004",
}
"""The settings that notifications requires, apart from its servers' addresses."""


def mail(token: str, size: int = 0) -> bytes:
    """A mail as stored, without the header To."""
    filling = b"".join(b"x" * 70 + b"\r\n" for _ in range(size // 72))
    head = f"From: Desk <desk@example.net>\r\nSubject: Hello\r\nMessage-ID: <{token}@example.net>\r\nMIME-Version: 1.0\r\n"
    return head.encode() + b"Content-Type: text/plain; charset=us-ascii\r\n\r\nHello.\r\n" + filling


@dataclass
class MailDesk:
    """A notifications service that runs only the senders."""

    settings: Settings
    database: Database
    links: Links
    contacts: Contacts
    messages: Messages
    suppressions: Suppressions
    queued: asyncio.Event
    lanes: Lanes

    @classmethod
    def create(cls, settings: Settings) -> "MailDesk":
        configure_logging("notifications", settings.log_level, settings.log_format)
        database = Database("notifications", settings)
        db = database.db
        contacts, messages, addresses = Contacts(db), Messages(db), Suppressions(db, settings.unsubscribe_key)
        links = Links(settings.public_url, settings.unsubscribe_key, settings.bounce_address)
        queued = asyncio.Event()
        lanes = Lanes(settings, database, contacts, addresses, messages, links.envelope_sender, queued, random.Random())
        return cls(settings, database, links, contacts, messages, addresses, queued, lanes)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Run all senders of an instance inside the block."""
        await self.database.instances.join()
        running = [asyncio.create_task(_again(sender.run)) for sender in self.lanes.senders]
        running.append(asyncio.create_task(_again(self.database.instances.watch, BEAT_SECONDS)))
        running.append(asyncio.create_task(_again(self.lanes.end_expired, LEASES_SECONDS)))
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def prepare(self) -> None:
        await self.messages.ensure_indexes()
        # SecantusDB cannot create collections inside a transaction.
        for name in ("messages", "bodies", "outbox", "suppressions", "contacts"):
            with suppress(Exception):
                await self.database.db.create_collection(name)

    async def queue(self, emails: Sequence[str], kind: str = "matches", size: int = 0, **values: Any) -> list[str]:
        """Queue a mail of this kind to each address. Person ids are the local parts (in ASCII). Returns the messages' ids."""
        now = datetime.now(UTC)
        persons = [
            Contact(_person_id(email), AttendeeContact(1, email, _person_id(email).title(), None, mail_consent=True))
            for email in emails
        ]
        written = [
            self._written(person.id, email, kind, now, size, values) for person, email in zip(persons, emails, strict=True)
        ]
        for start in range(0, len(written), 500):
            some = written[start : start + 500]
            documents = [contact_document(person) for person in persons[start : start + 500]]
            known = {
                one["_id"] async for one in self.database.db["contacts"].find({"_id": {"$in": [d["_id"] for d in documents]}})
            }
            if new := [document for document in documents if document["_id"] not in known]:
                await self.database.db["contacts"].insert_many(new)
            await self.database.transact(lambda tx, some=some: self.messages.add(some, KEEP, tx))  # type: ignore[misc]
        self.queued.set()
        return [one.message.id for one in written]

    def _written(
        self, recipient: str, email: str, kind: str, now: datetime, size: int, values: Mapping[str, Any]
    ) -> WrittenMessage:
        cause = values.get("cause", "test/1")
        id = message_id(cause, kind, recipient)
        message = Message(
            id=id,
            kind=KINDS[kind],
            recipient=recipient,
            cause=cause,
            correlation_id=f"correlation-{recipient}",
            created_at=now,
            due_at=now,
            not_after=now + values.get("worth", timedelta(days=1)),
            about="application/1",
            token=self.links.token(id),
        )
        address_id = "" if "mailbox" in values else self.suppressions.id(email)
        return WrittenMessage(message, mail(message.token, size), values.get("mailbox"), address_id)

    async def document(self, id: str) -> Document:
        found = await self.database.db["messages"].find_one({"_id": id})
        assert found, f"there is no message {id}"
        return dict(found)

    async def states(self, ids: Iterable[str] = ()) -> dict[str, str]:
        """The state of each of these messages, or of all."""
        which = {"_id": {"$in": list(ids)}} if ids else {}
        return {one["_id"]: one["state"] async for one in self.database.db["messages"].find(which, {"state": 1})}

    async def until(self, states: Mapping[str, str] | None = None, /, *, seconds: float = PATIENCE, **more: str) -> None:
        """Wait until the persons' messages have reached these states."""
        expected = dict(states or {}, **more)
        async with asyncio.timeout(seconds):
            while True:
                found = {id.rsplit("|", 1)[1]: state for id, state in (await self.states()).items()}
                if expected.items() <= found.items():
                    return
                await asyncio.sleep(0.03)

    async def until_all(self, *states: str, seconds: float = PATIENCE) -> None:
        """Wait until every message has reached one of these states."""
        # In one query: a message that changes its state between two queries might be counted in neither.
        others = {"state": {"$in": [state for state in (*OPEN, *ENDS) if state not in states]}}
        async with asyncio.timeout(seconds):
            while left := await self.database.db["messages"].count_documents(others):
                await asyncio.sleep(0.05 if left < 100 else 1)  # counting many takes the database long

    async def told(self) -> list[dict[str, Any]]:
        """The data of the published delivery events, in order."""
        documents = await self.database.outbox.find(sort=[("order", 1), ("part", 1)]).to_list(None)
        events = [event for document in documents for event in outbox_events(document)]
        return [orjson.loads(event["value"]) for event in events if event["topic"] == "notifications.deliveries"]


def _person_id(email: str) -> str:
    return email.rpartition("@")[0].encode("ascii", "replace").decode().replace("?", "x")


async def _again(work: Any, seconds: float = 0.2) -> None:
    """Repeat the work like a service, even if it fails."""
    while True:
        with suppress(Exception):
            await work()
        await asyncio.sleep(seconds)


def start_senders(name: str, directory: Path, environment: Mapping[str, str]) -> Server:
    """Start an instance that runs only the senders, as a process."""
    server = Server(
        name=name,
        kind="senders",
        url="",
        ready_url="",
        port=free_port(),
        command=[sys.executable, "-m", "support.mailing"],
        log=directory / f"{name}.log",
        environment={**environment, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    server.spawn()
    return server


async def _main() -> None:
    desk = MailDesk.create(Settings())
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with desk.sending():
        await stop.wait()
    desk.database.close()


if __name__ == "__main__":
    asyncio.run(_main())
