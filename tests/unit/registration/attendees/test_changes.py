"""What attendance makes of attendees, one batch after the other; what histories as a whole lead to is in ``test_histories``."""

from datetime import datetime, timedelta

from registration.attendees.domain import people
from registration.attendees.domain.attendance import Attendee, Fact, content_digest, details_of
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import NO_EVIDENCE, Contact, Identity, Merge, ProfileEvidence, groups_of, regroup
from shared.contract.envelope import Received, unpack
from shared.contract.events.attendance import Consent, Person
from shared.contract.topics import ATTENDANCE_INBOUND
from support.attendee_changes import AGREES, START, fact, record, take_back


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
