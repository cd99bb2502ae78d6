"""What readers of listings are told: each version once, without a gap."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from listings.listings.domain import listing as rules
from listings.listings.domain.listing import Listing, Status
from listings.organizations.domain import Organization
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.refusals import Conflict, Invalid
from support.listings import ACME, ADA, ALL_OF_IT, LATER, NOW, announced, details, listing, promise


def test_a_draft_opens_and_its_readers_are_told_all_of_it() -> None:
    draft = listing("draft", skills=["Python"], conference_ids=["c2", "c1"], deadline=LATER, url="https://acme.example/1")
    opened, event = rules.announce(rules.publish(draft, NOW), ACME, [ADA])
    assert event == ListingPublished(
        listing_id="l1",
        version=1,
        organization_id="acme",
        organization="Acme",
        title="Plots in 3D",
        skills=["Python"],
        topics=[],
        mentor_person_ids=["p-ada"],
        conference_ids=["c1", "c2"],
        seats=2,
        deadline=LATER,
        url="https://acme.example/1",
        capacity=2,
    )
    assert (opened.status, opened.version) == ("published", 1)


def test_all_that_matching_needs_is_told() -> None:
    told = announced(listing(**ALL_OF_IT)).published
    assert told
    assert told.model_dump(mode="json") == ALL_OF_IT | {
        "listing_id": "l1",
        "version": 1,
        "organization_id": "acme",
        "organization": "Acme",
        "title": "Plots in 3D",
        "mentor_person_ids": [],
        "conference_ids": ["c1"],
        "seats": 2,
        "capacity": 2,
        "deadline": "2024-10-01T00:00:00Z",
        "approved": True,
        "idea_author_id": None,
        "author_only_until": None,
    }
    assert announced(listing()).published == ListingPublished.model_validate_json(
        '{"listing_id": "l1", "version": 1, "organization_id": "acme", "organization": "Acme", "title": "Plots in 3D",'
        ' "skills": [], "topics": [], "mentor_person_ids": [], "conference_ids": ["c1"], "seats": 2, "deadline": null,'
        ' "url": null, "capacity": 2}'
    )


def test_what_readers_know_is_not_told_again() -> None:
    told = announced(listing(conference_ids=[], **ALL_OF_IT))
    assert rules.announce(told, ACME, []) == (told, None)
    again = rules.revise(told, details(conference_ids=["c1"], **ALL_OF_IT), NOW)
    assert again != told
    assert rules.announce(again, ACME, [])[1] is None, "of the organization's conference they know already"


@pytest.mark.parametrize(
    "change",
    [
        lambda one: rules.revise(one, details(title="Other"), NOW),
        lambda one: rules.revise(one, details(capacity=3), NOW),
        lambda one: rules.revise(one, details(description="New."), NOW),
        lambda one: rules.revise(one, details(skills=["C"], requirements=[{"term": "C", "weight": 2}]), NOW),
        lambda one: rules.revise(one, details(research={"lab": "Optics"}), NOW),
        lambda one: rules.revise(one, details(disciplines=["law"]), NOW),
        lambda one: rules.revise(one, details(conditions={"remote": True}), NOW),
        lambda one: promise(one, 1),
    ],
)
def test_each_change_that_concerns_readers_is_told_as_the_next_version(change: Callable[[Listing], Listing]) -> None:
    changed, event = rules.announce(change(announced(listing())), ACME, [])
    assert isinstance(event, ListingPublished)
    assert (event.version, changed.version, event.seats) == (2, 2, changed.seats)


def test_an_organization_or_mentor_that_changes_is_told_with_its_listings() -> None:
    told = announced(listing())
    renamed = Organization("acme", 2, "Acme & Co", None, ["c1"])
    moved = Organization("acme", 2, "Acme", None, ["c1", "c3"])
    elsewhere = Organization("acme", 2, "Acme", "https://acme.example", ["c1"])
    assert rules.announce(told, renamed, [])[1]
    assert rules.announce(told, moved, [])[1]
    _, event = rules.announce(told, replace(ACME, approved=False), [])
    assert isinstance(event, ListingPublished)
    assert event.approved is False
    assert rules.announce(told, ACME, [ADA])[1]
    assert rules.announce(told, elsewhere, [])[1] is None


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (rules.close, "closed"),
        (lambda one: rules.expire(one, LATER), "expired"),
        (lambda one: promise(one, 2), "filled"),
    ],
)
def test_an_end_is_told_once_with_its_reason(end: Callable[[Listing], Listing], reason: str) -> None:
    ended, event = rules.announce(end(announced(listing(deadline=LATER))), None, [])
    assert event == ListingWithdrawn.model_validate({"listing_id": "l1", "version": 2, "reason": reason, "capacity": 2})
    assert rules.announce(ended, None, []) == (ended, None)
    if reason == "filled":
        closed, event = rules.announce(rules.close(ended), None, [])
        assert isinstance(event, ListingWithdrawn)
        assert event.reason == "closed", "its applications end with it, which they do not as long as it is only filled"
        assert rules.announce(closed, None, []) == (closed, None)


@pytest.mark.parametrize("status", ["filled", "closed", "expired"])
def test_the_capacity_of_a_listing_that_is_not_open_is_told_once_for_each_change(status: Status) -> None:
    ended, event = rules.announce(listing(status, 2, capacity=3), None, [])
    assert isinstance(event, ListingWithdrawn)
    assert event.capacity == 3, "an earlier release did not tell it"
    raised, event = rules.announce(replace(ended, details=details(capacity=4)), None, [])
    assert event == ListingWithdrawn.model_validate({"listing_id": "l1", "version": 2, "reason": status, "capacity": 4})
    assert rules.announce(raised, None, []) == (raised, None)


def some_change(one: Listing, now: datetime, chance: random.Random) -> Listing:
    deadline = now + timedelta(hours=chance.randint(-1, 20))
    match chance.randrange(7):
        case 0:
            return rules.publish(one, now, deadline)
        case 1:
            return rules.revise(one, details(capacity=chance.randint(1, 3), deadline=deadline), now)
        case 2:
            return rules.close(one)
        case 3:
            return rules.expire(one, now)
        case 4:
            placed, moved = max(0, one.promised.placed - 1), chance.randint(-1, 1)
        case _:
            placed, moved = min(4, one.promised.placed + 1), one.promised.moved
    return one if one.status == "draft" else promise(one, placed, chance.randint(0, 2), moved, now)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_versions_have_no_gap_and_readers_have_exactly_what_is_open(seed: int) -> None:
    chance = random.Random(seed)
    one, now, events = listing("draft", capacity=2), NOW, []
    for _ in range(300):
        now += timedelta(hours=1)
        try:
            one = some_change(one, now, chance)
        except (Conflict, Invalid):
            continue
        one, event = rules.announce(one, ACME, [])
        if event:
            events.append(event)
        assert one.seats >= 0
        assert one.status not in ("published", "filled") or (one.seats == 0) == (one.status == "filled")
        known = events[-1] if events else None
        assert (known.seats if isinstance(known, ListingPublished) else 0) == (one.seats if one.status == "published" else 0)
    assert [event.version for event in events] == list(range(1, len(events) + 1))
    assert {type(event) for event in events} == {ListingPublished, ListingWithdrawn}
