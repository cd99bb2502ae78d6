"""What the profile of an attendee holds: what they attended and declared, within bounds, the newest and surest first."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from registration.attendees.domain.attendance import Attendee
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import Person, ProfileEvidence
from registration.attendees.domain.profiles import MAX_SESSIONS_PER_INTEREST
from registration.conferences.domain import Conference
from registration.people.api.profiles import ProfileSpec
from shared.contract.envelope import MAX_EVENT_BYTES
from shared.contract.events.registration import (
    MOST_CONFERENCES,
    MOST_ENCOUNTERS,
    MOST_EXCLUDED_SKILLS,
    MOST_INTERESTS,
    MOST_SESSIONS,
    AttendeeProfiled,
    Availability,
    Session,
)
from support.attendee_changes import START, conference, fact, profile, record, take_back


def test_a_profile_is_bounded_and_keeps_the_surest_interests() -> None:
    conferences = conference(sessions=400, terms=3)
    attendance = frozenset(
        [("session_attended", "c1", f"s{n}") for n in range(400)]
        + [("person_met", "c1", f"p{n}") for n in range(2 * MOST_ENCOUNTERS)]
    )
    made = profile("a", 1, ProfileEvidence(attendance, (("declared", None),)), conferences)
    assert (len(made.interests), len(made.met)) == (MOST_INTERESTS, MOST_ENCOUNTERS)
    assert [interest.term for interest in made.interests[:2]] == ["declared", "common"]
    assert len(made.interests[1].evidence) == MAX_SESSIONS_PER_INTEREST


def test_the_worst_profile_is_an_event_that_can_be_read() -> None:
    def id(*parts: object) -> str:
        return ":".join(map(str, parts)).ljust(128, "x")

    wide = "\U0001f52d"  # four bytes
    terms = [f"{t}".ljust(100, wide) for t in range(150)]
    conferences = {}
    for c in range(310):
        sessions = [
            Session.model_construct(id=id(c, s), title=wide * 290 + f"{c}.{s}", skills=terms, topics=terms) for s in range(2)
        ]
        conferences[id(c)] = Conference(id(c), 1, "C", date(2024, 7, 8), date(2024, 7, 9), {one.id: one for one in sessions})
    attendance = {("session_attended", id(c), id(c, s)) for c in range(310) for s in range(2)}
    attendance |= {("person_met", id(c), id("met", m)) for c in range(310) for m in range(5)}
    countries = [f"{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(250)]
    times = {"starts": "2024-10-01", "ends": "2025-03-31", "hours_per_week": 40, "remote": True}
    evidence = ProfileEvidence(
        frozenset(attendance),
        tuple((term, 5) for term in terms),
        True,
        tuple(terms[:50]),
        "occupational-health",
        times | {"countries": countries, "work_permission": countries},
        excluded=tuple(f"{t}".rjust(100, wide) for t in range(MOST_EXCLUDED_SKILLS)),
    )
    for everything in (evidence, evidence._replace(skills=(), topics=())):
        made = profile(id("a"), 10**9, everything, conferences)
        body = made.model_dump_json().encode()
        assert 0.9 * MAX_EVENT_BYTES < len(body) < MAX_EVENT_BYTES
        assert AttendeeProfiled.model_validate_json(body) == made
        # Each interest keeps some of its evidence.
        assert {len(interest.evidence) for interest in made.interests} == {1}
    assert (len(made.conference_ids), len(made.sessions), len(made.met)) == (MOST_CONFERENCES, MOST_SESSIONS, MOST_ENCOUNTERS)


def test_all_that_can_be_declared_is_in_the_profile() -> None:
    for name, most in (("skills", 200), ("research_interests", 25), ("equipment", 25)):
        terms: list[object] = [f"{n}" if most == 25 else {"term": f"{n}"} for n in range(most + 1)]
        ProfileSpec.model_validate({name: terms[:-1]})
        with pytest.raises(ValidationError, match=f"at most {most} "):
            ProfileSpec.model_validate({name: terms})
    conferences = conference(sessions=400, terms=3)
    attendance = frozenset(("session_attended", "c1", f"s{n}") for n in range(400))
    skills = tuple((f"skill {n}", None) for n in range(200))
    made = profile("a", 1, ProfileEvidence(attendance, skills, topics=tuple(f"topic {n}" for n in range(50))), conferences)
    assert all(interest.declared for interest in made.interests)
    assert len(made.interests) == 250


def test_sessions_attended_are_told_whether_they_teach_anything_or_are_known_and_the_newest_stay() -> None:
    plain = [Session(id="opening", title="Opening")]
    old = Conference("a-old", 1, "C", date(2020, 7, 8), date(2020, 7, 9), {f"s{n}": plain[0] for n in range(MOST_SESSIONS)})
    new = Conference("b-new", 1, "C", date(2024, 7, 8), date(2024, 7, 9), {one.id: one for one in plain})
    attendance = {("session_attended", "a-old", f"s{n:03}") for n in range(MOST_SESSIONS)}
    attendance |= {("session_attended", "b-new", "opening"), ("session_attended", "b-new", "gone"), ("checked_in", "b-new", "")}
    unknown = {("session_attended", "a-unknown", "x")}
    made = profile("a", 1, ProfileEvidence(frozenset(attendance | unknown)), {"a-old": old, "b-new": new})
    told = [(one.conference_id, one.session_id) for one in made.sessions]
    assert told[:3] == [("b-new", "gone"), ("b-new", "opening"), ("a-old", "s000")]
    assert len(told) == MOST_SESSIONS
    few = profile("a", 1, ProfileEvidence(frozenset(unknown)), {})
    assert [(one.conference_id, one.session_id) for one in few.sessions] == [("a-unknown", "x")]


def test_that_somebody_left_takes_no_attendance_away_and_is_none_by_itself() -> None:
    changes = record(
        AttendeeChanges({}, {}), fact(1, "a", "session_attended", "s0"), fact(2, "a", "left", "s0"), fact(3, "a", "left")
    )
    assert changes.attendees["a"].attendance == {("session_attended", "c1", "s0"): 1}
    assert changes.attendees["a"].facts == 3


def test_what_the_person_said_stands_against_every_event_and_a_level_stays_while_its_skill_is_named() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "checked_in", skills=["Go"]))
    attendee, person = changes.change("a"), changes.person("a")
    assert person.skills() == [("Go", None)]
    attendee.declare({"skills": ["Python", "Go"], "levels": [["Python", 4], ["Go", 1]], "mail": False}, START, "me")
    record(changes, fact(9, "a", "session_attended", "s0", skills=["COBOL"]))
    assert person.skills() == [("Python", 4), ("Go", 1)]
    assert not person.agrees("mail"), "an event of a later time agrees for nobody who said no"
    take_back(changes, 10, "f1")
    assert person.skills() == [("Python", 4), ("Go", 1)]


def test_an_excluded_skill_is_left_out_whatever_it_comes_from_until_it_is_named_again() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "session_attended", "s0", skills=["k0.0"], matching=True))
    attendee, person = changes.change("a"), changes.person("a")
    attendee.placements = {"p1": (("K0.0", 4),)}

    def published() -> dict[tuple[str, str], bool]:
        made = profile("a", 1, person.evidence(attendee), conference(sessions=1, terms=1))
        return {(interest.kind, interest.term): interest.declared for interest in made.interests}

    assert published() == {("skill", "k0.0"): True, ("topic", "common"): False}
    attendee.declare({"excluded_skills": ["K0.0", "Common"]}, START, "me")
    record(changes, fact(9, "a", "session_attended", "s0", skills=["k0.0"]))
    assert published() == {}, "no event overrides it"
    assert (person.skills(), person.named_skills()) == ([], [("k0.0", None)])
    attendee.declare({"research_interests": ["Common"]}, START, "me")
    assert published() == {("topic", "Common"): True}, "a topic of their own stays"
    other = Attendee("b", "b@example.org")
    other.declare({"skills": ["k0.0"], "matching": True, "excluded_skills": ["SQL"]}, START, "me")
    assert Person((attendee, other)).excluded_skills() == ["K0.0", "Common", "SQL"], "merged, all that either excluded"
    attendee.declare({"skills": ["K0.0"]}, START, "me")
    assert attendee.own_details["excluded_skills"].value == ["Common"]
    assert published()["skill", "K0.0"]
    with pytest.raises(ValidationError, match="is in skills, too"):
        ProfileSpec.model_validate({"skills": [{"term": "Go"}], "excluded_skills": ["go"]})


def test_what_somebody_attended_is_bounded_and_the_newest_conferences_stay_in_whatever_order_it_arrives() -> None:
    began = {f"c{n:02}": date(2000 + n, 1, 1).toordinal() for n in range(20)}
    facts = [fact(n, "a", "person_met", f"m{n % 600}") for n in range(12_000)]
    facts = [replace(one, conference_id=f"c{n // 600:02}") for n, one in enumerate(facts)]
    kept = []
    for order in (facts, facts[::-1]):
        attendee = Attendee("a", None)
        for number, one in enumerate(order):
            attendee.add(one)
            if number % 100 == 99 and attendee.exceeds_limits():
                attendee.keep_newest(began.__getitem__)
        assert len(attendee.attendance) == MOST_ENCOUNTERS
        assert attendee.cut
        kept.append(set(attendee.attendance))
    assert kept[0] == kept[1]
    assert {conference for _, conference, _ in kept[0]} == {"c19", "c18"}


def test_what_goes_from_an_attendance_that_was_cut_is_added_up_anew() -> None:
    attendee = Attendee("a", None)
    for number in range(MOST_ENCOUNTERS + 1):
        attendee.add(fact(number, "a", "person_met", f"m{number:04}", consent=None))
    assert attendee.exceeds_limits()
    attendee.keep_newest(lambda _: 0)
    assert attendee.remove(fact(0, "a", "person_met", "m0000", consent=None)), "another one has its place now"
    whole = Attendee("b", None)
    whole.add(fact(1, "b", "checked_in", consent=None))
    assert not whole.remove(fact(1, "b", "checked_in", consent=None))


def test_what_is_declared_is_published_and_of_merged_persons_the_latest_word_on_each_thing() -> None:
    attendees = record(AttendeeChanges({}, {}), fact(1, "a", "checked_in"), fact(2, "b", "checked_in")).attendees
    attendees["a"].declare({"discipline": "ict", "equipment": ["Microscope"]}, START, "a")
    times = {"hours_per_week": 20, "starts": "2024-10-01"}
    attendees["b"].declare({"discipline": "law", "research_interests": ["privacy", "Law"], "availability": times}, START, "b")
    evidence = AttendeeChanges({}, attendees, groups={"a": ("a", "b"), "b": ("a", "b")}).person("a").evidence(attendees["a"])
    made = profile("a", 1, evidence, {})
    assert [(one.kind, one.term, one.declared, one.level) for one in made.interests] == [
        ("topic", "privacy", True, None),
        ("topic", "Law", True, None),
        ("topic", "Microscope", True, None),
    ]
    assert made.discipline == "law"
    assert made.availability == Availability(hours_per_week=20, starts=date(2024, 10, 1))
    # Taken back, it is not known any more.
    attendees["a"].declare({"discipline": None, "equipment": [], "availability": None}, START + timedelta(1), "a")
    evidence = AttendeeChanges({}, attendees, groups={"a": ("a", "b"), "b": ("a", "b")}).person("a").evidence(attendees["a"])
    made = profile("a", 1, evidence, {})
    assert (made.discipline, made.availability, [one.term for one in made.interests]) == (None, None, ["privacy", "Law"])


def test_of_ten_thousand_encounters_those_of_the_newest_conferences_stay() -> None:
    conferences = {f"c{n:02}": Conference(f"c{n:02}", 1, "C", date(2030 - n, 7, 8), date(2030 - n, 7, 9), {}) for n in range(20)}
    attendance = {("person_met", f"c{n:02}", f"p{m}") for n in range(20) for m in range(500)}
    made = profile("a", 1, ProfileEvidence(frozenset(attendance | {("checked_in", "unknown", "")})), conferences)
    assert len(made.met) == MOST_ENCOUNTERS == 1000
    assert {one.conference_id for one in made.met} == {"c00", "c01"}
    assert made.conference_ids == [*sorted(conferences), "unknown"]
    assert len(made.model_dump_json()) < MAX_EVENT_BYTES


def test_what_is_declared_counts_as_heard_too_where_a_session_was_about_it() -> None:
    evidence = ProfileEvidence(frozenset({("session_attended", "c1", "s0")}), (("K0.0", 3),), topics=("Common",))
    made = profile("a", 1, evidence, conference(1))
    assert [(one.kind, one.term, one.declared, one.level, len(one.evidence)) for one in made.interests] == [
        ("skill", "K0.0", True, 3, 1),
        ("topic", "Common", True, None, 1),
    ]
