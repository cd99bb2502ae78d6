"""Who does not want mails stays without them, whatever else is told of them: on a real database, without Kafka."""

from collections.abc import AsyncIterator, Set
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from notifications.contacts.domain import Preferences
from notifications.contacts.use_cases.contact_updater import ContactUpdater
from notifications.contacts.use_cases.erasure import ContactEraser
from notifications.preferences.use_cases import Subscriptions
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.mail_rules import MailRules
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import Post, StaffChanged
from shared.contract.events.registration import ContactChanged
from shared.contract.topics import CONTACTS, STAFF, Topic
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures, persons_by_key
from shared.settings import ServiceSettings
from support.desk import ADA, TIMES, Desk

CHOSEN = Preferences("weekly", frozenset({"round_opened", "host_summary"}), "de", "Asia/Tokyo")


class Hearing(Desk):
    """A desk that hears of people."""

    def __init__(self) -> None:
        super().__init__()
        self.signed_out: set[str] = set()
        db = self.database.db
        self.subscriptions = Subscriptions(self.contacts, self.messages, TIMES)
        rules = MailRules(self.messages, ScheduledMails(db), Projections(db), "UTC")
        erasures = Erasures("notifications", self.database, ServiceSettings(), persons_by_key)
        self._updates = ContactUpdater(
            self.contacts,
            self.messages,
            ContactEraser(self.messages, erasures, rules.forget_applicant),
            schedule_welcomes=rules.schedule_welcomes,
            say_farewell=self._say_nothing,
            lock_out=self._lock_out,
            times=TIMES,
        )

    async def _lock_out(self, people: Set[str], _: Tx) -> None:
        self.signed_out |= people

    async def _say_nothing(self, *_: object) -> None:
        pass

    async def hear(self, topic: Topic, id: str, data: BaseModel | None) -> None:
        record = Received(topic.name, b"" if data is None else b"{}", [], id.encode())
        event = Event("e", "test", "t", datetime.now(UTC), "c", data, record)
        await self.database.transact(lambda tx: self._updates.apply([event], tx))

    async def contact(self, id: str = ADA, version: int = 1, **values: object) -> None:
        said = {"email": f"{id}@uni.example", "name": None, "locale": None, "mail_consent": True} | values
        await self.hear(CONTACTS, id, ContactChanged.model_validate({"attendee_id": id, "version": version} | said))

    async def staff(self, version: int = 1) -> None:
        posts = [Post(organization_id="o1", mentor=True, contact=True)]
        data = StaffChanged(person_id=ADA, version=version, email="ada@uni.example", name="Ada", locale=None, posts=posts)
        await self.hear(STAFF, ADA, data)

    async def unsubscribe(self, id: str = ADA) -> None:
        await self.database.transact(lambda tx: self.subscriptions.subscribe(id, False, tx))


@pytest.fixture
async def desk(environment: dict[str, str]) -> AsyncIterator[Hearing]:
    async with Hearing() as desk:
        yield desk


async def choose(desk: Hearing) -> None:
    person = replace(await desk.person(), preferences=CHOSEN)
    await desk.database.transact(lambda tx: desk.contacts.save([], [person], tx))


async def test_an_unsubscribe_outlives_an_erasure_until_the_person_agrees_again(desk: Hearing) -> None:
    await desk.contact()
    await choose(desk)
    await desk.unsubscribe()
    await desk.hear(CONTACTS, ADA, None)
    document = await desk.database.db["contacts"].find_one({"_id": ADA})
    assert "uni.example" not in str(document)
    assert (await desk.person()).preferences == Preferences(off=CHOSEN.off)
    await desk.hear(CONTACTS, ADA, None)
    await desk.contact(version=1)
    person = await desk.person()
    assert {"matches", "welcome", "round_opened", "listing_closing"} <= person.unwanted
    await desk.contact(version=2, mail_consent_at=datetime.now(UTC))
    assert (await desk.person()).unwanted & {"matches", "listing_closing", "round_opened"} == {"round_opened"}


async def test_nothing_is_kept_of_an_erased_person_who_refused_nothing(desk: Hearing) -> None:
    await desk.contact()
    await desk.hear(CONTACTS, ADA, None)
    assert await desk.contacts.get(ADA) is None


async def test_what_mails_to_somebody_as_staff_said_goes_with_their_last_post_and_nothing_of_them_as_an_attendee(
    desk: Hearing, subtests: pytest.Subtests
) -> None:
    mails, staff_mails = ("round_opened", "host_summary", "mentee_introduction"), ("host_summary", "mentee_introduction")
    for is_attendee in (True, False):
        with subtests.test("also an attendee" if is_attendee else "nothing else"):
            if not is_attendee:
                await desk.hear(CONTACTS, ADA, None)
            await desk.staff()
            tokens = {kind: await desk.write(kind) for kind in mails}
            about_them = await desk.write("application_received", "grace")
            await desk.database.db["messages"].update_one({"token": about_them}, {"$set": {"of": ADA}})
            if is_attendee:
                await desk.contact()
            for _ in range(2):
                await desk.hear(STAFF, ADA, None)
            states = {kind: (await desk.message(token))["state"] for kind, token in tokens.items()}
            cancelled = staff_mails if is_attendee else mails
            assert states == {kind: "cancelled" if kind in cancelled else "queued" for kind in mails}
            assert (await desk.message(about_them))["state"] == "queued"
            kept = await desk.database.db["bodies"].distinct("_id")
            assert len(kept) == list(states.values()).count("queued") + 1


async def test_a_mentor_who_is_deleted_and_put_again_has_the_preferences_of_before(desk: Hearing) -> None:
    await desk.staff()
    await choose(desk)
    await desk.unsubscribe()
    await desk.hear(STAFF, ADA, None)
    assert (await desk.person()).mailbox is None
    await desk.staff(version=2)
    person = await desk.person()
    assert (person.unsubscribed, person.preferences) == (True, CHOSEN)
    assert "host_summary" in person.unwanted


@pytest.mark.parametrize("order", ["the one who is kept first", "the one who is kept last", "the one who is kept unheard of"])
async def test_the_one_who_is_kept_refuses_what_the_one_merged_into_them_refused(desk: Hearing, order: str) -> None:
    await desk.contact()
    await choose(desk)
    await desk.unsubscribe()
    if order != "the one who is kept unheard of":
        await desk.contact("bob")
    queued = await desk.write("listing_closing", "bob")
    if order == "the one who is kept first":
        await desk.contact("bob", 2, name="Bob")
    await desk.contact(version=2, mail_consent=False, merged_into="bob")
    if order != "the one who is kept first":
        await desk.contact("bob", 2, name="Bob")
    bob = await desk.person("bob")
    assert (bob.unsubscribed, bob.preferences) == (True, Preferences(off=CHOSEN.off))
    if order != "the one who is kept unheard of":
        assert (await desk.message(queued))["state"] == "suppressed"

    await desk.database.transact(lambda tx: desk.subscriptions.subscribe("bob", True, tx))
    await desk.contact(version=3, mail_consent=False, merged_into="bob", email="ada@other.example")
    assert not (await desk.person("bob")).unsubscribed, "what is told again is heeded once"


async def test_who_loses_an_address_is_signed_out_and_nobody_else_is(desk: Hearing) -> None:
    await desk.contact()
    await desk.contact("bob")
    await desk.contact(version=2, name="Ada")
    await desk.staff()
    assert desk.signed_out == set()
    await desk.contact(version=3, email="ada@other.example")
    assert desk.signed_out == {ADA}
    for topic in (STAFF, CONTACTS):
        desk.signed_out.clear()
        await desk.hear(topic, ADA, None)
        assert desk.signed_out == {ADA}


async def test_who_becomes_one_with_somebody_or_apart_again_is_signed_out_as_both(desk: Hearing) -> None:
    await desk.contact()
    await desk.contact("bob")
    await desk.contact(version=2, merged_into="bob")
    assert desk.signed_out == {ADA, "bob"}
    desk.signed_out.clear()
    await desk.contact(version=3, merged_into="bob", email="ada@other.example")
    assert desk.signed_out == {"bob"}
    desk.signed_out.clear()
    await desk.contact(version=4, merged_into=None, email="ada@other.example")
    assert desk.signed_out == {ADA, "bob"}
