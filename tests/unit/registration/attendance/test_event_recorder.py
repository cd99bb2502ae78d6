"""What recording makes of events that should not be believed: their time, their id, their number."""

from datetime import timedelta

import pytest

from registration.attendees.domain.attendance import MAX_FACTS
from shared.contract.envelope import Event
from shared.contract.events.attendance import CheckedIn, Consent, Person, PersonMet, Reverted, SessionAttended
from support.memory import START, World, make

ADA = "ada@example.org"
YES, NO = Consent(mail=True), Consent(mail=False)


def check_in(id: str, days: float = 0, consent: Consent | None = YES) -> Event:
    at = START + timedelta(days=days)
    return make(id, at, CheckedIn(conference_id="c1", attendee=Person(email=ADA, consent=consent)))


def attended(id: str, session: str = "s0", email: str = ADA) -> Event:
    person = Person(email=email, consent=YES)
    return make(id, START, SessionAttended(conference_id="c1", attendee=person, session_id=session))


def mail_consent(world: World) -> bool | None:
    contact = world.contacts.get(world.id(ADA))
    return contact.mail_consent if contact else None


FAR = 365 * 75


def test_consent_from_the_future_does_not_beat_the_persons_own_no(world: World) -> None:
    world.record(check_in("1"))
    assert mail_consent(world) is True
    assert world.decide("declare", world.id(ADA), {"mail": False, "matching": False}, "me")
    world.record(check_in("2", FAR), check_in("3", 101))
    assert mail_consent(world) is False
    assert not world.profiles[world.id(ADA)].conference_ids


def test_a_time_in_the_future_counts_as_the_time_of_arrival_so_later_words_win(world: World) -> None:
    world.record(check_in("1", FAR, YES))
    (fact,) = world.facts.stated.values()
    assert fact.at == world.clock
    world.record(check_in("2", (world.clock - START) / timedelta(days=1) + 0.0001, NO))
    assert mail_consent(world) is False


@pytest.mark.parametrize("days", [0, FAR])
def test_who_was_erased_stays_erased_for_events_of_before_and_of_a_time_that_nobody_can_know(world: World, days: float) -> None:
    world.record(check_in("1", days))
    assert world.decide("erase", world.id(ADA))
    world.record(check_in("1", days), check_in("2", days))
    assert world.contacts.keys() | world.profiles.keys() == set()
    assert not world.facts.stated
    world.record(check_in("3", (world.clock - START) / timedelta(days=1)))  # came again since
    assert mail_consent(world) is True


@pytest.mark.parametrize("ahead", [2, 60, 239])
def test_a_clock_that_is_ahead_brings_nobody_back(world: World, ahead: float) -> None:
    world.record(check_in("1", 0))
    assert world.decide("erase", world.id(ADA))
    arrival = world.clock + timedelta(minutes=1)
    world.record(check_in("2", (arrival - START + timedelta(seconds=ahead)) / timedelta(days=1)))
    assert world.contacts.keys() | world.profiles.keys() == set()


def test_another_event_under_a_known_id_is_a_conflict_that_changes_nothing(world: World) -> None:
    world.record(attended("1"))
    world.record(attended("1"), attended("1", "s1"), attended("1", email="bob@example.org"))
    assert [reason.partition(";")[0] for reason in world.rejected] == ["id: was used for another event of this source"] * 2
    assert {fact.subject for fact in world.facts.stated.values()} == {"s0"}
    world.record(make("2", START, Reverted(reverts="1")), make("2", START, Reverted(reverts="3")))
    assert len(world.rejected) == 3
    assert not world.profiles[world.id(ADA)].sessions


def test_two_events_of_one_id_in_one_batch_conflict_too(world: World) -> None:
    world.record(attended("1"), attended("1", "s1"))
    assert len(world.rejected) == 1
    assert [one.session_id for one in world.profiles[world.id(ADA)].sessions] == ["s0"]


def test_an_event_cannot_take_itself_back(world: World) -> None:
    world.record(make("1", START, Reverted(reverts="1")))
    assert world.rejected == ["reverts: must not be the event's own id"]


def test_an_attendee_takes_a_bounded_document_and_a_bounded_number_of_facts(world: World) -> None:
    met = [
        make(str(n), START, PersonMet(conference_id="c1", attendee=Person(email=ADA, consent=YES), met=Person(account=str(n))))
        for n in range(3000)
    ]
    for first in range(0, len(met), 500):
        world.record(*met[first : first + 500])
    attendee = world.attendees.known[world.id(ADA)]
    assert (attendee.facts, len(attendee.attendance), attendee.cut) == (3000, 1000, True)
    whole = world.profiles[world.id(ADA)].met
    world.record(*(make(f"r{n}", START, Reverted(reverts=str(n))) for n in range(1000)))
    assert len(world.profiles[world.id(ADA)].met) == 1000, "others have the places of those that were taken back"
    assert world.profiles[world.id(ADA)].met != whole
    world.attendees.known[world.id(ADA)].facts = MAX_FACTS
    world.record(attended("one more"))
    assert world.rejected[-1].startswith("attendee: has 50,000 events already")
