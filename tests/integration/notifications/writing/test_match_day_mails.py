"""Mails about match days, whose recipients and content are found out when they are written: on a real database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from notifications.contacts.domain import Contact, Post, StaffContact
from notifications.rules.domain.progress import Progress
from notifications.rules.domain.scheduled_mails import Audience, MailDetails
from notifications.rules.use_cases.attendance_updater import AttendanceUpdater
from shared.contract.envelope import Event, Received
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import PROFILES
from support.office import LISTING, Office, attendee, grace

HOSTS = Audience("hosts", ("l1", "l2", "l3", "unknown"))
DETAILS = MailDetails(round_id="r1", round_name="Spring")


async def profiled(office: Office, id: str, version: int, *conferences: str, erased: bool = False) -> None:
    """A profile is published, or erased."""
    data = {"attendee_id": id, "version": version, "conference_ids": conferences, "interests": [], "met": []}
    record = Received(PROFILES.name, b"" if erased else b"{}", [], id.encode())
    profile = None if erased else AttendeeProfiled.model_validate(data)
    event = Event(f"{id}@{version}", "test", "t", datetime.now(UTC), "c", profile, record)
    await office.database.transact(lambda tx: AttendanceUpdater(office.attendances).apply([event, event], tx))


async def recipients(office: Office, kind: str) -> list[str]:
    return sorted(message["recipient"] for message in await office.all_messages() if message["kind"] == kind)


def host(id: str, organization: str, *, contact: bool = True) -> Contact:
    post = Post(organization, mentor=True, contact=contact)
    return Contact(id, staff=StaffContact(1, f"{id}@host.example", id.title(), None, (post,)))


async def know_hosts(office: Office) -> None:
    """Grace has l1 and l2, Tycho l3."""
    await office.offer(LISTING, replace(LISTING, id="l2", title="Vectors"))
    await office.offer(replace(LISTING, id="l3", title="Comets", organization_id="o2"))
    await office.know(grace(), host("tycho", "o2"), host("kepler", "o2", contact=False))


async def test_a_match_day_invites_those_who_attended_its_conference_and_agreed_to_be_matched(office: Office) -> None:
    await office.know(*(attendee(id, "l1") for id in ("ada", "bob", "cyd", "dan", "eve")), attendee("fay", consent=False))
    for id, conferences in (("ada", ["pyconf", "other"]), ("bob", ["other"]), ("dan", ["pyconf"]), ("fay", ["pyconf"])):
        await profiled(office, id, 2, *conferences)
    await profiled(office, "ada", 1, "other")  # late
    await profiled(office, "eve", 1, "pyconf")
    await profiled(office, "eve", 2)  # consent to be matched was withdrawn
    await profiled(office, "dan", 3, erased=True)
    await office.schedule("round_opened", Audience("attended", ("pyconf",)), details=DETAILS, about="round/r1")
    await office.write_all()
    assert await recipients(office, "round_opened") == ["ada"]


async def test_each_host_is_told_of_its_own_listings(office: Office) -> None:
    await know_hosts(office)
    await office.schedule("round_opened_host", HOSTS, details=DETAILS, about="round/r1")
    assert await office.write_all() == {"round_opened_host": 2}
    by_title = sorted(("Arrays" in text, "Vectors" in text, "Comets" in text) for text in await office.texts("round_opened_host"))
    assert by_title == [(False, False, True), (True, True, False)]
    assert await recipients(office, "round_opened_host") == ["grace", "tycho"]


async def seats(office: Office, placed: Mapping[str, str]) -> None:
    """These attendees got these listings in the round."""
    for attendee_id, listing_id in placed.items():
        progress = Progress(f"placement/{attendee_id}", 1, "made", office.now, listing_id, attendee_id, "r1")
        await office.database.transact(lambda tx, one=progress: office.projections.advance(one, tx))  # type: ignore[misc]


async def test_hosts_are_told_who_has_their_seats_once_all_placements_arrived(office: Office) -> None:
    await know_hosts(office)
    await office.know(attendee("ada"), attendee("bob"))
    await seats(office, {"ada": "l1"})
    scheduled = await office.schedule("round_result_host", HOSTS, details=replace(DETAILS, expected=2), about="round/r1")
    assert await office.write_all() == {}, "a placement is missing"
    await seats(office, {"bob": "l3"})
    await office.database.db["scheduled_mails"].update_one({"_id": scheduled.id}, {"$set": {"due_at": office.now}})
    assert await office.write_all() == {"round_result_host": 2}
    told = {("Ada" in text, "Bob" in text, "nobody this time" in text) for text in await office.texts("round_result_host")}
    assert told == {(True, False, True), (False, True, False)}


async def test_a_cancelled_match_day_is_told_to_whoever_was_invited_or_ranked(office: Office) -> None:
    await know_hosts(office)
    await office.know(*(attendee(id) for id in ("ada", "bob", "cyd", "dan")))
    for id in ("ada", "bob"):
        await profiled(office, id, 1, "pyconf")
    await office.schedule("round_opened", Audience("attended", ("pyconf",)), details=DETAILS, about="round/r1")
    await office.schedule("round_opened_host", HOSTS, details=DETAILS, about="round/r1")
    await office.write_all()
    messages = office.database.db["messages"]
    await messages.update_many({"recipient": {"$in": ["ada", "grace"]}}, {"$set": {"state": "sent"}})
    await messages.update_many({"recipient": {"$in": ["bob", "tycho"]}}, {"$set": {"state": "cancelled"}})
    await office.database.transact(lambda tx: office.projections.save_ranking("r1|cyd", "r1", "cyd", 3, tx))
    await office.schedule("round_cancelled", Audience("concerned", ("r1",)), details=DETAILS, about="round/r1")
    await office.schedule("round_cancelled_host", HOSTS, details=DETAILS, about="round/r1")
    await office.write_all()
    assert await recipients(office, "round_cancelled") == ["ada", "cyd"]
    assert await recipients(office, "round_cancelled_host") == ["grace"]
