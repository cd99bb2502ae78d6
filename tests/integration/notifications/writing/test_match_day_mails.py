"""Mails about match days, whose recipients and content are found out when they are written: on a real database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from notifications.contacts.domain import Contact, Post, StaffContact
from notifications.contacts.use_cases.erasure import ContactEraser
from notifications.rules.domain.progress import Progress
from notifications.rules.domain.scheduled_mails import Audience, MailDetails
from notifications.rules.use_cases.attendance_updater import AttendanceUpdater
from notifications.rules.use_cases.mail_rules import MailRules
from shared.contract.envelope import Event, Received
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import CONTACTS, PROFILES
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures, persons_by_key
from shared.settings import ServiceSettings
from shared.wording.conditions import ListingConditions
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
    pages = await office.pages("round_opened_host")
    assert pages == {"grace": "/desk/o1/match-days/r1", "tycho": "/desk/o2/match-days/r1"}
    to_all = Audience("host", ("l3", "kepler"))  # Kepler mentors somebody, and does not get the host's mails
    about, details = "placement/p1", MailDetails(listing_id="l3")
    await office.schedule("placement_start_check_host", to_all, details=details, about=about)
    await office.write_all()
    pages = await office.pages("placement_start_check_host")
    assert pages == {"tycho": "/desk/o2/placements/p1", "kepler": "/mentor/people/p1"}


async def seats(office: Office, placed: Mapping[str, str]) -> None:
    """These attendees got these listings in the round."""
    progress = [
        Progress(f"placement/{attendee_id}", 1, "made", office.now, listing_id, attendee_id, "r1")
        for attendee_id, listing_id in placed.items()
    ]
    await office.place(*progress)


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


async def place(office: Office, id: str, listing_id: str, starts: str, ends: str = "") -> None:
    """An attendee has a placement of 30 hours a week."""
    dates = f"{starts}/{ends}"
    placed = Progress(f"placement/{id}", 2, f"confirmed/{dates}", office.now, listing_id, id, dates=dates, hours=30)
    await office.place(placed)


async def test_nobody_is_invited_who_is_placed_at_the_time_of_all_of_its_listings(office: Office) -> None:
    spring, summer = (ListingConditions(date(2027, month, 1), date(2027, month + 2, 28), 40) for month in (3, 6))
    await office.offer(
        replace(LISTING, conditions=spring),
        replace(LISTING, id="l2", conditions=summer),
        replace(LISTING, id="closed", conditions=ListingConditions(), open=False),
    )
    people = {"free": None, "spring": ("x", "2027-04-01"), "year": ("x", "2027-01-01"), "seated": ("l2", "2027-05-01")}
    people |= {"other": ("x", "2026-01-01")}
    for id, placed in people.items():
        await office.know(attendee(id))
        await profiled(office, id, 1, "pyconf")
        if placed:
            await place(office, id, *placed, ends={"spring": "2027-05-01", "other": "2026-12-31"}.get(id, "2027-12-31"))
    await office.database.transact(lambda tx: office.projections.save_round("r1", "Spring", ["l1", "l2", "closed", "?"], tx))
    await office.schedule("round_opened", Audience("attended", ("pyconf",)), details=DETAILS, about="round/r1")
    await office.write_all()
    assert await recipients(office, "round_opened") == ["free", "other", "spring"]


async def test_a_seat_for_few_hours_leaves_an_invitation_to_others_of_the_same_time(office: Office) -> None:
    evenings = ListingConditions(date(2027, 3, 1), date(2027, 5, 31), 10)
    await office.offer(replace(LISTING, conditions=evenings), replace(LISTING, id="l2", conditions=evenings))
    for id, listing_ids in (("ada", ["l1"]), ("bob", ["l1", "l2"])):
        await office.know(attendee(id))
        await profiled(office, id, 1, id)
        await place(office, id, "l1", "2027-03-01", "2027-05-31")
        await office.database.transact(lambda tx, one=id, ids=listing_ids: office.projections.save_round(one, "Spring", ids, tx))  # type: ignore[misc]
        details = replace(DETAILS, round_id=id)
        await office.schedule("round_opened", Audience("attended", (id,)), details=details, about=f"round/{id}", cause=id)
    await office.write_all()
    assert await recipients(office, "round_opened") == ["bob"], "Ada could only get the seat that she has"


async def test_a_clean_up_round_invites_the_unmatched_and_newcomers_who_agree_to_be_matched(office: Office) -> None:
    for id in ("ada", "bob", "cyd", "dan", "eve"):
        await office.know(attendee(id, consent=id != "cyd"))
        await profiled(office, id, 1, "pyconf")
    for id in ("ada", "bob", "cyd", "dan"):
        await office.database.transact(lambda tx, one=id: office.projections.save_ranking(one, "r1", one, 1, tx))  # type: ignore[misc]
    await profiled(office, "bob", 2)  # consent to be matched was withdrawn
    await office.database.transact(lambda tx: office.projections.mark_seated("r1", "dan", tx))
    details = replace(DETAILS, round_id="r1~1")
    await office.schedule("round_opened", Audience("ranked", ("r1",)), details=details)
    await office.write_all()
    assert await recipients(office, "round_opened") == ["ada"]
    await office.schedule("round_opened", Audience("attended", ("pyconf",)), details=details, cause="newcomers")
    await office.write_all()
    assert await recipients(office, "round_opened") == ["ada", "eve"]


async def erase(office: Office, id: str) -> None:
    """An attendee is erased."""
    rules = MailRules(office.messages, office.scheduled_mails, office.projections, "UTC")
    eraser = ContactEraser(
        office.messages, Erasures("t", office.database, ServiceSettings(), persons_by_key), rules.forget_applicant
    )
    event = Event("e", "test", "t", datetime.now(UTC), "c", None, Received(CONTACTS.name, b"", [], id.encode()))

    async def apply(tx: Tx) -> None:
        contact = (await office.contacts.get_many([id], tx)).get(id)
        await eraser.erase(contact, event, tx)
        await office.contacts.erase([id], tx)

    for _ in range(2):
        await office.database.transact(apply)


async def test_an_unsent_result_is_written_again_without_somebody_who_was_erased(office: Office) -> None:
    await know_hosts(office)
    await office.know(*(attendee(id) for id in ("ada", "bob", "cyd")))
    await seats(office, {"ada": "l1", "bob": "l1", "cyd": "l3"})
    await office.schedule("round_result_host", HOSTS, details=replace(DETAILS, expected=3), about="round/r1")
    assert await office.write_all() == {"round_result_host": 2}
    messages = office.database.db["messages"]
    before = {one["recipient"]: one for one in await office.all_messages()}
    assert {id: sorted(one["of"]) for id, one in before.items()} == {"grace": ["ada", "bob"], "tycho": ["cyd"]}
    await messages.update_one({"recipient": "grace"}, {"$set": {"state": "claimed", "claim": "sender/1"}})
    await erase(office, "ada")
    assert not [text for text in await office.texts("round_result_host") if "Ada" in text]
    assert await office.write_all() == {"round_result_host": 2}
    [to_grace] = [text for text in await office.texts("round_result_host") if "Arrays" in text]
    assert ("Bob" in to_grace, "Ada" in to_grace, "somebody without a name" in to_grace) == (True, False, True)
    after = {one["recipient"]: one for one in await office.all_messages()}
    assert (after["grace"]["state"], after["grace"]["claim"], after["grace"]["of"]) == ("queued", "", ["bob"])
    assert after["tycho"] == before["tycho"], "what does not name them stays as it is"


async def test_a_result_that_was_sent_is_kept_as_a_record_only(office: Office) -> None:
    await know_hosts(office)
    await office.know(attendee("ada"))
    await seats(office, {"ada": "l1"})
    await office.schedule("round_result_host", HOSTS, details=replace(DETAILS, expected=1), about="round/r1")
    await office.write_all()
    messages = office.database.db["messages"]
    await messages.update_one({"recipient": "grace"}, {"$set": {"state": "sent"}})
    await erase(office, "ada")
    await office.write_all()
    assert sorted((one["recipient"], one["state"]) for one in await office.all_messages()) == [
        ("grace", "sent"),
        ("tycho", "queued"),
    ]
