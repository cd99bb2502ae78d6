"""What attendees and hosts send: plain text and times that make sense, or a clear word about what does not."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from matching.applications.domain.profile import MAX_SKILLS, shown_profile
from matching.applications.domain.requests import MAX_NOTE, Letter, OfferRequest, PickedSlot, Slot, Slots
from matching.model.candidates import Attended, Availability, Candidate, Interest

TIME = {"starts": "2027-03-01T10:00:00+01:00", "ends": "2027-03-01T11:00:00+01:00", "place": "Room 1"}


def fault(model: type[Any], body: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as error:
        model.model_validate(body)
    (found,) = error.value.errors()
    return ".".join(map(str, found["loc"])) + f": {found['msg']}"


def test_a_note_is_plain_text_with_line_breaks() -> None:
    letter = Letter(name=" Ada ", note="  Dear hosts,\r\n\r\nI map stars. ✨ <b>not markup</b>\n")
    assert letter.note == "Dear hosts,\n\nI map stars. ✨ <b>not markup</b>"
    assert letter.name == "Ada"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\t", "\x1b", "\r", "\x7f", "\x85", "\x9b"])
def test_control_characters_are_refused(character: str) -> None:
    assert f"U+{ord(character):04X}" in fault(Letter, {"name": "Ada", "note": f"a{character}b"})


def test_a_note_has_a_length() -> None:
    assert Letter(name="Ada", note="é" * MAX_NOTE).note
    assert "at most 2,000 characters, not 2,001" in fault(Letter, {"name": "Ada", "note": "é" * (MAX_NOTE + 1)})
    assert "not 10,000,000" in fault(Letter, {"name": "Ada", "note": "x" * 10_000_000})


@pytest.mark.parametrize("name", ["", " ", "A\nB", "x" * 301])
def test_a_name_is_one_line(name: str) -> None:
    assert fault(Letter, {"name": name}).startswith("name: ")


def test_links_are_web_addresses_each_once_and_at_most_five() -> None:
    assert Letter(name="A", links=["https://A.example", "https://a.example/"]).links == ["https://a.example/"]
    for link in ("ftp://a.example", "javascript:alert(1)", "https://user@a.example/", "a.example"):
        assert fault(Letter, {"name": "A", "links": [link]}).startswith("links.0: ")
    assert fault(Letter, {"name": "A", "links": [f"https://{n}.example" for n in range(6)]}).startswith("links: ")


def test_what_nobody_asked_for_is_refused() -> None:
    assert fault(Letter, {"name": "A", "state": "accepted"}).startswith("state: ")


def test_a_time_ends_after_it_starts_and_is_somewhere() -> None:
    assert Slot.model_validate(TIME).starts == datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert "ends: must be after starts" in fault(Slot, TIME | {"ends": TIME["starts"]})
    assert "give a place or a url" in fault(Slot, TIME | {"place": None})
    assert Slot.model_validate(TIME | {"place": None, "url": "https://call.example"}).url == "https://call.example/"
    assert fault(Slot, TIME | {"starts": "2027-03-01T10:00:00"}).startswith("starts: ")
    assert fault(Slots, {"slots": []}).startswith("slots: ")
    assert fault(Slots, {"slots": [TIME] * 21}).startswith("slots: ")
    assert fault(PickedSlot, {"slot": -1}).startswith("slot: ")


def test_an_offer_has_a_deadline_with_an_offset_and_days() -> None:
    offer = OfferRequest.model_validate({"deadline": "2027-03-01T10:00:00.123456Z", "starts": "2027-06-01"})
    assert offer.starts == date(2027, 6, 1)
    assert offer.deadline.microsecond == 123_000, "as the database keeps it"
    assert fault(OfferRequest, {"deadline": "tomorrow"}).startswith("deadline: ")
    assert fault(OfferRequest, {"deadline": "2027-03-01T10:00:00Z", "starts": 1_800_000_000}).startswith("starts: ")


def test_a_host_sees_skills_the_surest_first_and_nobody_whom_the_attendee_met() -> None:
    session = Attended("c1", "s1")
    candidate = Candidate("a1", 0, met={"mentor-7": "c1"}, conference_ids={"c2", "c1"}, discipline="ict")
    candidate.availability = Availability(hours_per_week=20, countries=frozenset({"DE", "CZ"}))
    interests = {
        "rust": Interest(declared=True),
        "numpy": Interest(declared=True, level=4, sessions={session: "Arrays that fly"}),
        **{f"t{number:03}": Interest(sessions={session: "Arrays that fly"}) for number in range(200)},
    }
    shown = shown_profile(candidate, interests, str.upper)
    assert [(one.term, one.level, one.sessions) for one in shown.skills[:2]] == [
        ("NUMPY", 4, ["Arrays that fly"]),
        ("RUST", None, []),
    ]
    assert len(shown.skills) == MAX_SKILLS
    assert (shown.conference_ids, shown.hours_per_week, shown.countries, shown.starts) == (["c1", "c2"], 20, ["CZ", "DE"], None)
    assert "mentor-7" not in shown.model_dump_json()
