"""Skills that were gained in placements return into profiles, on repositories in memory: also after merges, and undone again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from registration.attendees.domain.attendance import MAX_PLACEMENTS
from registration.portfolio.domain.placements import Credential
from registration.portfolio.domain.status_list import StatusList
from shared.contract.envelope import Event, Received
from shared.contract.events.attendance import CheckedIn, Consent
from shared.contract.events.matching import PlacementChanged, PlacementMade
from shared.contract.events.registration import MOST_PLACEMENTS, AttendeeProfiled
from support.memory import World, make, person

ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"
GO: dict[str, Any] = {"term": "Go", "level": 4, "confirmed": True}
RUST: dict[str, Any] = {"term": "Rust", "level": 2, "confirmed": False}
PLACE: dict[str, Any] = {
    "listing_id": "l1",
    "state": "completed",
    "title": "Maps",
    "organization": "Obs",
    "mentor_person_ids": [],
}


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    for email in (ADA, ADA_AT_WORK, BOB):
        attendee = person(email, skills=["Python"], consent=Consent(mail=True, matching=True))
        world.record(make(email, world.clock + timedelta(seconds=1), CheckedIn(conference_id="c1", attendee=attendee)))
    yield world
    world.close()


def changed(world: World, version: int = 1, *skills: dict[str, Any], id: str = "p1", of: str = ADA, **fields: Any) -> Event:
    """The event of this version of a placement, published now."""
    at: datetime = fields.pop("at", world.clock + timedelta(seconds=1))
    key: str = fields.pop("key", id)
    data = PLACE | {"placement_id": id, "version": version, "attendee_id": world.id(of), "skills": list(skills)} | fields
    return event(PlacementChanged.model_validate(data), key, at)


def event(data: PlacementChanged | PlacementMade | None, key: str, at: datetime) -> Event:
    return Event("1", "matching", "t", at, "", data, Received("matching.placements", b"", (), key.encode()))


def gained(profile: AttendeeProfiled) -> dict[str, list[tuple[str, int | None]]]:
    """The placements of each skill in this profile that was gained in some, with the level."""
    return {
        interest.term: [(one.placement_id, one.level) for one in interest.placements]
        for interest in profile.interests
        if interest.placements
    }


def profile_of(world: World, email: str) -> AttendeeProfiled:
    return world.profiles[world.id(email)]


def test_a_confirmed_skill_is_evidence_and_one_that_is_not_confirmed_is_none(world: World) -> None:
    world.place(changed(world, 1, GO, RUST))
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)]}
    assert {interest.term for interest in profile_of(world, ADA).interests} == {"Go", "Python"}
    assert gained(profile_of(world, BOB)) == {}
    world.place(changed(world, 2, GO, RUST | {"confirmed": True}))
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)], "Rust": [("p1", 2)]}


def test_a_skill_that_was_declared_and_gained_is_one_interest(world: World) -> None:
    world.decide("declare", world.id(ADA), {"skills": ["go"], "levels": [["go", 1]]}, "test")
    world.place(changed(world, 1, GO), changed(world, 1, GO | {"level": None}, id="p2"))
    [interest] = profile_of(world, ADA).interests
    assert (interest.term, interest.declared, interest.level) == ("go", True, 1)
    assert gained(profile_of(world, ADA)) == {"go": [("p1", 4), ("p2", None)]}


def test_a_skill_that_is_withdrawn_leaves_the_profile(world: World) -> None:
    before = profile_of(world, ADA).model_copy(update={"version": 0})
    world.place(changed(world, 1, GO))
    world.place(changed(world, 2, GO | {"confirmed": False}))
    assert profile_of(world, ADA).model_copy(update={"version": 0}) == before


def test_what_comes_twice_or_late_changes_nothing(world: World) -> None:
    world.place(changed(world, 2, GO), changed(world, 1, RUST | {"confirmed": True}))
    version = profile_of(world, ADA).version
    world.place(changed(world, 2, GO), changed(world, 1))
    made = PlacementMade(placement_id="p1", version=9, attendee_id=world.id(ADA), listing_id="l1")
    world.place(event(made, "p1", world.clock))
    assert (gained(profile_of(world, ADA)), profile_of(world, ADA).version) == ({"Go": [("p1", 4)]}, version)
    assert world.placements.known["p1"].version == 2


def test_a_merged_person_has_the_skills_of_all_their_placements_until_the_merge_is_taken_back(world: World) -> None:
    world.place(changed(world, 1, GO), changed(world, 1, GO, id="p2", of=ADA_AT_WORK))
    world.decide("merge", world.id(ADA_AT_WORK), world.id(ADA), "test")
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4), ("p2", 4)]}
    assert gained(profile_of(world, ADA_AT_WORK)) == {}
    world.place(changed(world, 2, GO, RUST | {"confirmed": True}, id="p2", of=ADA_AT_WORK))
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4), ("p2", 4)], "Rust": [("p2", 2)]}
    world.decide("split", world.id(ADA_AT_WORK))
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)]}
    assert gained(profile_of(world, ADA_AT_WORK)) == {"Go": [("p2", 4)], "Rust": [("p2", 2)]}


def test_whoever_does_not_agree_to_be_matched_publishes_nothing_of_it(world: World) -> None:
    world.decide("declare", world.id(ADA), {"matching": False}, "test")
    version = profile_of(world, ADA).version
    world.place(changed(world, 1, GO))
    assert profile_of(world, ADA).version == version
    world.decide("declare", world.id(ADA), {"matching": True}, "test")
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)]}


def test_a_placement_that_matching_erased_is_forgotten(world: World) -> None:
    world.place(changed(world, 1, GO))
    world.place(event(None, "p1", world.clock), event(None, "unknown", world.clock))
    assert (gained(profile_of(world, ADA)), world.placements.known) == ({}, {})


@pytest.mark.parametrize("taken_back", [{"skills": []}, {"state": "ended"}, None])
def test_a_credential_of_what_was_taken_back_is_revoked(world: World, taken_back: dict[str, Any] | None) -> None:
    world.place(changed(world, 1, GO))
    world.status_lists.known["list"] = StatusList("list")
    placement = world.placements.known["p1"]
    placement.credential = Credential("urn:x", world.clock, "token", ("Go",), "list", 7)
    world.place(changed(world, 2, GO, RUST, title="Other"))
    assert world.placements.known["p1"].credential == placement.credential
    assert world.status_lists.known["list"].revision == 0
    last = event(None, "p1", world.clock) if taken_back is None else changed(world, 3, GO, **taken_back)
    for _ in range(2):
        world.place(last)
    assert [one.credential for one in world.placements.known.values()] == ([] if taken_back is None else [None])
    assert (world.status_lists.known["list"].revoked[0], world.status_lists.known["list"].revision) == (1, 1)


def test_nothing_is_recorded_of_somebody_who_was_erased_or_is_not_known(world: World) -> None:
    late = world.clock
    world.decide("erase", world.id(ADA))
    world.place(changed(world, 1, GO), changed(world, 1, GO, id="p2", of="nobody@example.org"))
    assert (world.placements.known, world.rejected) == ({}, [])
    attendee = person(ADA, consent=Consent(mail=True, matching=True))
    world.record(make("again", world.clock + timedelta(seconds=1), CheckedIn(conference_id="c1", attendee=attendee)))
    world.place(changed(world, 1, GO, at=late))
    assert (world.placements.known, gained(profile_of(world, ADA))) == ({}, {})
    world.place(changed(world, 2, GO))
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)]}


def test_what_contradicts_itself_is_refused_and_the_rest_is_recorded(world: World) -> None:
    world.place(changed(world, 1, GO))
    world.place(changed(world, 2, RUST, of=BOB), changed(world, 3, RUST, key="p9"), changed(world, 1, GO, id="p2", of=BOB))
    assert [reason.partition(":")[0] for reason in world.rejected] == ["attendee_id", "placement_id"]
    assert gained(profile_of(world, ADA)) == {"Go": [("p1", 4)]}
    assert gained(profile_of(world, BOB)) == {"Go": [("p2", 4)]}


def test_a_profile_names_so_many_placements_of_a_skill_and_an_attendee_has_so_many(world: World) -> None:
    world.place(*(changed(world, 1, GO, id=f"p{number:02}") for number in range(MAX_PLACEMENTS + 1)))
    assert [id for id, _ in gained(profile_of(world, ADA))["Go"]] == [f"p{number:02}" for number in range(MOST_PLACEMENTS)]
    assert (len(world.placements.known), len(world.rejected)) == (MAX_PLACEMENTS, 1)
