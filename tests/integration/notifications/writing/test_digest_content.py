"""What digests leave out, and what they say of listings: on a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from notifications.rules.domain.applications import Application
from notifications.rules.domain.progress import Progress
from notifications.rules.domain.scheduled_mails import Audience
from notifications.rules.repository.attendances import Attendance
from notifications.rules.repository.projections import Listing
from shared.contract.events.listings import OrganizationChanged, StaffPost
from shared.contract.events.matching import Reason
from shared.wording.conditions import ListingConditions
from support.office import LISTING, Office, attendee

CONDITIONS = ListingConditions(
    date(2027, 1, 4), None, 20, "Potsdam", False, 0, None, None, datetime(2026, 12, 24, 12, tzinfo=UTC)
)


async def know(office: Office, *listings: str) -> None:
    """Ada, to whom these listings are recommended, and whose digest is due."""
    ada = attendee("ada", *listings)
    ada.digest_at = office.now
    await office.know(ada)


async def test_nobody_is_mailed_a_match_that_they_or_the_host_said_no_to_or_where_they_have_a_place(office: Office) -> None:
    states = ("submitted", "rejected", "withdrawn", "declined", "closed", "lapsed", "rescinded", "superseded")
    await know(office, *states, "placed", "free")
    for state in states:
        await office.apply(Application(f"a/{state}", 1, "ada", state, state, changed_at=office.now))
    await office.apply(Application("a/bob", 1, "bob", "free", "rejected", changed_at=office.now))
    placed = Progress("placement/p1", 1, "started", office.now, "placed", "ada")
    await office.place(placed)
    assert await office.write_all() == {"matches": 1}
    [text] = await office.texts("matches")
    told = {id for id in (*states, "placed", "free") if f"  {id}" in text or f": {id}" in text}
    assert told == {"closed", "lapsed", "rescinded", "superseded", "free"}


async def test_no_digest_is_written_for_what_is_ruled_out_alone(office: Office) -> None:
    await know(office, "l1")
    await office.apply(Application("a1", 1, "ada", "l1", "withdrawn", changed_at=office.now))
    assert await office.write_all() == {}
    assert not await office.contacts.due(office.now, 10)


async def test_a_placement_of_somebody_who_was_erased_names_them_no_more(office: Office) -> None:
    placed = Progress("placement/p1", 1, "started", office.now, "l1", "ada", named=("Python=",))
    await office.place(placed)
    await office.database.transact(lambda tx: office.projections.forget("ada", tx))
    [document] = [one async for one in office.database.db["progress"].find()]
    assert (document["attendee_id"], document["named"], document["state"]) == ("", [], "started")


async def test_a_digest_says_what_is_known_of_its_listings(office: Office) -> None:
    await office.offer(replace(LISTING, conditions=CONDITIONS), replace(LISTING, id="l2"))
    await know(office, "l1", "l2")
    assert await office.write_all() == {"matches": 1}
    [text] = await office.texts("matches")
    for said in (
        "Where: Potsdam",
        "Period: Monday 4 January 2027",
        "Hours: 20 hours a week",
        "Pay: unpaid",
        "Open until: Thursday 24 December 2026",
    ):
        assert text.count(said) == 1


@pytest.mark.parametrize(("ahead", "named"), [(2, False), (-2, True)])
async def test_a_mentor_who_looks_after_nobody_new_is_no_reason_in_a_digest(office: Office, ahead: int, named: bool) -> None:
    until = office.now.date() + timedelta(days=ahead)
    grace = StaffPost(person_id="grace", admin=False, contact=True, mentor=True, away_until=until)
    host = OrganizationChanged(organization_id="o1", version=1, name="O", url=None, conference_ids=[], staff=[grace])
    await office.database.transact(lambda tx: office.projections.ideas.save_organizations([host], tx))
    await office.offer(LISTING)
    ada = attendee("ada", "l1")
    ada.digest_at = office.now
    assert ada.recommendations
    ada.recommendations.matches[0].reasons.extend(
        [
            Reason(kind="met", contribution=0.3, person_id="grace"),
            Reason(kind="skill", term="Python", contribution=0.2, declared=True),
        ]
    )
    await office.know(ada)
    assert await office.write_all() == {"matches": 1}
    [text] = await office.texts("matches")
    assert "Python" in text
    assert ("You met one of its mentors" in text) is named


SPRING = ListingConditions(date(2027, 3, 1), date(2027, 5, 31), 30)


def listing(id: str, starts: date | None, ends: date | None, hours: int | None) -> Listing:
    return replace(LISTING, id=id, title=id, conditions=ListingConditions(starts, ends, hours))


async def place(office: Office, state: str = "confirmed/2027-03-01/2027-05-31", version: int = 2, **values: Any) -> None:
    """Ada has a placement, by default in spring, for 30 hours a week, in a listing that is not recommended to her."""
    dates = "" if state == "made" else "2027-03-01/2027-05-31"
    placed = Progress("placement/p1", version, state, office.now, "own", "ada", dates=dates, **{"hours": 30} | values)
    await office.place(placed)


async def mailed(office: Office, *listings: Listing) -> set[str]:
    """Which of these listings, all recommended to Ada, her digest mentions."""
    await office.offer(*listings)
    await know(office, *(one.id for one in listings))
    await office.write_all()
    texts = await office.texts("matches")
    return {one.id for one in listings for text in texts if f"  {one.id}" in text or f": {one.id}" in text}


async def test_whoever_is_placed_is_mailed_no_match_that_their_placement_leaves_no_hours_for(office: Office) -> None:
    await place(office)
    listings = (
        listing("same-time", date(2027, 5, 31), date(2027, 8, 31), 20),
        listing("no-dates", None, None, 20),
        listing("no-hours", date(2027, 4, 1), date(2027, 4, 30), None),
        listing("evenings", date(2027, 4, 1), date(2027, 4, 30), 10),
        listing("summer", date(2027, 6, 1), date(2027, 8, 31), 40),
    )
    assert await mailed(office, *listings) == {"evenings", "summer"}


async def test_whoever_is_placed_gets_no_digest_if_no_match_suits(office: Office) -> None:
    await place(office)
    assert await mailed(office, listing("same-time", date(2027, 3, 1), None, 20)) == set()
    assert await office.write_all() == {}


async def test_a_seat_of_a_match_day_takes_what_its_listing_says(office: Office) -> None:
    await office.offer(replace(LISTING, id="own", conditions=SPRING))
    await place(office, "made", hours=None)
    listings = listing("same-time", date(2027, 3, 1), None, 20), listing("summer", date(2027, 6, 1), None, 20)
    assert await mailed(office, *listings) == {"summer"}


async def test_hours_count_as_the_attendee_said(office: Office) -> None:
    await office.database.transact(lambda tx: office.attendances.save([Attendance("ada", 1, [], 60)], [], tx))
    await place(office)
    assert await mailed(office, listing("same-time", date(2027, 3, 1), None, 20)) == {"same-time"}


@pytest.mark.parametrize("state", ["ended", "completed"])
async def test_a_placement_that_is_over_rules_out_nothing_but_itself(office: Office, state: str) -> None:
    await place(office)
    await place(office, state, version=3)
    assert await mailed(office, listing("same-time", date(2027, 3, 1), None, 20), listing("own", None, None, None)) == {
        "same-time"
    }


async def test_whoever_is_placed_is_not_reminded_of_a_listing_at_that_time(office: Office) -> None:
    await place(office)
    await office.offer(listing("l1", date(2027, 3, 1), None, 20))
    await office.know(attendee("ada", "l1"), attendee("bob", "l1"))
    await office.schedule("listing_closing", Audience("recommended", ("l1",)))
    await office.write_all()
    assert [message["recipient"] for message in await office.all_messages()] == ["bob"]
