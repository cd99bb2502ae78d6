"""What becomes of applications as time passes and as their listings change."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from matching.applications.domain.application import Answers
from shared import clock
from shared.contract.events.listings import Pay
from support.applying import AUTUMN, DAY, SUMMER, Applying, told
from support.placing import refused


async def test_an_offer_lapses_at_its_deadline_and_frees_its_seat(world: Applying) -> None:
    offered = await world.offered("ada", "l1")
    await world.pass_(6 * DAY)
    assert (await world.get(offered)).state == "offered"
    world.late.ahead += 2 * DAY
    assert "deadline has passed" in str(await refused(world.do("accept", offered))), "before the clock has come round"
    await world.pass_(timedelta())
    lapsed = await world.get(offered)
    assert (lapsed.state, lapsed.offer) == ("lapsed", None)
    assert await world.taken("l1") == (0, 0)
    await world.pass_(30 * DAY)
    assert await world.get(offered) == lapsed
    assert [event["state"] for event in await told(world, offered)] == ["submitted", "offered", "lapsed"]
    assert (await world.offer(lapsed)).state == "offered"


async def test_what_is_not_answered_is_closed_told_and_counted(world: Applying) -> None:
    await world.host("soon", answer_days=5)
    slow, quick, rejected = [await world.apply("ada", id) for id in ("l1", "soon", "l3")]
    await world.do("reject", rejected)
    await world.pass_(6 * DAY)
    assert [(await world.get(one)).state for one in (slow, quick)] == ["submitted", "closed"]
    await world.pass_(16 * DAY)
    closed = await world.get(slow)
    assert (closed.state, closed.reason, closed.history[-1].by) == ("closed", "no_answer", "clock")
    assert await world.applications.answers_of("o-l1") == Answers(0, 1)
    assert await world.applications.answers_of("o-l3") == Answers(1, 0)
    again = await world.apply("ada", "l1", "Please look.")
    assert again.attempt == 2
    await world.offer(again)
    assert await world.applications.answers_of("o-l1") == Answers(1, 1)


async def test_what_cannot_be_read_keeps_nothing_else_waiting(world: Applying) -> None:
    first, second = await world.apply("ada", "l1"), await world.apply("ben", "l2")
    documents = world.database.db["applications"]
    await documents.update_one({"_id": first.id}, {"$set": {"state": "lost"}})
    await world.pass_(22 * DAY)
    assert (await world.get(second)).state == "closed"
    await documents.update_one({"_id": first.id}, {"$set": {"state": "submitted"}})
    await world.pass_(timedelta())
    assert (await world.get(first)).state == "closed"


async def test_a_listing_that_is_closed_closes_what_is_open_and_one_that_is_filled_does_not(world: Applying) -> None:
    asked, offered = await world.apply("ada", "l1"), await world.offered("ben", "l1")
    filled = await world.apply("ada", "l2")
    await world.host("l1", version=2, open=False, closed=True)
    await world.host("l2", version=2, open=False)
    for _ in range(2):
        await world.worker.follow_listings(clock.now())
    asked = await world.get(asked)
    assert (asked.state, asked.reason) == ("closed", "listing_closed")
    assert (await world.get(filled)).state == "submitted"
    assert (await world.do("accept", offered)).state == "accepted", "what was promised holds"
    assert await world.applications.answers_of("o-l1") == Answers(1, 0)


async def test_terms_that_change_are_asked_about_once(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    other = await world.apply("ada", "l2")
    await world.host("l1", version=2, title="Only another title")
    await world.worker.follow_listings(clock.now())
    assert await world.get(new) == new
    await world.host("l1", version=3, conditions=replace(SUMMER, hours_per_week=20), pay=Pay(amount=0))
    for _ in range(3):
        await world.worker.follow_listings(clock.now())
    asked = await world.get(new)
    assert (asked.changed_terms, asked.version, asked.listing_version) == (("hours", "pay"), 2, 1)
    assert await world.get(other) == other
    confirmed = await world.do("confirm-terms", asked)
    assert (confirmed.changed_terms, confirmed.listing_version, confirmed.terms.hours_per_week) == ((), 3, 20)
    await world.worker.follow_listings(clock.now())
    assert await world.get(new) == confirmed
    assert [event["changed_terms"] for event in await told(world, new)] == [[], ["hours", "pay"], []]


async def test_an_application_made_while_its_listing_changed_learns_of_it(world: Applying) -> None:
    """Its transaction saw the older listing, and is committed after the clock has followed the newer one."""
    await world.host("l1", version=2, conditions=AUTUMN)
    now = clock.now()
    await world.worker.follow_listings(now)
    made = await world.apply("ada", "l1")
    older = {"terms.starts": "2099-06-01", "terms.ends": "2099-08-31", "listing_version": 1}
    await world.database.db["applications"].update_one({"_id": made.id}, {"$set": older})
    await world.worker.follow_listings(now + timedelta(seconds=60))
    assert (await world.get(made)).changed_terms == ("dates",)
    assert await world.applications.followed() == 0, "it looks again while such a transaction may be left"
    await world.worker.follow_listings(now + timedelta(seconds=200))
    revision, changed = await world.catalogue.listings_changed_since(0)
    assert changed
    assert await world.applications.followed() == revision
    assert await world.catalogue.listings_changed_since(revision) == (revision, [])


async def test_many_applications_follow_their_listing_in_pages(world: Applying) -> None:
    people = [f"p{number:03}" for number in range(230)]
    await world.attend(*people)
    for start in range(0, len(people), 46):
        await asyncio.gather(*(world.apply(id, "l1") for id in people[start : start + 46]))
    await world.host("l1", version=2, open=False, closed=True)
    await world.worker.follow_listings(clock.now())
    page = await world.applications.page("", 300, listing_id="l1")
    assert [one.state for one in page] == ["closed"] * len(people)
    events = await world.published("matching.applications")
    assert len({(key, json.loads(value or b"")["version"]) for key, value in events}) == len(events) == 2 * len(people)
