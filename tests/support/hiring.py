"""Applications, seats, placements and the resulting mails in memory, with the real use cases and repositories."""

from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, ClassVar, Final

from matching.applications.domain.application import Application
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.placements.domain.placement import placement_of, round_placement_id
from matching.placements.use_cases.erasure import PlacementEraser
from matching.placements.use_cases.placements import Placements
from matching.roles.repository import RolesRepository
from notifications.messages.repository.messages import Messages
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.mail_rules import MailRules
from shared.contract.envelope import Event, Outgoing, Received, unpack
from shared.contract.topics import APPLICATIONS, PLACEMENTS, SEATS, Topic
from shared.database.mongo import Tx
from support.applying import Applying
from support.documents import MemoryDatabase, run
from support.worlds import PlainTerms

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOPICS: Final = {topic.name: topic for topic in (APPLICATIONS, PLACEMENTS, SEATS)}


@dataclass
class Post:
    """Notifications in memory, up to the writing of a mail."""

    scheduled_mails: ClassVar = ScheduledMails

    database: MemoryDatabase
    sent: list[ScheduledMail] = field(default_factory=list)
    superseded: set[tuple[str, str]] = field(default_factory=set)
    """The applications ended by a placement that a mail named, each with the mail's recipient."""

    def __post_init__(self) -> None:
        self.mails = self.scheduled_mails(self.database.db)
        self.projections = Projections(self.database.db)
        self.rules = MailRules(Messages(self.database.db), self.mails, self.projections, "Europe/Prague")

    async def read(self, events: Collection[Event]) -> None:
        await self.database.transact(partial(self.rules.apply, list(events)))

    async def forget(self, attendee_id: str) -> None:
        """Handle the tombstone of a contact, like ``ContactEraser``."""
        tombstone = Event("", "", "", self.database.now, "erased", None, Received("registration.contacts", None, []))
        await self.database.transact(partial(self.rules.forget_applicant, attendee_id, tombstone))

    async def send_due(self, check: Callable[[ScheduledMail], None]) -> None:
        """Send all due mails, each once."""
        for lane in ("transactional", "bulk"):
            for id in await self.mails.due(self.database.now, lane, 1000):
                await self.database.transact(partial(self._send, id, check))

    async def _send(self, id: str, check: Callable[[ScheduledMail], None], tx: Tx) -> None:
        [mail] = await self.mails.take([id], tx)
        expired = mail.not_after <= tx.now
        await self.mails.end([mail.id], "expired" if expired else "done", tx)
        if expired:
            return
        check(mail)
        self.sent.append(mail)
        if mail.kind.name == "applications_superseded" and mail.details.until:
            person = mail.details.person_id
            listed = await self.projections.superseded(person, mail.details.until, tx)
            self.superseded |= {(person, application.id) for application in listed}


class Hiring(Applying):
    """All operations, each in its own transaction."""

    post_type: ClassVar = Post

    def __init__(self, database: Any = None) -> None:
        self.clock: MemoryDatabase = database or MemoryDatabase("matching", START)
        as_any: Any = self.clock
        super().__init__(as_any)
        self.run: Callable[[Coroutine[Any, Any, Any]], Any] = run
        self.operations = Placements(
            self.placements,
            self.keeper,
            self.seats,
            self.candidates,
            self.catalogue,
            RolesRepository(self.database.db),
            PlainTerms(),
            self.superseder.supersede,
        )
        self.placement_eraser = PlacementEraser(self.placements, self.seats)
        self.post: Post = self.post_type(MemoryDatabase("notifications", START))
        self._read = 0

    def set_time(self, now: datetime) -> None:
        self.clock.now = self.post.database.now = now

    # Events besides applications

    async def publish(self, listing: Listing) -> None:
        """Change the listing, and update its applications."""
        await self.save(listing)
        await self.worker.follow_listings(self.now)

    async def profile(self, *candidates: Candidate, known: bool) -> None:
        new, changed = ((), candidates) if known else (candidates, ())
        await self.database.transact(lambda tx: self.candidates.save(new, changed, set(), {}, tx))

    async def erase(self, attendee_id: str) -> None:
        """Erase the attendee, like the tombstone of their profile."""

        async def work(tx: Tx) -> None:
            await self.candidates.save([], [], {attendee_id}, {}, tx)
            await self.eraser.erase([attendee_id], tx)
            await self.placement_eraser.erase([attendee_id], tx)

        await self.database.transact(work)

    # Rounds, in one transaction where the service uses several

    async def lock_round(self, round_id: str, listing_ids: Collection[str]) -> dict[str, int]:
        return await self.database.transact(partial(self.seats.hold, round_id, listing_ids))

    async def publish_round(self, round_id: str, seated: Collection[tuple[str, str, str | None]]) -> set[str]:
        """Give these attendees their seats: attendee, listing, and the listing whose seat reverted. Returns who got none."""

        async def work(tx: Tx) -> set[str]:
            listings = await self.catalogue.listings([listing_id for _, listing_id, _ in seated], tx)
            placements = [
                placement_of(
                    listings[listing_id],
                    attendee_id,
                    round_placement_id(round_id, attendee_id),
                    round_id=round_id,
                    reverted_from=source,
                )
                for attendee_id, listing_id, source in seated
            ]
            refused = {one.attendee_id for one in await self.keeper.confirm_all(placements, tx, "round")}
            await self.superseder.supersede([one for one in placements if one.attendee_id not in refused], tx)
            await self.seats.release(round_id, tx)
            return refused

        return await self.database.transact(work)

    async def cancel_round(self, round_id: str) -> None:
        await self.database.transact(partial(self.seats.release, round_id))

    # Notifications

    @property
    def unread(self) -> list[Outgoing]:
        """The published events that were not read yet."""
        return self.clock.outgoing[self._read :]

    async def deliver(self) -> None:
        """Deliver the published events to notifications, some of them twice."""
        unread = self.unread
        self._read += len(unread)
        events = [_event(one) for one in unread if one.topic in (APPLICATIONS.name, PLACEMENTS.name)]
        await self.post.read(events)
        await self.post.read(events[-2:])

    async def get_by_id(self, id: str) -> Application:
        found = await self.applications.get(id)
        assert found
        return found


def listing(id: str, days: tuple[date, date] | None, hours: int | None, **fields: Any) -> Listing:
    """An open listing of its own host."""
    listing = Listing(id, 1, open=True, title=id, organization=f"Host {id}", organization_id=f"o-{id}", **fields)
    starts, ends = days or (None, None)
    return replace(listing, conditions=replace(listing.conditions, starts=starts, ends=ends, hours_per_week=hours))


def _event(outgoing: Outgoing) -> Event:
    topic: Topic = TOPICS[outgoing.topic]
    headers = [(name, value.encode()) for name, value in outgoing.headers.items()]
    return unpack(Received(topic.name, outgoing.value, headers, outgoing.key.encode()), topic)
