"""Who organizes a conference, on repositories in memory: that is told by ids, and right after merges, splits and erasures."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from registration.attendees.domain.attendance import MAX_ORGANIZED
from registration.organizers.use_cases import Organizer
from shared.contract.events.attendance import CheckedIn, Consent
from shared.contract.events.registration import MOST_ORGANIZERS, Session
from shared.refusals import Conflict, NotFound
from support.memory import CONFERENCE, World, make, person

ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def told(world: World) -> list[str]:
    return world.conferences["c1"].organizers


def checks_in(world: World, email: str, name: str | None = None) -> None:
    attendee = person(email, name=name, consent=Consent(mail=True))
    world.record(
        make(f"{email} {world.clock}", world.clock + timedelta(seconds=1), CheckedIn(conference_id="c1", attendee=attendee))
    )


def test_an_organizer_is_told_by_id_and_is_an_attendee_who_agrees_to_nothing(world: World) -> None:
    ada = world.id(ADA)
    assert world.organize("c1", {ADA: "Ada"}) == [Organizer(ADA, "Ada", ada)]
    assert (told(world), world.conferences["c1"].version) == ([ada], 2)
    assert list(world.conferences["c1"].sessions) == list(CONFERENCE.sessions.values())
    contact = world.contacts[ada]
    assert (contact.email, contact.name, contact.mail_consent) == (ADA, "Ada", False)
    assert not world.profiles


def test_the_same_organizers_again_change_nothing_in_whatever_order(world: World) -> None:
    world.organize("c1", {ADA: "Ada", BOB: None})
    before = dict(world.contacts)
    world.organize("c1", {BOB: None, ADA: "Ada"})
    assert world.conferences["c1"].version == 2
    assert world.contacts == before


def test_organizers_take_the_place_of_those_before(world: World) -> None:
    world.organize("c1", {ADA: "Ada", BOB: None})
    assert world.organize("c1", {BOB: "Bob"}) == [Organizer(BOB, "Bob", world.id(BOB))]
    assert told(world) == [world.id(BOB)]
    assert not world.attendees.known[world.id(ADA)].organizes
    world.organize("c1", {})
    assert told(world) == []


def test_a_name_that_somebody_gave_themselves_wins_over_one_that_was_given_with_the_address(world: World) -> None:
    ada = world.id(ADA)
    world.organize("c1", {ADA: "The boss"})
    checks_in(world, ADA)
    assert world.contacts[ada].name == "The boss"
    checks_in(world, ADA, "Ada")
    assert world.contacts[ada].name == "Ada"
    world.decide("declare", ada, {"name": None}, "test")
    assert world.contacts[ada].name is None
    assert world.organize("c1", {ADA: "The boss"}) == [Organizer(ADA, "The boss", ada)]
    assert world.contacts[ada].name is None


def test_an_organizer_who_attends_keeps_what_they_agree_to(world: World) -> None:
    checks_in(world, ADA)
    world.organize("c1", {ADA: None})
    assert world.contacts[world.id(ADA)].mail_consent
    world.organize("c1", {})
    assert world.contacts[world.id(ADA)].mail_consent


def test_a_merged_organizer_is_told_by_the_id_that_is_kept_until_the_merge_is_taken_back(world: World) -> None:
    ada, at_work = world.id(ADA), world.id(ADA_AT_WORK)
    checks_in(world, ADA)
    world.organize("c1", {ADA_AT_WORK: None, BOB: None})
    world.decide("merge", at_work, ada, "test")
    assert told(world) == sorted([ada, world.id(BOB)])
    world.decide("split", at_work)
    assert told(world) == sorted([at_work, world.id(BOB)])


def test_one_person_by_two_addresses_is_told_once_and_stays_an_organizer_by_the_other(world: World) -> None:
    ada, at_work = world.id(ADA), world.id(ADA_AT_WORK)
    checks_in(world, ADA)
    checks_in(world, ADA_AT_WORK)
    world.decide("merge", at_work, ada, "test")
    assert {one.person_id for one in world.organize("c1", {ADA: None, ADA_AT_WORK: None})} == {ada}
    assert told(world) == [ada]
    world.organize("c1", {ADA_AT_WORK: None})
    assert told(world) == [ada]
    world.decide("split", at_work)
    assert told(world) == [at_work]


def test_an_erased_person_organizes_nothing_any_more_by_any_of_their_addresses(world: World) -> None:
    world.organize("c1", {ADA: None, ADA_AT_WORK: None, BOB: None})
    world.decide("merge", world.id(ADA_AT_WORK), world.id(ADA), "test")
    world.decide("erase", world.id(ADA))
    assert told(world) == [world.id(BOB)]
    assert {world.id(ADA), world.id(ADA_AT_WORK)}.isdisjoint(world.attendees.known.keys() | world.contacts.keys())
    world.organize("c1", {ADA: None})
    assert told(world) == [world.id(ADA)]
    assert world.contacts[world.id(ADA)].version == 1


def test_an_unknown_conference_has_no_organizers(world: World) -> None:
    with pytest.raises(NotFound, match="there is no conference 'c2'"):
        world.organize("c2", {ADA: None})
    assert not world.contacts


def test_nobody_organizes_more_conferences_than_there_is_room_for(world: World) -> None:
    for number in range(MAX_ORGANIZED + 1):
        world.attendees.conferences[f"c{number}"] = replace(CONFERENCE, id=f"c{number}")
    for number in range(MAX_ORGANIZED):
        world.organize(f"c{number}", {ADA: None})
    with pytest.raises(Conflict, match=f"{ADA} already organizes 100 conferences"):
        world.organize(f"c{MAX_ORGANIZED}", {ADA: None})
    assert len(world.organize("c0", {ADA: "Ada"})) == 1


def test_a_conference_that_fits_without_organizers_fits_with_as_many_as_there_may_be(world: World) -> None:
    many = {f"s{n}": Session(id=f"s{n}", title="A title of some length", abstract="Words and words. " * 100) for n in range(4000)}
    conference = replace(CONFERENCE, sessions=many)
    conference.fit()
    before = dict(conference.sessions)
    world.attendees.conferences["c1"] = conference
    world.organize("c1", {f"organizer-{number}@example.org": None for number in range(MOST_ORGANIZERS)})
    assert len(told(world)) == MOST_ORGANIZERS
    assert world.attendees.conferences["c1"].sessions == before


def test_a_conference_of_before_there_were_organizers_that_has_no_room_for_any_says_so(world: World) -> None:
    full = {f"s{n}": Session(id=f"s{n}", title="T" * 300) for n in range(3500)}
    world.attendees.conferences["c1"] = replace(CONFERENCE, sessions=full)
    with pytest.raises(Conflict, match="the organizers do not fit into the event"):
        world.organize("c1", {ADA: None})
