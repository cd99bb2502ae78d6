"""What attendance makes of attendees, one batch after the other; what histories as a whole lead to is in ``test_histories``."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from pydantic import ValidationError

from registration.attendees.domain import people
from registration.attendees.domain.attendance import Attendee, Fact, content_digest, details_of
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import NO_EVIDENCE, Contact, Identity, Merge, ProfileEvidence, groups_of, regroup
from registration.attendees.domain.profiles import MAX_SESSIONS_PER_INTEREST
from registration.attendees.domain.profiles import profile as made_profile
from registration.conferences.domain import Conference
from registration.people.api.profiles import ProfileSpec
from shared.contract.envelope import MAX_EVENT_BYTES, Event, Received, unpack
from shared.contract.events.attendance import Consent, Person, Reverted
from shared.contract.events.registration import (
    MOST_CONFERENCES,
    MOST_ENCOUNTERS,
    MOST_INTERESTS,
    MOST_SESSIONS,
    AttendeeProfiled,
    Availability,
    Session,
)
from shared.contract.topics import ATTENDANCE_INBOUND

START = datetime(2024, 7, 8, tzinfo=UTC)
AGREES = Consent(mail=True, sharing=True)


def event(number: int) -> Event:
    return Event(str(number), "test", "t", START + timedelta(minutes=number), "", Reverted(reverts="x"), Received("t", b"", []))


def fact(number: int, attendee: str, kind: str, subject: str = "", consent: Consent | None = AGREES, **said: object) -> Fact:
    person = Person(email=f"{attendee}@example.org", consent=consent, **said)
    at = START + timedelta(minutes=number)
    return Fact(f"f{number}", kind, at, attendee, "c1", subject, details_of(person))  # type: ignore[arg-type]


def profile(attendee_id: str, version: int, evidence: ProfileEvidence, conferences: dict[str, Conference]) -> AttendeeProfiled:
    """The profile as its readers have it. All that a reader may look for is in what is published."""
    made = made_profile(attendee_id, version, evidence, conferences)
    read = AttendeeProfiled.model_validate_json(orjson.dumps(made))
    assert read.model_dump(mode="json") == made
    return read


def reversal(number: int, of: str) -> Fact:
    return Fact(f"r{number}", "reverted", START + timedelta(minutes=number), subject=of)


def take_back(changes: AttendeeChanges, number: int, of: str) -> None:
    """As the use case does: where the last word on something goes, all that still stands is added up anew."""
    changes.revert(reversal(number, of), event(number))
    for id in changes.outdated:
        attendee = changes.attendees[id]
        attendee.reset()
        for one in changes.facts.values():
            if one.attendee_id == id and not one.reverted and one.kind != "reverted":
                attendee.add(one)


def record(changes: AttendeeChanges, *facts: Fact) -> AttendeeChanges:
    for number, one in enumerate(facts):
        changes.record(one, f"{one.attendee_id}@example.org", event(number))
    return changes


def conference(sessions: int, terms: int = 1) -> dict[str, Conference]:
    made = [
        Session(id=f"s{n}", title=f"T{n}", skills=[f"k{n}.{t}" for t in range(terms)], topics=["common"]) for n in range(sessions)
    ]
    return {"c1": Conference("c1", 1, "C", date(2024, 7, 8), date(2024, 7, 9), {one.id: one for one in made})}


def test_scanned_twice_and_taken_back_once_it_still_stands() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "session_attended", "s0"), fact(2, "a", "session_attended", "s0"))
    take_back(changes, 3, "f1")
    _, profiles = changes.raise_versions()
    assert profiles["a"].attendance == {("session_attended", "c1", "s0")}
    assert changes.facts["f1"].reverted_by == "r3"
    assert changes.attendees["a"].facts == 3, "two that were stated, and what took one back"


def test_of_two_that_were_said_at_the_same_time_the_same_one_wins_in_either_order() -> None:
    one, other = fact(1, "a", "checked_in", name="One"), fact(1, "a", "checked_in", name="Other")
    other = Fact("f2", "checked_in", one.at, "a", "c1", details=other.details)
    names = {record(AttendeeChanges({}, {}), *order).person("a").detail("name") for order in ((one, other), (other, one))}
    assert names == {"Other"}


def test_the_latest_word_on_the_time_zone_wins_and_goes_with_the_event_that_said_it() -> None:
    changes = record(
        AttendeeChanges({}, {}),
        fact(2, "a", "checked_in", time_zone="Asia/Tokyo"),
        fact(1, "a", "session_attended", "s0", time_zone="Europe/Prague"),
        fact(3, "a", "session_attended", "s0"),
    )
    assert changes.raise_versions()[0] == {"a": Contact("a@example.org", None, None, True, "Asia/Tokyo")}
    take_back(changes, 4, "f2")
    assert changes.raise_versions()[0] == {"a": Contact("a@example.org", None, None, True, "Europe/Prague")}
    here = AttendeeChanges(changes.facts, changes.attendees)
    here.change("a").declare({"time_zone": None}, START + timedelta(1), "somebody")
    assert here.raise_versions()[0] == {"a": Contact("a@example.org", None, None, True)}


def test_a_profile_is_published_only_of_whoever_agrees_to_be_matched() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "checked_in", consent=None))
    contacts, profiles = changes.raise_versions()
    assert (contacts["a"], profiles) == (Contact("a@example.org", None, None, False), {})
    later = AttendeeChanges(changes.facts, changes.attendees)
    later.change("a").declare({"matching": True}, START, "somebody")
    assert later.raise_versions()[1] == {"a": ProfileEvidence(frozenset({("checked_in", "c1", "")}))}
    last = AttendeeChanges(changes.facts, changes.attendees)
    last.change("a").declare({"matching": False}, START + timedelta(1), "somebody")
    assert last.raise_versions()[1] == {"a": NO_EVIDENCE}
    assert changes.attendees["a"].profile_version == 2


def test_consent_to_mail_about_matches_is_consent_to_be_matched_unless_it_is_said_otherwise() -> None:
    assert details_of(Person(account="1", consent=Consent(mail=True)))["matching"] is True
    assert details_of(Person(account="1", consent=Consent(mail=True, matching=False)))["matching"] is False
    assert details_of(Person(account="1", consent=Consent(matching=True))) == {"matching": True, "mail": False, "sharing": False}


def test_a_contact_tells_when_the_person_agreed_here_which_no_event_repeats_and_of_merged_ones_when_all_had() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "checked_in"), fact(2, "b", "checked_in"))
    a, b = changes.attendees["a"], changes.attendees["b"]

    def agreed_at(*members: Attendee) -> datetime | None:
        contact = people.Person(members).contact(members[0])
        assert contact
        return contact.mail_at

    assert agreed_at(a) is None, "events say so, the person did not"
    a.declare({"mail": True}, START + timedelta(days=1), "/me")
    assert (agreed_at(a), agreed_at(a, b)) == (START + timedelta(days=1), None)
    b.declare({"mail": True}, START + timedelta(days=2), "/me")
    assert agreed_at(b, a) == START + timedelta(days=1)
    a.declare({"mail": False}, START + timedelta(days=3), "/me")
    assert (agreed_at(a), agreed_at(b, a)) == (None, None)


def test_what_is_reverted_before_it_comes_makes_nobody_known() -> None:
    changes = AttendeeChanges({}, {})
    take_back(changes, 0, "f1")
    record(changes, fact(1, "a", "checked_in"))
    assert changes.raise_versions() == ({}, {})
    assert changes.facts["f1"].reverted


def test_merged_the_one_that_is_kept_has_all_of_it_and_the_other_nothing() -> None:
    attendees = record(
        AttendeeChanges({}, {}),
        fact(1, "a", "checked_in", name="A"),
        fact(2, "b", "session_attended", "s0"),
        fact(3, "b", "person_met", "a"),
    ).attendees
    changes = AttendeeChanges({}, attendees)
    changes.groups |= regroup({"a": Identity("a", ("a",)), "b": Identity("b", ("b",), Merge("a", START, "me"))})
    changes.change("a")
    contacts, profiles = changes.raise_versions()
    # Nobody meets themselves.
    assert profiles["a"].attendance == {("checked_in", "c1", ""), ("session_attended", "c1", "s0")}
    assert profiles["b"] == ProfileEvidence(merged_into="a")
    assert contacts == {"b": Contact("b@example.org", None, None, False, merged_into="a")}
    assert changes.person("b") == changes.person("a")


def test_of_consents_the_stricter_wins_and_what_was_never_asked_is_the_strictest() -> None:
    refuses, unasked = Consent(mail=True, sharing=False), None
    for consent, mail, sharing in ((AGREES, True, True), (refuses, True, False), (unasked, False, False)):
        attendees = record(
            AttendeeChanges({}, {}), fact(1, "a", "checked_in"), fact(2, "b", "checked_in", consent=consent)
        ).attendees
        person = AttendeeChanges({}, attendees, groups={"a": ("a", "b"), "b": ("a", "b")}).person("b")
        assert (person.agrees("mail"), person.agrees("sharing")) == (mail, sharing)


def test_a_person_met_is_named_by_every_id_that_they_have() -> None:
    changes = record(AttendeeChanges({}, {}), fact(1, "a", "person_met", "b"))
    changes.change("a").met_aliases["b"] = ["kept", "b"]
    _, profiles = changes.raise_versions()
    assert {subject for _, _, subject in profiles["a"].attendance} == {"kept", "b"}


def test_a_chain_of_merges_is_one_person_and_comes_apart_where_it_is_taken_back() -> None:
    chain = {
        "a": Identity("a", ("a",)),
        "b": Identity("b", ("b",), Merge("a", START, "me")),
        "c": Identity("c", ("c",), Merge("b", START, "me")),
    }
    assert regroup(chain) == dict.fromkeys("abc", ("a", "b", "c"))
    assert regroup(chain | {"b": Identity("b", ("a", "b", "c"))}) == {"a": ("a",), "b": ("b", "c"), "c": ("b", "c")}
    assert groups_of([Identity("a", ("a", "b"))]) == {"a": ("a", "b"), "b": ("a", "b")}


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


def test_a_fact_whose_event_told_the_last_word_takes_it_along() -> None:
    attendee = Attendee("a", None)
    attendee.add(fact(1, "a", "person_met", "m", consent=None, name="Ada"))
    attendee.add(fact(2, "a", "checked_in", consent=None))
    assert not attendee.remove(fact(2, "a", "checked_in", consent=None))
    assert (attendee.attendance, attendee.met()) == ({("person_met", "c1", "m"): 1}, {"m"})
    assert attendee.remove(fact(1, "a", "person_met", "m", consent=None, name="Ada"))


def test_the_same_event_written_differently_is_the_same_and_another_one_is_not() -> None:
    def digest(body: bytes, time: str = "2024-07-08T10:00:00Z") -> bytes:
        attributes = {"specversion": "1.0", "id": "1", "source": "s", "type": "attendance.session_attended.v1", "time": time}
        headers: list[tuple[str, bytes | None]] = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        return content_digest(unpack(Received(ATTENDANCE_INBOUND.name, body, headers), ATTENDANCE_INBOUND))

    one = digest(b'{"conference_id": "c1", "session_id": "s1", "attendee": {"email": "ada@example.org"}}')
    same = b'{"session_id":"s1","attendee":{"email":"Ada@Example.org","seat":7},"conference_id":"c1"}'
    assert one == digest(same, "2024-07-08T12:00:00+02:00")
    other_session = b'{"conference_id": "c1", "session_id": "s2", "attendee": {"email": "ada@example.org"}}'
    other_person = b'{"conference_id": "c1", "session_id": "s1", "attendee": {"email": "bob@example.org"}}'
    assert len({one, digest(other_session), digest(other_person), digest(same, "2024-07-08T10:00:01Z")}) == 4
