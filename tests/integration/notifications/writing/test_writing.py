"""Scheduled mails and digests that are due become messages: when, to whom, and in which order."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

from notifications.contacts.domain import Preferences
from notifications.mail_kinds import KINDS
from notifications.messages.domain.records import Cancellation
from notifications.messages.use_cases import forget_messages
from notifications.rules.domain.applications import Application
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, listing_host, one_person
from shared.contract.events.matching import Match
from support.desk import TIMES
from support.office import LISTING, Office, attendee, grace


async def test_a_large_audience_is_told_in_parts_and_each_of_it_once(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(*(attendee(f"a{number:03}", "l1") for number in range(250)), attendee("other", "l2"))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    seen = []
    while await office.write_some():
        seen.append(len(await office.all_messages()))
    assert seen == [100, 200, 250]
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))  # the same again
    assert await office.write_all() == {"listing_closing": 250}


async def test_a_host_sets_off_only_so_many_mails_a_day_about_one_application(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"))
    rejected = partial(office.schedule, "application_rejected", Audience("person", ("ada",)))
    for number in range(22):
        await rejected(cause=f"e{number}", about="application/7")
    await rejected(cause="other", about="application/8")
    assert await office.write_all() == {"application_rejected": 21}
    assert await office.scheduled_mails.count_open() == 2
    messages, scheduled_mails = office.database.db["messages"], office.database.db["scheduled_mails"]
    await messages.update_many({}, {"$set": {"created_at": office.now - timedelta(days=1, minutes=1)}})
    await scheduled_mails.update_many({"state": "open"}, {"$set": {"due_at": office.now}})
    assert await office.write_all() == {"application_rejected": 23}


async def test_who_applied_is_not_reminded_that_the_listing_closes(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada", "l1"), attendee("bob", "l1"), attendee("cyd", "l1", consent=False))
    application = Application("a1", 1, "bob", "l1", "submitted", changed_at=office.now)
    await office.apply(application)
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    await office.write_all()
    assert [message["recipient"] for message in await office.all_messages()] == ["ada"]


async def test_a_hosts_week_is_told_once_of_all_its_listings(office: Office) -> None:
    await office.know(grace())
    await office.offer(LISTING, replace(LISTING, id="l2", title="Vectors"), replace(LISTING, id="l3", organization_id="o2"))
    last_week = office.now - timedelta(days=2)
    for number, (listing, states) in enumerate([("l1", ["submitted"]), ("l2", ["submitted", "offered"]), ("l3", ["submitted"])]):
        reached = dict.fromkeys(states, last_week)
        application = Application(f"a{number}", 1, "ada", listing, states[-1], changed_at=last_week, reached=reached)
        await office.apply(application)
    for listing in ("l1", "l2"):
        await office.schedule_summary(listing)
    assert await office.write_all() == {"host_summary": 1}
    [message] = await office.all_messages()
    assert (message["_id"], message["recipient"]) == ("summary/o1@2026-W48|host_summary|grace", "grace")
    body = await office.database.db["bodies"].find_one({"_id": message["_id"]})
    assert body
    mail = bytes(body["mail"]).decode()
    assert "Arrays" in mail
    assert "Vectors" in mail


async def test_a_late_summary_is_about_the_week_for_which_it_was_scheduled(office: Office) -> None:
    await office.know(grace())
    await office.offer(LISTING, replace(LISTING, id="l2", title="Vectors"))
    monday, half = office.now - timedelta(hours=1), timedelta(minutes=30)
    for listing, at in (("l1", monday - timedelta(days=7) + half), ("l2", monday + half)):
        application = Application(f"a/{listing}", 1, "ada", listing, "submitted", changed_at=at, reached={"submitted": at})
        await office.apply(application)
    await office.schedule(
        "host_summary", listing_host("l1"), cause="summary/l1@2026-W48", details=MailDetails(listing_id="l1", until=monday)
    )
    assert await office.write_all() == {"host_summary": 1}
    body = await office.database.db["bodies"].find_one({})
    assert body
    mail = bytes(body["mail"]).decode()
    assert "Arrays" in mail
    assert "Vectors" not in mail, "that is told with the week that it was in"


async def test_a_week_in_which_nothing_happened_is_not_told(office: Office) -> None:
    await office.know(grace())
    await office.offer(LISTING)
    await office.schedule_summary("l1")
    assert await office.write_all() == {}
    assert await office.scheduled_mails.count_open() == 0


async def test_a_scheduled_mail_waits_longer_each_time_until_it_expires(office: Office) -> None:
    await office.know(grace())
    await office.schedule("application_received", listing_host("unknown"), details=MailDetails(listing_id="unknown"))
    await office.write_all()
    waiting = await office.database.db["scheduled_mails"].find_one({})
    assert waiting
    assert timedelta(seconds=5) < waiting["due_at"] - office.now < timedelta(seconds=60)
    await office.database.db["scheduled_mails"].update_one({}, {"$set": {"due_at": office.now, "not_after": office.now}})
    await office.write_all()
    ended = await office.database.db["scheduled_mails"].find_one({})
    assert ended
    assert (ended["state"], ended["fate"]) == ("ended", "expired")
    assert not await office.all_messages()


async def test_an_address_that_takes_no_mail_is_not_written_to_and_that_is_told(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"))
    address_id = office.suppressions.id("ada@uni.example")
    await office.database.transact(lambda tx: office.suppressions.suppress(address_id, "hard_bounce", "t", tx))
    await office.schedule("application_sent", one_person("ada"))
    await office.write_all()
    [message] = await office.all_messages()
    assert (message["state"], message["answer"]) == ("suppressed", "hard_bounce")
    assert await office.told(message["token"]) == ["suppressed"]
    assert await office.database.db["bodies"].count_documents({}) == 0


async def test_what_is_cancelled_before_it_is_due_is_never_written(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"))
    scheduled = await office.schedule(
        "offer_reminder", one_person("ada"), about="application/a1", due_at=office.now + timedelta(hours=1)
    )
    cancellation = Cancellation("application/a1", ("offer_reminder",))
    await office.database.transact(lambda tx: office.scheduled_mails.cancel([cancellation], tx))
    await office.database.db["scheduled_mails"].update_one({"_id": scheduled.id}, {"$set": {"due_at": office.now}})
    assert await office.write_all() == {}


async def test_a_digest_of_the_morning_waits_for_it(office: Office) -> None:
    ada = attendee("ada")
    ada.recommendations = None
    ada.preferences = Preferences(digest="daily", time_zone="Asia/Tokyo")
    match = Match(listing_id="l1", title="l1", organization="O", url=None, score=0.5, reasons=[])
    ada.update_recommendations(1, [match], "c", office.now, TIMES)
    await office.know(ada)
    assert await office.write_all() == {}
    await office.database.db["contacts"].update_one({"_id": "ada"}, {"$set": {"digest_at": office.now, "due_at": office.now}})
    assert await office.write_all() == {"matches": 1}


async def test_what_people_wait_for_comes_before_what_is_told_to_many(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(*(attendee(f"a{number:03}", "l1") for number in range(250)), attendee("ada"))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    await office.schedule("application_sent", one_person("ada"))
    await office.write_some()
    assert Counter(message["kind"] for message in await office.all_messages()) == {"application_sent": 1, "listing_closing": 100}


async def test_a_mail_about_somebody_who_was_erased_does_not_leave(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"), grace())
    await office.schedule(
        "mentee_introduction", Audience("mentors", ("l1",)), details=MailDetails(listing_id="l1", person_id="ada"), about="p/1"
    )
    assert await office.write_all() == {"mentee_introduction": 1}
    await office.database.transact(lambda tx: forget_messages(office.messages, "ada", KINDS, tx))
    [message] = await office.all_messages()
    assert (message["recipient"], message["state"]) == ("grace", "cancelled")
    assert await office.database.db["bodies"].count_documents({}) == 0


async def test_who_mentors_waits_to_be_known_and_is_then_introduced(office: Office) -> None:
    await office.offer(LISTING)
    await office.know(attendee("ada"))
    details = MailDetails(listing_id="l1", person_id="ada")
    scheduled = await office.schedule("mentee_introduction", Audience("mentors", ("l1",)), details=details, about="placement/p1")
    assert await office.write_all() == {}
    await office.know(grace())
    await office.database.db["scheduled_mails"].update_one({"_id": scheduled.id}, {"$set": {"due_at": office.now}})
    assert await office.write_all() == {"mentee_introduction": 1}
