"""Notifications on a real database, without the service: due scheduled mails become messages."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from functools import partial
from typing import Any, Final

from notifications.brands.repository import PresentedThings
from notifications.brands.use_cases import Brands
from notifications.contacts.domain import AttendeeContact, Contact, Post, Recommendations, StaffContact
from notifications.mail_kinds import KINDS, LANES
from notifications.rules.domain.applications import Application
from notifications.rules.domain.progress import Progress
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduledMail, listing_host
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Listing, Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.writing.use_cases.content_lookup import ContentLookup
from notifications.writing.use_cases.message_writer import MessageWriter
from shared.contract.events.matching import Match
from shared.database.mongo import Document, Tx
from support.desk import Desk

LISTING: Final = Listing("l1", 1, "Arrays", "o1", "Observatory", "https://example.com/l1", ("grace",))


class Office(Desk):
    """A desk that also writes mails."""

    def __init__(self) -> None:
        super().__init__()
        db = self.database.db
        self.scheduled_mails, self.projections, self.attendances = ScheduledMails(db), Projections(db), Attendances(db)
        self.message_writer = MessageWriter(
            self.contacts,
            self.messages,
            self.scheduled_mails,
            self.projections,
            self.attendances,
            self.suppressions,
            ContentLookup(self.projections, Brands(PresentedThings(db)), ["example.com"], "UTC"),
            self.writer,
            keep=timedelta(days=30),
            stranger_mails=20,
        )
        self.now = datetime.now(UTC).replace(microsecond=0)

    async def schedule(self, kind: str, audience: Audience, **values: Any) -> ScheduledMail:
        """A scheduled mail that is due."""
        due = ScheduledMail(
            KINDS[kind], "e1", audience, "c", self.now, self.now + timedelta(days=1), MailDetails(listing_id="l1")
        )
        scheduled = replace(due, **values)
        await self.database.transact(lambda tx: self.scheduled_mails.add([scheduled], tx))
        return scheduled

    async def schedule_summary(self, listing_id: str) -> None:
        cause, end = f"summary/{listing_id}@2026-W48", self.now + timedelta(days=1)
        scheduled = ScheduledMail(
            KINDS["host_summary"], cause, listing_host(listing_id), "c", self.now, end, MailDetails(listing_id=listing_id)
        )
        await self.database.transact(lambda tx: self.scheduled_mails.add([scheduled], tx))

    async def know(self, *contacts: Contact) -> None:
        await self.database.transact(lambda tx: self.contacts.save(contacts, [], tx))

    async def offer(self, *listings: Listing) -> None:
        await self.database.transact(lambda tx: self.projections.save_listings(listings, [], tx))

    async def apply(self, *applications: Application) -> None:
        async def save(tx: Tx) -> None:
            known = await self.projections.applications([one.id for one in applications], tx)
            new = [one for one in applications if one.id not in known]
            await self.projections.save_applications(new, [one for one in applications if one.id in known], tx)

        await self.database.transact(save)

    async def place(self, *placements: Progress) -> None:
        async def save(tx: Tx) -> None:
            known = await self.projections.progress([one.id for one in placements], tx)
            new = [one for one in placements if one.id not in known]
            await self.projections.save_progress(new, [one for one in placements if one.id in known], tx)

        await self.database.transact(save)

    async def write_some(self) -> int:
        """Write the due scheduled mails, for a large audience only some. Returns how many scheduled mails were due."""
        now = datetime.now(UTC)
        ids = [id for lane in LANES for id in await self.scheduled_mails.due(now, lane, 10)]
        await self.database.transact(partial(self.message_writer.write_scheduled_mails, ids))
        return len(ids)

    async def write_all(self) -> Counter[str]:
        """Write due mails until none is left. Returns the number of messages of each kind."""
        while await self.write_some():
            pass
        while ids := await self.contacts.due(datetime.now(UTC), 100):
            await self.database.transact(partial(self.message_writer.write_digests, ids))
        return Counter(message["kind"] for message in await self.all_messages())

    async def texts(self, kind: str) -> list[str]:
        """The mails of this kind, as they are sent."""
        ids = [message["_id"] for message in await self.all_messages() if message["kind"] == kind]
        return [body["mail"].decode() async for body in self.database.db["bodies"].find({"_id": {"$in": ids}})]

    async def pages(self, kind: str) -> dict[str, str]:
        """The path of the page to which each person's mail of this kind leads."""
        signed = [re.search(r"/open/(\S+)", _text(mail)) for mail in await self.texts(kind)]
        links = [link for found in signed if found and (link := self.links.opened(found[1]))]
        return {link.person_id: link.path for link in links}

    async def all_messages(self) -> list[Document]:
        return [message async for message in self.database.db["messages"].find()]


def _text(mail: str) -> str:
    body = message_from_string(mail, policy=policy.default).get_body(["plain"])
    return str(body.get_content()) if body else ""


def attendee(id: str, *recommended: str, consent: bool = True) -> Contact:
    matches = [
        Match(listing_id=listing, title=listing, organization="O", url=None, score=0.5, reasons=[]) for listing in recommended
    ]
    return Contact(
        id, AttendeeContact(1, f"{id}@uni.example", id.title(), None, consent), recommendations=Recommendations(1, matches, "c")
    )


def grace(*, contact: bool = True) -> Contact:
    post = Post("o1", mentor=True, contact=contact)
    return Contact("grace", staff=StaffContact(1, "grace@host.example", "Grace", None, (post,)))
