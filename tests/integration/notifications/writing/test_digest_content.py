"""What digests leave out, and what they say of listings: on a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime

from notifications.mail.content import ListingConditions
from notifications.rules.domain.applications import Application
from notifications.rules.domain.progress import Progress
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
    await office.database.transact(lambda tx: office.projections.advance(placed, tx))
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
    await office.database.transact(lambda tx: office.projections.advance(placed, tx))
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
