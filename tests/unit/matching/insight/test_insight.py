"""Insight: what is counted, of whom, and what is not told."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from matching.insight.domain.figures import MOST_ROWS, Count, Insight, share, shown
from matching.insight.domain.report import insights
from matching.insight.domain.tallies import CountedPerson, Tallies
from matching.model.candidates import Attended
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
ARRAYS, KAFKA = Attended("pyconf", "arrays"), Attended("pyconf", "kafka")
PYCONF = Conference(
    "pyconf", 1, "PyConf", [Session("arrays", "Arrays that fly", ["numpy"]), Session("kafka", "Kafka", ["kafka"])]
)
GEO = Conference("geo", 1, "Geo Days", [])


def listing(id: str, *skills: str, host: str = "acme", **fields: object) -> Listing:
    known = {
        "title": id,
        "organization": host.title(),
        "organization_id": host,
        "requested_terms": {key: RequestedTerm("skill", key) for key in skills},
    }
    return Listing(id, 1, **{"open": True} | known | fields)  # type: ignore[arg-type]


def count(
    listings: Iterable[Listing], people: Iterable[CountedPerson], taken: dict[str, int] | None = None
) -> dict[str | None, Insight]:
    tallies = Tallies(listings, [PYCONF, GEO], taken or {}, NOW)
    for person in people:
        tallies.add(person)
    return {insight.conference_id: insight for insight in insights(tallies)}


def times(number: int, person: CountedPerson) -> list[CountedPerson]:
    return [person] * number


@pytest.mark.parametrize(("people", "told"), [(0, 0), (1, "<3"), (2, "<3"), (3, 3), (1000, 1000)])
def test_one_or_two_people_are_not_told_apart(people: int, told: Count) -> None:
    assert shown(people) == told


def test_the_share_of_one_or_two_people_is_the_most_that_it_may_be() -> None:
    assert share("<3", 100) == 0.02
    assert share(5, 10) == 0.5
    assert share(0, 0) == share("<3", 0) == 0
    assert share("<3", "<3") == 1


def test_skills_are_ranked_by_how_much_more_they_are_asked_for_than_held() -> None:
    listings = [listing("l1", "kafka", "numpy"), listing("l2", "kafka"), listing("l3", "numpy", "sql"), listing("l4", "numpy")]
    people = [
        *times(6, CountedPerson(["pyconf"], interests={"numpy": []})),
        *times(4, CountedPerson(["pyconf"], interests={"sql": []})),
    ]
    skills = count(listings, people)["pyconf"].skills
    assert [(one.name, one.listings, one.attendees, round(one.gap, 2)) for one in skills] == [
        ("kafka", 2, 0, 0.5),
        ("numpy", 3, 6, 0.15),
        ("sql", 1, 4, -0.15),
    ]


def test_who_heard_about_a_skill_in_a_session_has_it_and_topics_are_no_skills() -> None:
    weather = listing("l1", "numpy")
    weather.requested_terms["weather"] = RequestedTerm("topic", "weather")
    people = [
        *times(2, CountedPerson(["pyconf"], sessions=[ARRAYS])),
        CountedPerson(["pyconf"], interests={"numpy": [ARRAYS], "weather": []}),
    ]
    insight = count([weather], people)["pyconf"]
    assert [(one.name, one.attendees) for one in insight.skills] == [("numpy", 3)]
    assert insight.totals.skills == 1


def test_a_skill_that_somebody_took_out_of_their_matching_is_not_theirs() -> None:
    without = CountedPerson(["pyconf"], sessions=[ARRAYS, KAFKA], excluded={"numpy"}, matches=["l1"])
    people = [*times(3, CountedPerson(["pyconf"], sessions=[ARRAYS], matches=["l1"])), *times(4, without)]
    insight = count([listing("l1", "numpy", "kafka")], people)["pyconf"]
    assert {one.name: one.attendees for one in insight.skills} == {"numpy": 3, "kafka": 4}
    sessions = {one.title: (one.attended, one.matched) for one in insight.sessions}
    assert sessions == {"Arrays that fly": (7, 3), "Kafka": (4, 4)}, "they were there, but it led to no match of theirs"


def test_a_skill_is_named_as_most_hosts_write_it() -> None:
    listings = [listing(f"l{number}", host=f"h{number}") for number in range(3)]
    for one, name in zip(listings, ("k8s", "Kubernetes", "Kubernetes"), strict=True):
        one.requested_terms = {"kubernetes": RequestedTerm("skill", name)}
    assert [one.name for one in count(listings, [])[None].skills] == ["Kubernetes"]


def test_every_session_about_what_is_asked_for_led_to_the_match_even_of_a_closed_listing() -> None:
    closed = listing("l2", "kafka", open=False)
    both = CountedPerson(
        ["pyconf"], interests={"numpy": [], "other": [KAFKA]}, sessions=[ARRAYS, KAFKA], matches=["l1"], placed=["l2"]
    )
    people = [*times(3, both), *times(4, CountedPerson(["pyconf"], sessions=[ARRAYS]))]
    first, second = count([listing("l1", "numpy", "kafka"), closed], people, {"l2": 3})["pyconf"].sessions
    assert (first.title, first.attended, first.matched, first.placed) == ("Kafka", 3, 3, 3)
    assert (second.title, second.attended, second.matched, second.placed) == ("Arrays that fly", 7, 3, 0)


def test_a_session_that_is_no_longer_in_the_schedule_or_of_another_conference_is_not_shown() -> None:
    gone = Attended("pyconf", "gone")
    person = CountedPerson(["pyconf", "geo"], interests={"numpy": [gone, ARRAYS]}, matches=["l1"])
    found = count([listing("l1", "numpy")], times(3, person))
    assert [one.session_id for one in found["pyconf"].sessions] == ["arrays"]
    assert found["geo"].sessions == []
    assert [one.conference for one in found[None].sessions] == ["PyConf"]


def test_disciplines_crossed_are_those_of_people_and_of_what_is_recommended_to_them() -> None:
    listings = [listing("l1", disciplines=["ict", "biology"]), listing("l2", disciplines=["ict"]), listing("l3")]
    people = [
        *times(3, CountedPerson(["pyconf"], "ict", matches=["l1", "l2"], placed=["l2"])),
        *times(4, CountedPerson(["pyconf"], "arts", matches=["l2"])),
        *times(2, CountedPerson(["pyconf"], "arts", matches=["l1"])),
        *times(5, CountedPerson(["pyconf"], "arts", matches=["l3"])),  # which names no discipline
        *times(6, CountedPerson(["pyconf"], matches=["l1"])),  # who name none
    ]
    insight = count(listings, people)["pyconf"]
    assert [(one.attendees, one.listings, one.matched, one.placed) for one in insight.crossings] == [
        ("arts", "biology", "<3", 0),
        ("arts", "ict", 6, 0),
        ("ict", "biology", 3, 0),
        ("ict", "ict", 3, 3),
    ]
    assert (insight.totals.comparable, insight.totals.crossing) == (9, 6)


def test_a_host_is_followed_from_listings_to_placements_each_person_once() -> None:
    listings = [
        listing("l1", seats=2),
        listing("l2", seats=4),
        listing("l3", open=False),  # filled: its three seats are taken
        listing("l4", seats=9, approved=False),
        listing("l5", host="other", deadline=NOW - timedelta(days=1)),
    ]
    people = [
        *times(3, CountedPerson(["pyconf"], matches=["l1", "l2"], ranked=["l1", "l2", "l3"], placed=["l3"])),
        *times(4, CountedPerson(["pyconf"], matches=["l2"])),
    ]
    insight = count(listings, people, {"l3": 3})["pyconf"]
    (host,) = insight.hosts
    assert host.model_dump() == {
        "organization_id": "acme", "name": "Acme", "listings": 3, "seats": 9, "recommended": 7, "applied": 0, "ranked": 3, "placed": 3,
        "answers": {"answered": 0, "unanswered": 0, "rate": None},
    }  # fmt: skip
    assert (insight.totals.listings, insight.totals.seats, insight.totals.hosts) == (3, 9, 1)
    assert (insight.totals.matched, insight.totals.ranked, insight.totals.placed) == (7, 3, 3)


def test_a_conference_counts_its_own_people_and_the_listings_that_they_may_get() -> None:
    listings = [listing("l1", "numpy"), listing("l2", "sql", host="geologists", conference_ids=["geo"])]
    people = [*times(3, CountedPerson(["pyconf"], matches=["l2"])), *times(4, CountedPerson(["pyconf", "geo", "unknown"]))]
    found = count(listings, people)
    assert {id: insight.totals.attendees for id, insight in found.items()} == {None: 7, "pyconf": 7, "geo": 4}
    assert {id: insight.totals.listings for id, insight in found.items()} == {None: 2, "pyconf": 1, "geo": 2}
    hosts = [(one.name, one.listings, one.recommended) for one in found["pyconf"].hosts]
    assert hosts == [("Geologists", 0, 3), ("Acme", 1, 0)]
    assert [(one.name, one.attendees, one.matched) for one in found[None].conferences] == [("PyConf", 7, 3), ("Geo Days", 4, 0)]


def test_who_withdrew_consent_and_what_was_erased_do_not_count() -> None:
    insight = count(
        [Listing("l1", 2, open=False)],
        [*times(5, CountedPerson()), *times(3, CountedPerson(["pyconf"], matches=["l1"]))],
        {"l1": 1},
    )[None]
    assert insight.totals.attendees == 3
    assert insight.totals.matched == insight.totals.listings == 0
    assert insight.hosts == []


def test_the_order_does_not_tell_one_from_two() -> None:
    listings = [listing("l1", host="beta"), listing("l2", host="alpha")]
    people = [*times(2, CountedPerson(["pyconf"], matches=["l1"])), CountedPerson(["pyconf"], matches=["l2"])]
    assert [(one.name, one.recommended) for one in count(listings, people)[None].hosts] == [("Alpha", "<3"), ("Beta", "<3")]


def test_rankings_are_cut_and_the_totals_say_at_how_many() -> None:
    keys = [f"k{number}" for number in range(MOST_ROWS + 5)]
    listings = [listing(key, key, host=key) for key in keys]
    sessions = [Attended("big", key) for key in keys]
    big = Conference("big", 1, "Big", [Session(key, key, [key]) for key in keys])
    tallies = Tallies(listings, [big], {}, NOW)
    for person in times(3, CountedPerson(["big"], sessions=sessions, matches=keys)):
        tallies.add(person)
    for insight in insights(tallies):
        totals = insight.totals
        assert (totals.skills, totals.sessions, totals.hosts) == (len(keys), len(keys), len(keys))
        assert [len(rows) for rows in (insight.skills, insight.sessions, insight.hosts)] == [MOST_ROWS] * 3


def test_nothing_at_all_is_counted_as_nothing() -> None:
    for insight in count([], []).values():
        assert insight.totals.attendees == insight.totals.listings == 0
        assert [insight.skills, insight.sessions, insight.crossings, insight.hosts] == [[], [], [], []]


@pytest.mark.parametrize("attendees", [1, 2])
def test_of_a_conference_that_one_or_two_attended_there_are_no_rankings(attendees: int) -> None:
    one = CountedPerson(["pyconf"], "law", {"numpy": []}, [ARRAYS], matches=["l1"], ranked=["l1"], placed=["l1"])
    listings = [listing("l1", "numpy", disciplines=["ict"])]
    found = count(listings, [*times(attendees, one), *times(3, CountedPerson(["geo"]))], {"l1": attendees})
    insight = found["pyconf"]
    assert [insight.skills, insight.sessions, insight.crossings, insight.hosts] == [[], [], [], []]
    assert insight.totals.model_dump() == {
        "attendees": "<3", "matched": "<3", "ranked": "<3", "placed": "<3", "hosts": 1, "listings": 1, "seats": 1 + attendees,
        "skills": 1, "sessions": 0, "comparable": "<3", "crossing": "<3",
    }  # fmt: skip
    assert [found[None].sessions, found[None].crossings] == [[], []]
    together = count(listings, times(3, one), {"l1": 3})["pyconf"]
    assert [len(rows) for rows in (together.skills, together.sessions, together.crossings, together.hosts)] == [1, 1, 1, 1]


def test_of_a_session_or_a_field_of_one_or_two_there_is_no_row() -> None:
    listings = [listing("l1", "numpy", "kafka", disciplines=["ict"])]
    everybody = [
        *times(2, CountedPerson(["pyconf"], "law", sessions=[ARRAYS, KAFKA], matches=["l1"])),
        *times(3, CountedPerson(["pyconf"], "ict", sessions=[ARRAYS], matches=["l1"])),
    ]
    insight = count(listings, everybody)["pyconf"]
    assert [(one.session_id, one.matched) for one in insight.sessions] == [("arrays", 5)]
    assert [one.attendees for one in insight.crossings] == ["ict"]
    assert insight.totals.sessions == 1


def test_who_withdrew_consent_does_not_count_even_with_a_seat() -> None:
    insight = count([listing("l1")], [*times(3, CountedPerson(placed=["l1"])), *times(4, CountedPerson(["pyconf"]))], {"l1": 3})[
        None
    ]
    assert (insight.totals.attendees, insight.totals.placed, insight.totals.seats) == (4, 0, 4)
