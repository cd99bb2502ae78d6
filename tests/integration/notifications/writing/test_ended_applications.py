"""Mails about applications that ended, where what they say or who gets them is found out when they are written."""

from dataclasses import replace
from datetime import timedelta

from notifications.messages.domain.states import State
from notifications.rules.domain.applications import Application
from notifications.rules.domain.scheduled_mails import MailDetails, listing_host, one_person
from support.office import LISTING, Office, attendee, grace


async def superseded(office: Office, number: int) -> None:
    """Ada's application to this listing was superseded now, and its event is applied."""
    application = Application(f"a{number}", 2, "ada", f"l{number}", "superseded", changed_at=office.now)
    await office.apply(application)
    details = MailDetails(person_id="ada", until=office.now)
    await office.schedule("applications_superseded", one_person("ada"), cause=f"application/a{number}@2", details=details)


async def test_applications_that_one_acceptance_ended_are_mailed_once_as_a_list(office: Office) -> None:
    await office.know(attendee("ada"))
    await office.offer(*(replace(LISTING, id=f"l{number}", title=f"Project {number}") for number in range(4)))
    await office.apply(Application("a0", 2, "ada", "l0", "superseded", changed_at=office.now - timedelta(days=1)))
    await office.apply(Application("a4", 2, "bob", "l0", "superseded", changed_at=office.now))
    for number in (1, 2):
        await superseded(office, number)
    assert await office.write_all() == {"applications_superseded": 1}
    [text] = await office.texts("applications_superseded")
    assert [f"Project {number}" in text for number in range(4)] == [False, True, True, False]
    await superseded(office, 3)
    assert await office.write_all() == {"applications_superseded": 2}, "one that comes late is not lost"


async def test_a_list_of_ended_applications_leaves_out_what_goes_on(office: Office) -> None:
    await office.know(attendee("ada"))
    await office.offer(LISTING)
    await superseded(office, 1)
    await office.apply(Application("a1", 3, "ada", "l1", "offered", changed_at=office.now + timedelta(seconds=1)))
    assert await office.write_all() == {}
    assert await office.scheduled_mails.count_open() == 0


async def test_only_a_host_who_had_heard_of_an_application_hears_that_it_was_withdrawn(office: Office) -> None:
    await office.know(attendee("ada"), grace())
    await office.offer(LISTING)
    states: dict[str, State] = {"a1": "sent", "a2": "cancelled", "a3": "unknown", "a4": "failed"}
    details = MailDetails(listing_id="l1", person_id="ada")
    for id in states:
        await office.schedule("application_received", listing_host("l1"), cause=id, about=f"application/{id}", details=details)
    assert await office.write_all() == {"application_received": 4}
    for id, state in states.items():
        await office.database.db["messages"].update_one({"about": f"application/{id}"}, {"$set": {"state": state}})
    for kind in ("application_withdrawn", "application_superseded"):
        for id in states:
            await office.schedule(kind, listing_host("l1"), cause=f"{id}@2", about=f"application/{id}", details=details)
    await office.write_all()
    told = {(message["kind"], message["about"]) for message in await office.all_messages()}
    ended = {(kind, about) for kind, about in told if kind != "application_received"}
    assert ended == {
        (kind, f"application/{id}") for kind in ("application_withdrawn", "application_superseded") for id in ("a1", "a3")
    }
