"""Notifications on a real database, without the service: people, sent messages, and the HTTP interface."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, Self
from uuid import uuid4

import bson
from fastapi import FastAPI
from pydantic import SecretStr

from notifications.bounces import api as inbound
from notifications.bounces.use_cases import Bounces
from notifications.contacts.domain import AttendeeContact, Contact, Post, StaffContact
from notifications.contacts.repository import Contacts
from notifications.delivery.use_cases import DeliveryRecorder
from notifications.digest_times import DigestTimes
from notifications.links import Links
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.message import Message
from notifications.mail.mime import Mime
from notifications.mail.templates import Templates
from notifications.mail.writer import MailWriter, Recipient
from notifications.mail_kinds import KINDS, LANES
from notifications.messages.domain.records import Begun, Ended, WrittenMessage
from notifications.messages.domain.states import End
from notifications.messages.repository.messages import Messages
from notifications.preferences import api as pages
from notifications.preferences.use_cases import Subscriptions
from notifications.suppressions import api as suppressions_api
from notifications.suppressions.repository import Suppressions
from shared.database.mongo import Database
from shared.logging import configure_logging
from shared.runtime.service import MAX_BODY_BYTES
from shared.settings import ServiceSettings
from shared.web import error_handlers
from shared.web.access.guard import Guard
from shared.web.bodies import LimitBody
from shared.web.pages.pages import Pages
from support.access import KEYS

PUBLIC_URL: Final = "https://desk.example.org"
BOUNCES: Final = "bounces@mail.example.org"
KEY: Final = SecretStr("the-key-of-the-tests")
INBOUND_KEY: Final = "the-key-of-the-mail-server"
ADA: Final = "ad" * 16
"""The id of a person."""
TIMES: Final = DigestTimes("instant", timedelta(), "UTC")
LONG: Final = timedelta(days=30)


class Desk:
    """The database, the repositories and use cases on it, and ``app`` with the pages and the API for inbound mail."""

    _numbers = count(1)
    """The numbers of messages. Ids are unique, even across several desks on one database."""

    def __init__(self, inbound_key: str | None = INBOUND_KEY, soft_bounces: int = 3, keys: SecretStr = KEY) -> None:
        configure_logging("notifications", "INFO", "json")
        self.database = Database("notifications", ServiceSettings())
        db = self.database.db
        self.contacts, self.messages = Contacts(db), Messages(db)
        self.suppressions = Suppressions(db, keys)
        self.records = DeliveryRecorder(self.messages, self.suppressions, self.contacts, LONG)
        self.links = Links(PUBLIC_URL, keys, BOUNCES)
        self.templates, site = Templates(), Pages("notifications")
        self.writer = MailWriter(self.templates, Mime(self.links, "Desk <desk@mail.example.org>"), self.links, "en", "UTC")
        subscriptions = Subscriptions(self.contacts, self.messages, TIMES)
        self.bounces = Bounces(self.contacts, self.messages, self.suppressions, subscriptions, self.links, soft_bounces)
        self.claimed: list[WrittenMessage] = []
        self.app = FastAPI()
        error_handlers.install(self.app)
        self.app.include_router(site.assets.router())
        self.app.add_middleware(LimitBody, limit=MAX_BODY_BYTES, limits={"/inbound": inbound.INBOUND_BYTES})
        key = SecretStr(inbound_key) if inbound_key else None
        self.app.include_router(inbound.create_router(self.bounces, self.database, key))
        self.app.include_router(suppressions_api.create_router(Guard(KEYS), self.suppressions, self.database))
        self.app.include_router(
            pages.create_router(subscriptions, self.contacts, self.messages, self.database, site, self.links, "en", "instant", 30)
        )

    async def __aenter__(self) -> Self:
        await self.database.wait_until_fit(30)
        await self.contacts.ensure_indexes()
        await self.messages.ensure_indexes()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.database.close()

    # People

    async def attendee(self, id: str = ADA, email: str = "ada@uni.example", *, consent: bool = True, **contact: Any) -> None:
        """Add an attendee as a contact."""
        person = Contact(id, AttendeeContact(1, email, "Ada", contact.pop("locale", None), consent, **contact))
        await self.database.transact(lambda tx: self.contacts.save([person], [], tx))

    async def moves(self, email: str, id: str = ADA) -> None:
        """Change the address of an attendee, like an event from registration."""
        person = await self.person(id)
        assert person.attendee
        moved = replace(person.attendee, version=person.attendee.version + 1, email=email)
        person.update_attendee(moved, datetime.now(UTC), TIMES)
        await self.database.transact(lambda tx: self.contacts.save([], [person], tx))

    async def host(self, id: str = "grace") -> None:
        """Add the contact of an organization."""
        post = Post("org", mentor=True, contact=True)
        person = Contact(id, staff=StaffContact(1, "grace@host.example", "Grace", None, (post,)))
        await self.database.transact(lambda tx: self.contacts.save([person], [], tx))

    async def person(self, id: str = ADA) -> Contact:
        found = await self.contacts.get(id)
        assert found
        return found

    # Messages

    async def write(self, kind: str = "round_opened", recipient: str = ADA, content: MailContent | None = None) -> str:
        """Queue a mail of this kind. Returns its token."""
        now = datetime.now(UTC)
        id = f"e{next(self._numbers)}|{kind}|{recipient}"
        message = Message(id, KINDS[kind], recipient, "e", uuid4().hex, now, now, now + LONG, token=self.links.token(id))
        mail = self.writer.write(message, content or MailContent(), Recipient(Mailbox("ada@uni.example", "Ada"), None, None), now)
        person = await self.contacts.get(recipient)
        address_id = self.suppressions.id(person.mailbox.email) if person and person.mailbox else ""
        written = WrittenMessage(message, mail, address_id=address_id)
        await self.database.transact(lambda tx: self.messages.add([written], LONG, tx))
        return message.token

    async def claim(self) -> None:
        """Claim all queued messages, like a sender."""
        self.claimed = []
        for lane in LANES:
            ids = await self.messages.due(lane, datetime.now(UTC), 100)
            if taken := await self.database.transact(partial(self.messages.claim, ids, uuid4().hex, LONG)):
                self.claimed += await self.messages.load_claimed(taken)

    async def end(self, state: End = "sent") -> None:
        """Record that all claimed messages are being sent, then that they have ended in this state."""
        begun = [Begun(claimed) for claimed in self.claimed]
        await self.database.transact(lambda tx: self.records.record(begun, tx))
        changes = [Ended(one, state, "250 ok") for one in self.claimed]
        await self.database.transact(lambda tx: self.records.record(changes, tx))

    async def sent(self, kind: str = "round_opened", recipient: str = ADA, content: MailContent | None = None) -> str:
        """Queue a mail of this kind and record it as sent. Returns its token."""
        token = await self.write(kind, recipient, content)
        await self.claim()
        await self.end()
        return token

    async def message(self, token: str) -> dict[str, Any]:
        found = await self.database.db["messages"].find_one({"token": token})
        assert found
        return found

    async def told(self, token: str) -> list[str]:
        """The published states of a message, sorted by version."""
        events = [event async for document in self.database.outbox.find() for event in bson.decode(document["events"])["events"]]
        mine = [bson.json_util.loads(event["value"]) for event in events if event["key"] == token]
        states = sorted((event["version"], event["state"]) for event in mine)
        assert [version for version, _ in states] == list(range(1, len(states) + 1)), "each version is told once"
        return [state for _, state in states]
