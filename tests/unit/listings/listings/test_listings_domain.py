"""The rules of listings: when one is open, how many of its seats are taken, what readers are told."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listings.listings.domain import listing as rules
from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Promised, Status
from listings.organizations.domain import Mentor, Organization
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.refusals import Conflict, Invalid
from shared.validation import in_words

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
EARLIER = NOW - timedelta(days=1)
WEEK = timedelta(days=7)
ACME = Organization("acme", 1, "Acme", None, ["c1"])
ADA = Mentor("acme", "ada", "Ada", "ada@example.org", "p-ada")
ALL_OF_IT: dict[str, Any] = {
    "description": "One.\n\nTwo.",
    "skills": ["Python", "C"],
    "topics": ["plots"],
    "requirements": [{"term": "C", "level": 3, "weight": 2.5}, {"term": "Python", "level": None, "weight": 1}],
    "research": {"lab": "Optics", "interests": ["lenses"], "equipment": ["Laser"]},
    "disciplines": ["physical-sciences", "ict"],
    "crossing": True,
    "conditions": {
        "starts": "2024-10-01",
        "ends": "2024-12-31",
        "hours_per_week": 20,
        "country": "SE",
        "place": "Kiruna",
        "remote": True,
        "work_permission": True,
    },
    "url": "https://acme.example/1",
    "pay": {"amount": 1500.5, "currency": "EUR", "period": "month", "eligibility": "enrolled students only"},
    "answer_days": 14,
    "kind": "leadership",
    "opens_at": "2024-05-01T09:00:00Z",
}

PAID: dict[str, Any] = {"amount": 1500, "currency": "EUR", "period": "month"}


def details(**changes: Any) -> ListingDetails:
    return ListingDetails.model_validate({"organization_id": "acme", "title": "Plots in 3D", "capacity": 2} | changes)


def listing(status: Status = "published", placed: int = 0, offered: int = 0, moved: int = 0, **changes: Any) -> Listing:
    return Listing("l1", details(**changes), status, promised=Promised(1, placed, offered, moved))


def promise(one: Listing, placed: int, offered: int = 0, moved: int = 0, now: datetime = NOW) -> Listing:
    """The listing after matching promised that many of its seats."""
    return rules.keep_promises(one, Promised(one.promised.version + 1, placed, offered, moved), now)


def announced(one: Listing, organization: Organization = ACME) -> Listing:
    return rules.announce(one, organization, [])[0]


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


@pytest.mark.parametrize("status", ["draft", "closed", "expired", "published"])
def test_whatever_has_seats_and_time_left_can_be_published(status: Status) -> None:
    assert rules.publish(listing(status, 1, deadline=LATER), NOW).status == "published"


@pytest.mark.parametrize("status", ["draft", "closed", "expired"])
def test_a_deadline_that_has_passed_forbids_to_publish_unless_a_later_one_is_given(status: Status) -> None:
    over = listing(status, deadline=NOW)
    with pytest.raises(Conflict, match="has passed: it was open until 2024-07-08 12:00 UTC; give a later deadline"):
        rules.publish(over, NOW)
    with pytest.raises(Conflict, match="has passed"):
        rules.publish(over, NOW, EARLIER)
    assert rules.publish(over, NOW, LATER).details.deadline == LATER


def test_a_programme_does_not_close_before_nominations_open() -> None:
    programme = listing("expired", kind="leadership", deadline=LATER, opens_at=NOW)
    with pytest.raises(Invalid, match="deadline: must be after opens_at, 2024-07-08 12:00 UTC; choose a later one"):
        rules.publish(programme, EARLIER - timedelta(days=1), NOW)
    assert rules.publish(programme, EARLIER, LATER).details.opens_at == NOW


@pytest.mark.parametrize("status", ["closed", "expired", "filled"])
def test_without_a_seat_left_nothing_is_published(status: Status) -> None:
    with pytest.raises(Conflict, match="all 2 seats are taken"):
        rules.publish(listing(status, 2), NOW)


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_draft_or_published_listing_can_be_changed_and_keeps_its_status(status: Status) -> None:
    changed = rules.revise(listing(status), details(title="Other"), NOW)
    assert (changed.details.title, changed.status) == ("Other", status)


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_listing_that_has_ended_is_not_changed_but_the_same_again_is_no_change(status: Status) -> None:
    ended = listing(status)
    assert rules.revise(ended, details(), NOW) == ended
    with pytest.raises(Conflict, match=r"POST /listings/l1/publish"):
        rules.revise(ended, details(title="Other"), NOW)


@pytest.mark.parametrize(("offered", "moved", "over"), [(0, 0, 1), (2, 0, 3), (0, 1, 0), (0, -1, 2)])
def test_capacity_below_what_is_promised_is_shown_and_the_promises_hold(offered: int, moved: int, over: int) -> None:
    promised = listing("published", 2, offered, moved, capacity=4)
    lowered = rules.revise(promised, details(capacity=1), NOW)
    assert (lowered.status, lowered.over, lowered.seats) == ("filled", over, 0)
    assert lowered.promised == promised.promised
    assert rules.revise(lowered, promised.details, NOW) == promised


def test_capacity_lowered_to_the_seats_taken_fills_and_raised_opens_again() -> None:
    filled = rules.revise(listing("published", 2, capacity=3), details(capacity=2), NOW)
    assert filled.status == "filled"
    assert rules.revise(filled, details(capacity=3), NOW).status == "published"


def of_an_idea() -> Listing:
    """A listing that was Ada's idea, just published."""
    return announced(rules.publish(replace(listing("draft"), credited_to="ada", author_first=True), NOW, None, WEEK))


def test_after_its_first_publication_only_the_author_of_an_idea_may_apply_for_a_time() -> None:
    first = of_an_idea()
    assert isinstance(first.published, ListingPublished)
    assert (first.published.idea_author_id, first.published.author_only_until) == ("ada", NOW + WEEK)
    assert rules.publish(first, LATER, None, WEEK) == first, "it is not prolonged"
    assert announced(rules.publish(listing("draft"), NOW, None, WEEK)).author_only_until is None, "nobody's idea"
    without = rules.publish(replace(listing("draft"), credited_to="ada", author_first=True), NOW, None, timedelta())
    assert (without.author_only_until, without.author_first) == (None, False)


@pytest.mark.parametrize(
    ("end", "credited_to"),
    [
        (rules.open_to_all, "ada"),
        (lambda one: rules.credit(one, "ada-2"), "ada-2"),
        (lambda one: rules.credit(one, None), None),
        (rules.close, "ada"),
        (lambda one: promise(one, one.capacity), "ada"),
    ],
)
def test_the_time_for_the_author_alone_ends_early_and_for_good(
    end: Callable[[Listing], Listing], credited_to: str | None
) -> None:
    ended = announced(end(of_an_idea()))
    assert (ended.version, ended.author_only_until, ended.credited_to) == (2, None, credited_to)
    reopened = announced(rules.publish(replace(ended, promised=Promised()), NOW, None, WEEK))
    assert isinstance(reopened.published, ListingPublished)
    assert (reopened.published.author_only_until, reopened.published.idea_author_id) == (None, credited_to)


def test_whoever_is_merged_before_the_publication_has_the_first_application_under_the_new_id() -> None:
    draft = replace(listing("draft"), credited_to="ada", author_first=True)
    published = rules.publish(rules.credit(draft, "ada-2"), NOW, None, WEEK)
    assert (published.credited_to, published.author_only_until) == ("ada-2", NOW + WEEK)
    given_way = rules.publish(rules.open_to_all(draft), NOW, None, WEEK)
    assert (given_way.credited_to, given_way.author_only_until) == ("ada", None)


@pytest.mark.parametrize(("status", "capacity"), [("published", 2), ("filled", 3)])
def test_an_open_listing_is_not_changed_to_a_deadline_that_has_passed(status: Status, capacity: int) -> None:
    seated = listing(status, 2 if status == "filled" else 0)
    with pytest.raises(Invalid) as refusal:
        rules.revise(seated, details(capacity=capacity, deadline=EARLIER), NOW)
    assert refusal.value.field == "deadline"


def test_closing_is_for_what_was_opened_and_lasts_whatever_becomes_of_the_seats() -> None:
    with pytest.raises(Conflict, match="draft"):
        rules.close(listing("draft"))
    closed = rules.close(listing("filled", 2))
    assert closed.status == "closed"
    assert rules.close(closed) == closed
    assert promise(closed, 1).status == "closed"
    assert rules.close(listing("expired")).status == "expired"


def test_a_listing_expires_at_its_deadline_and_not_before() -> None:
    assert rules.expire(listing(deadline=LATER), NOW).status == "published"
    assert rules.expire(listing(deadline=NOW), NOW).status == "expired"
    assert rules.expire(listing(), NOW).status == "published"
    for status in ("draft", "closed", "filled"):
        assert rules.expire(listing(status, deadline=EARLIER), NOW).status == status


def test_what_was_promised_before_changes_nothing_however_often_it_comes() -> None:
    taken = promise(listing(), 1)
    assert taken.seats == 1
    for version in (taken.promised.version, taken.promised.version - 1):
        assert rules.keep_promises(taken, Promised(version, 2), NOW) == taken


def test_the_last_seat_fills_and_one_that_is_free_again_opens() -> None:
    filled = promise(listing("published", 1), 2)
    assert filled.status == "filled"
    reopened = promise(filled, 1)
    assert (reopened.status, reopened.seats) == ("published", 1)


def test_a_seat_that_is_free_after_the_deadline_opens_nothing() -> None:
    assert promise(listing("filled", 2, deadline=NOW), 1).status == "expired"


def test_offers_hold_seats_and_fill_nothing() -> None:
    offered = promise(listing(), 1, offered=1)
    assert (offered.status, offered.seats, offered.over) == ("published", 1, 0)


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_listing_that_has_ended_still_gives_seats_and_stays_ended(status: Status) -> None:
    for placed, seats in ((2, 0), (3, 0), (1, 1)):
        promised = promise(listing(status, 1), placed)
        assert (promised.status, promised.seats) == (status, seats)


def test_a_seat_that_moves_fills_the_listing_that_it_leaves_and_opens_the_one_that_gets_it() -> None:
    assert promise(listing(capacity=1), 0, moved=-1).status == "filled"
    got = promise(listing("filled", 1, capacity=1), 1, moved=1)
    assert (got.status, got.seats, got.capacity) == ("published", 1, 2)
    assert promise(got, 2, moved=1).status == "filled"


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_full_listing_that_has_ended_can_be_given_more_seats_and_opened_again(status: Status) -> None:
    full = listing(status, 1, capacity=1)
    with pytest.raises(Conflict, match=r"raise its capacity \(PUT /listings/l1\), or wait until one is free"):
        rules.publish(full, NOW)
    mended = rules.revise(full, details(capacity=2), NOW)
    assert (mended.status, mended.seats) == (status, 1)
    assert rules.publish(mended, NOW).status == "published"
    for other in ({"capacity": 2, "title": "Other"}, {"capacity": 1, "title": "Other"}):
        with pytest.raises(Conflict, match="until then only its capacity can be raised"):
            rules.revise(full, details(**other), NOW)


def test_capacity_of_a_listing_that_has_ended_is_not_lowered() -> None:
    with pytest.raises(Conflict, match="only its capacity can be raised"):
        rules.revise(rules.close(listing(capacity=3)), details(capacity=2), NOW)


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


def test_the_kind_of_a_listing_can_be_changed_until_it_is_published() -> None:
    assert rules.revise(listing("draft"), details(kind="leadership"), NOW).details.kind == "leadership"
    for published in (announced(listing()), rules.announce(rules.close(announced(listing())), None, [])[0]):
        with pytest.raises(Invalid, match="was published as 'internship'; make another listing") as refusal:
            rules.revise(published, details(kind="leadership"), NOW)
        assert refusal.value.field == "kind"


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


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "two\nlines"},
        {"title": ""},
        {"description": "a\x00b"},
        {"description": "a\x1b[31mred"},
        {"description": "a\x85b"},
        {"description": "x" * 10_001},
        {"capacity": 0},
        {"organization_id": "$ne"},
        {"organization_id": {"$ne": ""}},
        {"mentor_ids": ["a/b"]},
        {"skills": [{"$gt": ""}]},
        {"deadline": "2030-01-01T00:00:00"},
        {"url": "javascript:alert(1)"},
        {"$set": {"status": "published"}},
        {"skills": [f"s{n}" for n in range(500)]},
        {"skills": ["s" * 10_000]},
        {"research": {"equipment": ["two\nlines"]}},
        {"research": {"supervisor": "ada"}},
        {"crossing": "yes"},
        {"conditions": {"starts": 20240701}},
        {"conditions": {"remote": 1}},
        {"pay": {}},
        {"pay": {"amount": True}},
        {"pay": {"amount": "1500", "currency": "EUR", "period": "month"}},
        {"pay": {"amount": 5, "currency": "EUR", "period": "month", "eligibility": "two\nlines"}},
        {"pay": {"amount": 5, "currency": "EUR", "period": "month", "bonus": 1}},
        {"pay": 1500},
        {"answer_days": "14"},
        {"answer_days": 14.5},
        {"answer_days": True},
        {"capacity": True},
        {"capacity": "2"},
    ],
)
def test_an_offer_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        details(**changes)


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"requirements": [{"term": "C", "weight": float("nan")}]}, ("requirements", 0, "weight"), "finite number"),
        ({"requirements": [{"term": "C", "weight": float("inf")}]}, ("requirements", 0, "weight"), "finite number"),
        ({"requirements": [{"term": "C", "weight": 0}]}, ("requirements", 0, "weight"), "greater than 0"),
        ({"requirements": [{"term": "C", "weight": 11}]}, ("requirements", 0, "weight"), "at most 10"),
        ({"requirements": [{"term": "C", "level": 0}]}, ("requirements", 0, "level"), "at least 1"),
        ({"requirements": [{"term": "c"}]}, ("requirements",), "'c' is not one of the skills; name it there too"),
        ({"requirements": [{"term": "C"}, {"term": "C", "level": 1}]}, ("requirements",), "'C' occurs more than once"),
        ({"disciplines": ["astrology"]}, ("disciplines", 0), "one of 'education', 'arts'"),
        ({"crossing": True}, ("crossing",), "needs `disciplines`"),
        ({"conditions": {"starts": "2024-10-01", "ends": "2024-09-30"}}, ("conditions",), "is before starts, 2024-10-01"),
        ({"conditions": {"work_permission": True}}, ("conditions",), "country: say in which one"),
        ({"conditions": {"country": "Sweden"}}, ("conditions", "country"), "a country's two letters"),
        ({"conditions": {"hours_per_week": 100}}, ("conditions", "hours_per_week"), "at most 80"),
        ({"pay": PAID | {"amount": -1}}, ("pay", "amount"), "at least 0"),
        ({"pay": PAID | {"amount": 2e9}}, ("pay", "amount"), "at most 1"),
        ({"pay": PAID | {"amount": float("nan")}}, ("pay", "amount"), "finite number"),
        ({"pay": PAID | {"amount": 0.001}}, ("pay", "amount"), "at most two decimals"),
        ({"pay": PAID | {"currency": "euro"}}, ("pay", "currency"), "a currency's three letters"),
        ({"pay": PAID | {"currency": None}}, ("pay",), "currency: is missing; only an amount of 0, unpaid, has none"),
        ({"pay": PAID | {"period": "day"}}, ("pay", "period"), "one of 'hour', 'week', 'month' or 'once'"),
        ({"pay": {"amount": 1500, "currency": "EUR"}}, ("pay",), "period: is missing"),
        ({"pay": {"amount": 0, "currency": "EUR"}}, ("pay",), "currency: leave it out; an amount of 0 says"),
        ({"pay": {"amount": 0, "period": "once"}}, ("pay",), "period: leave it out"),
        ({"pay": {"amount": 0, "eligibility": "nobody"}}, ("pay",), "eligibility: leave it out"),
        ({"answer_days": 0}, ("answer_days",), "at least 1"),
        ({"answer_days": 91}, ("answer_days",), "at most 90"),
        ({"kind": "job"}, ("kind",), "one of 'internship' or 'leadership'"),
        ({"opens_at": "2029-01-01T00:00:00Z"}, ("opens_at",), "leave it out: only a leadership programme"),
        (
            {"kind": "leadership", "opens_at": "2029-01-02T00:00:00Z", "deadline": "2029-01-02T00:00:00Z"},
            ("opens_at",),
            "must be before the deadline",
        ),
        ({"kind": "leadership", "opens_at": "2029-01-02T00:00:00"}, ("opens_at",), "a time with its offset"),
    ],
)
def test_what_is_wrong_with_an_offer_is_said_with_its_place(
    changes: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        details(**({"skills": ["C"]} | changes))
    (error,) = refusal.value.errors()
    assert error["loc"] == place
    assert said in in_words(dict(error))


def test_skills_that_are_wrong_are_all_that_is_said_to_be() -> None:
    with pytest.raises(ValidationError) as refusal:
        details(skills=[""], requirements=[{"term": "C"}])
    assert [error["loc"] for error in refusal.value.errors()] == [("skills", 0)]


def test_a_description_has_line_breaks_and_each_id_and_term_counts_once() -> None:
    one = details(description="One.\r\n\r\nTwo.", mentor_ids=["b", "a", "b"], skills=["C", "C"])
    assert one.description == "One.\n\nTwo."
    assert (one.mentor_ids, one.skills) == (["b", "a"], ["C"])


@pytest.mark.parametrize(
    ("deadline", "starts", "ends", "closes"),
    [
        (None, None, None, None),
        ("2024-07-20T12:00:00Z", None, None, "2024-07-20T12:00:00Z"),
        (None, "2024-10-01", None, "2024-10-01T00:00:00Z"),
        (None, "2024-10-01", "2024-12-31", "2024-10-01T00:00:00Z"),
        (None, None, "2024-12-31", "2025-01-01T00:00:00Z"),
        ("2024-09-15T12:00:00Z", "2024-10-01", "2024-12-31", "2024-09-15T12:00:00Z"),
        ("2024-10-15T12:00:00Z", "2024-10-01", "2024-12-31", "2024-10-15T12:00:00Z"),
        ("2025-02-01T12:00:00Z", "2024-10-01", "2024-12-31", "2025-01-01T00:00:00Z"),
    ],
)
def test_a_listing_closes_at_its_deadline_or_first_day_and_never_after_its_last(
    deadline: str | None, starts: str | None, ends: str | None, closes: str | None
) -> None:
    one = listing("draft", deadline=deadline, conditions={"starts": starts, "ends": ends})
    expected = datetime.fromisoformat(closes) if closes else None
    assert one.details.closes_at == expected
    opened, event = rules.announce(rules.publish(one, NOW), ACME, [])
    assert isinstance(event, ListingPublished)
    assert event.deadline == expected
    if expected:
        assert rules.expire(opened, expected - timedelta(milliseconds=1)) == opened
        assert rules.expire(opened, expected).status == "expired"


def test_an_internship_that_has_begun_opens_only_with_a_later_deadline() -> None:
    begun = listing("draft", conditions={"starts": "2024-07-01", "ends": "2024-09-30"})
    with pytest.raises(Conflict, match="open until 2024-07-01 00:00 UTC; give a later deadline"):
        rules.publish(begun, NOW)
    assert rules.publish(begun, NOW, LATER).status == "published"
    with pytest.raises(Invalid, match="later days") as refused:
        rules.revise(listing(), details(conditions={"starts": "2024-07-01"}), NOW)
    assert refused.value.field == "conditions"
