"""The generated attendance: the same every time, consistent in itself, and no real person in it."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime

import pytest

from demo import data
from demo.attendees import SOURCE, Attendance, attendance
from registration.people.api.profiles import ProfileSpec

PROGRAM = "import json; from demo.attendees import attendance; print(json.dumps(attendance(7).events))"


@pytest.fixture(scope="module")
def seen() -> Attendance:
    return attendance()


def run(hash_seed: str) -> bytes:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True).stdout


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    assert run("1") == run("2")


def test_some_attendees_fill_in_a_profile_that_registration_takes_the_same_every_time(seen: Attendance) -> None:
    declared = [attendee.declared for attendee in seen.attendees]
    assert declared == [attendee.declared for attendee in attendance().attendees]
    filled_in = [ProfileSpec.model_validate(each) for each in declared if each]
    assert 15 < len(filled_in) < 40
    assert len({each.discipline for each in filled_in}) > 3
    assert {skill.level for each in filled_in for skill in each.skills} == {1, 2, 3, 4, 5}


def test_another_seed_gives_another_attendance() -> None:
    assert attendance(1).events != attendance(2).events


def test_every_event_is_a_valid_cloudevent_in_the_order_of_its_time(seen: Attendance) -> None:
    for event in seen.events:
        assert event["specversion"] == "1.0"
        assert event["source"] == SOURCE
        assert event["id"]
        assert re.fullmatch(r"attendance\.[a-z_]+\.v1", event["type"])
        assert datetime.fromisoformat(event["time"]).utcoffset() is not None
        json.dumps(event["data"])
    first_deliveries = list({event["id"]: event["time"] for event in seen.events}.values())
    assert first_deliveries == sorted(first_deliveries)


def test_every_session_is_one_of_the_conference(seen: Attendance) -> None:
    ids = {session["id"] for session in data.conference()["sessions"]}
    attended = {event["data"]["session_id"] for event in seen.events if "session_id" in event["data"]}
    assert attended <= ids
    assert len(attended) > 120


def test_every_address_is_at_example_org(seen: Attendance) -> None:
    people = [event["data"][role] for event in seen.events for role in ("attendee", "met") if role in event["data"]]
    assert people
    assert all(person["email"].endswith("@example.org") for person in people)


def test_everybody_checks_in_before_anything_else_happens_to_them(seen: Attendance) -> None:
    present: set[str] = set()
    for event in seen.events:
        if event["type"] == "attendance.checked_in.v1":
            present.add(event["data"]["attendee"]["email"])
        assert event["partitionkey"] in present
        if "met" in event["data"]:
            assert event["data"]["met"]["email"] in present
    assert len(present) == seen.expected.attendees


def test_a_revert_takes_back_one_earlier_event_of_the_same_person(seen: Attendance) -> None:
    whose: dict[str, str] = {}
    taken_back: list[str] = []
    for event in {event["id"]: event for event in seen.events}.values():
        whose[event["id"]] = event["partitionkey"]
        if event["type"] == "attendance.reverted.v1":
            taken_back.append(event["data"]["reverts"])
            assert whose[taken_back[-1]] == event["partitionkey"]
    assert len(taken_back) == len(set(taken_back)) == seen.expected.reverted > 0


def test_nobody_loses_their_only_check_in(seen: Attendance) -> None:
    reverted = {event["data"].get("reverts") for event in seen.events}
    kept = [event for event in seen.events if event["type"].endswith("checked_in.v1") and event["id"] not in reverted]
    assert len({event["partitionkey"] for event in kept}) == seen.expected.attendees


def test_a_repeated_event_is_exactly_the_first_one(seen: Attendance) -> None:
    first: dict[str, object] = {}
    assert all(first.setdefault(event["id"], event) == event for event in seen.events)
    assert len(first) < len(seen.events)


def test_the_expected_counts_are_those_of_the_events(seen: Attendance) -> None:
    distinct = {event["id"]: event["type"] for event in seen.events}
    kinds = Counter(distinct.values())
    reverts = kinds.pop("attendance.reverted.v1")
    assert seen.expected.messages == len(seen.events)
    assert seen.expected.facts == sum(kinds.values())
    assert seen.expected.reverted == reverts


def test_about_85_in_100_attendees_consent_to_mail_and_some_read_german(seen: Attendance) -> None:
    told = {
        event["data"]["attendee"]["email"]: event["data"]["attendee"]
        for event in seen.events
        if event["type"] == "attendance.checked_in.v1"
    }
    assert {email for email, person in told.items() if person["consent"]["mail"]} == seen.expected.consenting
    assert 0.8 < len(seen.expected.consenting) / len(seen.attendees) < 0.9
    assert Counter(attendee.locale for attendee in seen.attendees)["de"] > 12


def test_attendees_go_mostly_where_their_interests_lie(seen: Attendance) -> None:
    """Not chance: the share of visits that meet an interest is well above the share of sessions that do."""
    terms = {each["id"]: {*each["skills"], *each["topics"]} for each in data.conference()["sessions"]}
    interests = {attendee.person.email: attendee.interests for attendee in seen.attendees}
    visits = [
        bool(interests[event["partitionkey"]] & terms[event["data"]["session_id"]])
        for event in seen.events
        if event["type"] == "attendance.session_attended.v1"
    ]
    by_chance = [bool(wanted & offered) for wanted in interests.values() for offered in terms.values()]
    assert sum(visits) / len(visits) > 1.5 * sum(by_chance) / len(by_chance)
