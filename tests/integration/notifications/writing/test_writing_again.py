"""Writing goes on where it failed, was cancelled or is done by several instances, and writes each mail once."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

from notifications.mail.content import MailContent
from notifications.mail.message import Message
from notifications.mail.mime import Mime
from notifications.mail.writer import MailWriter, Recipient
from notifications.mail_kinds import KINDS
from notifications.messages.domain.records import Begun, Cancellation, Postponed
from notifications.messages.use_cases import cancel_messages
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduledMail, one_person
from notifications.writing.worker import composer
from notifications.writing.worker.composer import Composer
from shared.database.mongo import Tx
from support.desk import ADA
from support.office import LISTING, Office, attendee


async def test_several_who_write_at_once_write_each_mail_once(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(*(attendee(f"a{number:03}", "l1") for number in range(120)))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    await asyncio.gather(*(office.write_all() for _ in range(3)))
    assert Counter(message["kind"] for message in await office.all_messages()) == {"listing_closing": 120}


async def test_a_ranking_withdrawn_between_two_parts_holds_up_nobody(office: Office) -> None:
    contacts = [attendee(f"p{number:03}") for number in range(150)]
    await office.know(*contacts)
    for one in contacts:
        await office.database.transact(lambda tx, id_=one.id: office.projections.save_ranking(id_, "r1", id_, 1, tx))  # type: ignore[misc]
    await office.schedule(
        "round_opened", Audience("ranked", ("r1",)), details=MailDetails(round_id="r1", round_name="R", expected=150)
    )
    await office.write_some()
    await office.database.transact(lambda tx: office.projections.forget_ranking("p000", tx))
    assert await office.write_all() == {"round_opened": 150}


class Counting(MailWriter):
    """Counts what it writes."""

    written = 0

    def write(self, message: Message, content: MailContent, recipient: Recipient, now: datetime) -> bytes:
        self.written += 1
        return super().write(message, content, recipient, now)


async def write_in_two_places(office: Office) -> int:
    """Two composers at once, as in two instances. Returns how many mails they wrote for that."""
    writer = Counting(office.templates, Mime(office.links, "desk@mail.example.org"), office.links, "en", "UTC")
    office.message_writer._writer = writer
    composers = [
        Composer(office.message_writer, office.contacts, office.scheduled_mails, office.database, asyncio.Event(), Random(seed))
        for seed in (1, 2)
    ]
    await asyncio.gather(*(one.compose_due() for one in composers))
    return writer.written


async def test_of_two_instances_one_at_a_time_writes_to_a_large_audience(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(*(attendee(f"p{number:03}", "l1") for number in range(250)))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    assert await write_in_two_places(office) == 250
    assert len(await office.all_messages()) == 250


async def test_two_instances_seldom_write_the_same_digests(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composer, "DIGESTS_TOGETHER", 20)
    contacts = [attendee(f"p{number:03}", "l1") for number in range(200)]
    for one in contacts:
        one.digest_at = office.now
    await office.know(*contacts)
    assert await write_in_two_places(office) < 400, "with lots drawn they were 490"
    assert len(await office.all_messages()) == 200


async def test_a_scheduled_mail_of_an_unknown_kind_holds_up_no_other(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"))
    await office.schedule("application_sent", one_person("ada"))
    unknown = await office.schedule("application_rejected", one_person("ada"), cause="e0")
    await office.database.db["scheduled_mails"].update_one({"_id": unknown.id}, {"$set": {"kind": "of_tomorrow"}})
    composer = Composer(
        office.message_writer, office.contacts, office.scheduled_mails, office.database, asyncio.Event(), Random(1)
    )
    await composer.compose_due()
    assert [message["kind"] for message in await office.all_messages()] == ["application_sent"]
    left = await office.database.db["scheduled_mails"].find_one({"_id": unknown.id})
    assert left
    assert (left["state"], left["due_at"] > office.now) == ("open", True)


async def test_a_mail_that_cannot_be_written_is_written_once_that_is_mended(office: Office) -> None:
    """As with a template that fails: to one, to many, or as a digest."""
    ada = attendee("ada", "l1")
    ada.digest_at = office.now
    await office.know(ada, *(attendee(f"p{number:03}", "l1") for number in range(120)))
    await office.offer(LISTING)
    await office.schedule("application_sent", one_person("ada"))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    whole = office.writer
    office.message_writer._writer = Unable(office)
    assert await office.write_all() == {}
    office.message_writer._writer = whole
    await office.database.db["scheduled_mails"].update_many({"state": "open"}, {"$set": {"due_at": office.now}})
    await office.database.db["contacts"].update_many(
        {"stage": "pending"}, {"$set": {"due_at": office.now, "digest_at": office.now}}
    )
    assert await office.write_all() == {"application_sent": 1, "listing_closing": 121, "matches": 1}


class Unable(MailWriter):
    """Cannot write a mail."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.templates, Mime(office.links, "desk@mail.example.org"), office.links, "en", "UTC")

    def write(self, message: Message, content: MailContent, recipient: Recipient, now: datetime) -> bytes:
        raise LookupError("a template")


async def test_what_was_cancelled_while_it_was_handed_over_is_not_tried_again(office: Office) -> None:
    token = await office.write("offer")
    await office.database.db["messages"].update_one({"token": token}, {"$set": {"about": "application/a1"}})
    await office.claim()
    await office.database.transact(lambda tx: office.records.record([Begun(one) for one in office.claimed], tx))
    cancellation = Cancellation("application/a1", ("offer",))
    await office.database.transact(lambda tx: cancel_messages(office.messages, [cancellation], tx))
    assert (await office.message(token))["state"] == "sending"
    back = [Postponed(one, "451 later", office.now, 1, office.now) for one in office.claimed]
    await office.database.transact(lambda tx: office.records.record(back, tx))
    assert (await office.message(token))["state"] == "cancelled"
    assert await office.told(token) == ["cancelled"]


async def test_an_end_that_comes_too_late_leaves_the_mail_in_the_queue(office: Office) -> None:
    token = await office.write("offer")
    await office.claim()
    await office.database.transact(lambda tx: office.messages.requeue(ADA, tx))
    await office.end("failed")
    assert (await office.message(token))["state"] == "queued"
    assert await office.database.db["bodies"].count_documents({}) == 1


async def test_a_reminder_that_was_cancelled_is_scheduled_again_when_its_deadline_is_back(office: Office) -> None:
    cause, cancellation = "listing/l1@1", Cancellation("listing/l1", ("listing_closing",))
    for _ in range(2):
        await office.schedule("listing_closing", Audience("recommended", ("l1",)), cause=cause, about="listing/l1")
        assert await office.scheduled_mails.count_open() == 1
        await office.database.transact(lambda tx: office.scheduled_mails.cancel([cancellation], tx))
        assert await office.scheduled_mails.count_open() == 0


async def test_the_composer_is_woken_by_what_was_added_once_it_is_there(office: Office) -> None:
    added = office.scheduled_mails.added
    scheduled = ScheduledMail(KINDS["welcome"], "e1", one_person("ada"), "c", office.now, office.now + timedelta(days=1))

    async def fail(tx: Tx) -> None:
        await office.scheduled_mails.add([scheduled], tx)
        raise LookupError

    with pytest.raises(LookupError):
        await office.database.transact(fail)
    assert not added.is_set(), "nothing is there"
    await office.database.transact(lambda tx: office.scheduled_mails.add([scheduled], tx))
    assert added.is_set()
    added.clear()
    await office.database.transact(lambda tx: office.scheduled_mails.add([scheduled], tx))
    assert not added.is_set(), "it was there already"
