"""Notifications without Kafka, at a time of the test's choosing, and a history of everything that it keeps records of."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from notifications.brands.repository import PresentedThings
from notifications.brands.use_cases import Brands
from notifications.contacts.use_cases.contact_updater import ContactUpdater
from notifications.contacts.use_cases.erasure import ContactEraser
from notifications.mail_kinds import LANES
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.mail_rules import MailRules
from notifications.writing.use_cases.content_lookup import ContentLookup
from notifications.writing.use_cases.message_writer import MessageWriter
from notifications.writing.worker.sweeper import Sweeper
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import IdeaChanged, ListingPublished, ListingWithdrawn, OrganizationChanged, StaffChanged
from shared.contract.events.matching import (
    ApplicationChanged,
    InvitationSent,
    NominationChanged,
    OutcomeDecided,
    PlacementChanged,
    PlacementMade,
    RankingChanged,
    RecommendationsChanged,
    RoundChanged,
)
from shared.contract.events.registration import ContactChanged
from shared.contract.topics import (
    APPLICATIONS,
    CONTACTS,
    IDEAS,
    INVITATIONS,
    LISTINGS,
    NOMINATIONS,
    ORGANIZATIONS,
    OUTCOMES,
    PLACEMENTS,
    RANKINGS,
    RECOMMENDATIONS,
    ROUNDS,
    STAFF,
    Topic,
)
from shared.messaging.erasure import Erasures, persons_by_key
from shared.settings import ServiceSettings
from support.desk import TIMES, Desk
from support.notified import match
from support.published import listing_published

KEEP: Final = timedelta(days=30)
KEEP_RECORDS: Final = timedelta(days=400)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SWEPT: Final = ("messages", "bodies", "scheduled_mails", "applications", "progress", "rounds", "rankings", "listings", "ideas")

Told = tuple[Topic, str, BaseModel, timedelta]
"""An event: its topic and key, what it says, and how long before now it was."""


class Archive(Desk):
    """A desk that hears events, writes and sends what they cause, and forgets what it kept long enough."""

    def __init__(self) -> None:
        super().__init__()
        db = self.database.db
        self.scheduled_mails, self.projections, self.attendances = ScheduledMails(db), Projections(db), Attendances(db)
        content_lookup = ContentLookup(self.projections, Brands(PresentedThings(db)), ["example.com"], "UTC")
        self.message_writer = MessageWriter(
            self.contacts,
            self.messages,
            self.scheduled_mails,
            self.projections,
            self.attendances,
            self.suppressions,
            content_lookup,
            self.writer,
            keep=KEEP,
            stranger_mails=50,
        )
        self._rules = MailRules(self.messages, self.scheduled_mails, self.projections, "UTC")
        erasures = Erasures("notifications", self.database, ServiceSettings(), persons_by_key)
        self._contact_updates = ContactUpdater(
            self.contacts,
            self.messages,
            ContactEraser(self.messages, erasures, self._rules.forget_applicant),
            schedule_welcomes=self._rules.schedule_welcomes,
            say_farewell=self.message_writer.say_farewell,
            lock_out=self._lock_out,
            times=TIMES,
        )
        self.sweeper = Sweeper(self.messages, self.scheduled_mails, self.projections, self.database, KEEP, KEEP_RECORDS)

    async def _lock_out(self, *_: object) -> None:
        """Nobody is signed in."""

    async def tell(self, topic: Topic, key: str, data: BaseModel | None, before: timedelta = timedelta()) -> None:
        """An event is read, and what it causes is written and sent."""
        record = Received(topic.name, b"{}", [], key.encode())
        event = Event(f"{topic.name}/{key}", "test", "t", datetime.now(UTC) - before, "c", data, record)
        updates = self._contact_updates if topic in (CONTACTS, STAFF, RECOMMENDATIONS) else self._rules
        await self.database.transact(lambda tx: updates.apply([event], tx))
        for _ in range(2):
            now = datetime.now(UTC)
            for lane in LANES:
                for id in await self.scheduled_mails.due(now, lane, 100):
                    await self.database.transact(partial(self.message_writer.write_scheduled_mails, [id]))
            await self.database.transact(partial(self.message_writer.write_digests, await self.contacts.due(now, 100)))
        await self.claim()
        await self.end()

    async def kinds(self) -> Counter[str]:
        return Counter([message["kind"] async for message in self.database.db["messages"].find()])

    async def kept(self) -> dict[str, int]:
        """How much is kept of what is not for ever."""
        counts = {name: await self.database.db[name].count_documents({}) for name in SWEPT}
        return {name: count for name, count in counts.items() if count}

    async def pass_(self, time: timedelta) -> None:
        """All that is kept was so much earlier."""
        for name in (*SWEPT, "people"):
            async for document in self.database.db[name].find():
                await self.database.db[name].replace_one({"_id": document["_id"]}, _earlier(document, time))


def _earlier(value: Any, time: timedelta) -> Any:
    match value:
        case datetime():
            return value - time
        case dict():
            return {name: _earlier(one, time) for name, one in value.items()}
        case list():
            return [_earlier(one, time) for one in value]
    return value


def contact() -> Told:
    data = ContactChanged(attendee_id="ada", version=1, email="ada@uni.example", name="Ada", locale=None, mail_consent=True)
    return CONTACTS, "ada", data, timedelta()


def staff() -> Told:
    post = {"organization_id": "o1", "mentor": True, "contact": True}
    data = {"person_id": "grace", "version": 1, "email": "grace@host.example", "name": "Grace", "locale": None, "posts": [post]}
    return STAFF, "grace", StaffChanged.model_validate(data), timedelta()


def listing(now: datetime) -> Told:
    """It was published two days ago and closes in two days: who is interested was to be reminded yesterday."""
    data = listing_published(mentor_person_ids=["grace"], deadline=now + 2 * DAY) | {"idea_author_id": "ada"}
    return LISTINGS, "l1", ListingPublished.model_validate(data), 2 * DAY


def withdrawn() -> Told:
    return LISTINGS, "l1", ListingWithdrawn(listing_id="l1", version=2, reason="closed"), timedelta()


def recommended(version: int = 1) -> Told:
    data = {"attendee_id": "ada", "version": version, "matches": [match("l1")]}
    return RECOMMENDATIONS, "ada", RecommendationsChanged.model_validate(data), timedelta()


def application(version: int, state: str, *, id: str = "a1", before: timedelta = timedelta(), **values: Any) -> Told:
    data = {"application_id": id, "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state} | values
    return APPLICATIONS, id, ApplicationChanged.model_validate(data), before


def placement(
    version: int, state: str, now: datetime, ends: timedelta = DAY, mentors: tuple[str, ...] = (), **values: Any
) -> Told:
    data = {
        "placement_id": "p1",
        "version": version,
        "attendee_id": "ada",
        "listing_id": "l1",
        "state": state,
        "starts": now.date() - 30 * DAY,
        "ends": (now + ends).date(),
        "mentor_person_ids": mentors,
    }
    return PLACEMENTS, "p1", PlacementChanged.model_validate(data | values), timedelta()


def organization() -> Told:
    data = {"organization_id": "o1", "version": 1, "name": "O", "url": None, "conference_ids": []}
    return ORGANIZATIONS, "o1", OrganizationChanged.model_validate(data), timedelta()


def idea(version: int, state: str, now: datetime, *, id: str = "i1", **values: Any) -> Told:
    data = {"idea_id": id, "version": version, "attendee_id": "ada", "state": state, "title": "T", "conference_ids": []}
    return IDEAS, id, IdeaChanged.model_validate(data | {"expires_at": now + DAY} | values), timedelta()


def nomination(version: int, state: str, **values: Any) -> Told:
    data = {"nomination_id": "n1", "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state}
    data |= {"organization_id": "o1", "mentor_person_id": "grace"}
    return NOMINATIONS, "n1", NominationChanged.model_validate(data | values), timedelta()


def match_day(version: int, state: str, now: datetime, *, id: str = "r1", before: timedelta = timedelta()) -> Told:
    data = {"round_id": id, "version": version, "name": "R", "state": state, "listing_ids": ["l1"], "seed": "s"}
    return ROUNDS, id, RoundChanged.model_validate(data | {"closes_at": now + DAY}), before


def history(now: datetime) -> Iterator[Told]:
    """All that may happen to one attendee, as of that time."""
    yield contact()
    yield staff()
    yield recommended()
    yield listing(now)
    yield organization()
    for id, last in (("i1", "adopted"), ("i2", "expired")):
        yield idea(1, "asked", now, id=id, asked_by=["o1"])
        yield idea(2, last, now, id=id, organization_id="o1" if last == "adopted" else None)
    for version, state in enumerate(("proposed", "agreed", "withdrawn"), 1):
        yield nomination(version, state)
    yield match_day(1, "open", now)
    yield RANKINGS, "r1|ada", RankingChanged(round_id="r1", attendee_id="ada", version=1, listings=1), timedelta()
    yield match_day(2, "locked", now)
    yield match_day(3, "published", now)
    yield match_day(1, "open", now, id="r2", before=2 * DAY)  # the rankings close tomorrow: hosts were to be reminded yesterday
    yield match_day(2, "cancelled", now, id="r2")
    seat = {"listing_id": "l1", "choices": [{"listing_id": "l1", "result": "matched"}]}
    outcome = OutcomeDecided.model_validate({"round_id": "r1", "attendee_id": "ada", "version": 1} | seat)
    yield OUTCOMES, "r1|ada", outcome, timedelta()
    invited = {"invitation_id": "v1", "version": 1, "attendee_id": "ada", "listing_id": "l1", "organization_id": "o1"}
    yield INVITATIONS, "v1", InvitationSent.model_validate(invited), timedelta()
    meeting = {"starts": now + DAY, "ends": now + DAY + HOUR, "place": "here"}
    yield application(1, "submitted")
    yield application(2, "interview", interview=meeting)
    yield application(3, "interview")
    # Of its reminders, one was due yesterday: it was made the day before.
    yield *application(4, "offered", offer={"deadline": now + 2 * DAY})[:3], 2 * DAY
    yield application(5, "accepted")
    yield PLACEMENTS, "p1", PlacementMade(placement_id="p1", version=1, attendee_id="ada", listing_id="l1"), timedelta()
    yield from other_applications(now)
    feedback = [{"moment": "end", "side": side, "due": now.date() - DAY} for side in ("attendee", "host")]
    yield placement(2, "confirmed", now, starts=now.date() - DAY)  # whether it began was to be asked yesterday
    yield placement(3, "started", now)
    yield placement(4, "started", now, ends=2 * DAY, feedback=feedback, skills=[{"term": "Python"}])
    for version, state in enumerate(("completed", "ended"), 5):
        yield placement(version, state, now)
    for version, side in enumerate(("host", "attendee"), 7):
        yield placement(version, "ended", now, hire={"role": "R", "starts": now.date(), "said_by": side})
    yield withdrawn()


def other_applications(now: datetime) -> Iterator[Told]:
    """What else may become of an application."""
    slots = [{"starts": now + DAY, "ends": now + DAY + HOUR}]
    # Of the host's reminders, one was due yesterday.
    yield application(1, "submitted", id="a2", answer_by=now + DAY, before=2 * DAY)
    yield application(2, "interview", id="a2", slots=slots, changed_terms=["dates"])
    for version, state in enumerate(("closed", "submitted", "rescinded", "offered", "lapsed", "submitted", "withdrawn"), 3):
        yield application(version, state, id="a2", attempt=version, offer={"deadline": now + DAY})
    yield application(1, "submitted", id="a3")
    yield application(2, "superseded", id="a3", before=HOUR)  # what ended at one moment is gathered for a minute
