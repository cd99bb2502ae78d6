"""What attendance makes of attendees: the same whatever the order, however often anything repeats."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registration.domain.attendance import Attendee, Fact, Ledger, profile, told
from registration.domain.conferences import Conference
from shared.envelope import Event, Received
from shared.events.attendance import Consent, Person, Reverted
from shared.events.registration import Session

START = datetime(2024, 7, 8, tzinfo=UTC)
CONFERENCES = {
    "c1": Conference(
        "c1",
        1,
        "C",
        date(2024, 7, 8),
        date(2024, 7, 9),
        {f"s{n}": Session(id=f"s{n}", title=f"T{n}", skills=[f"k{n}"]) for n in range(4)},
    )
}


def event(number: int) -> Event:
    return Event(str(number), "test", "t", START + timedelta(minutes=number), "", Reverted(reverts="x"), Received("t", b"", []))


def fact(number: int, attendee: str, kind: str, subject: str, person: Person | None = None) -> Fact:
    said = told(person) if person else {}
    return Fact(f"f{number}", kind, START + timedelta(minutes=number), attendee, "c1", subject, said)  # type: ignore[arg-type]


def apply(history: list[tuple[str, int, Any]], batch: int) -> tuple[dict[str, Fact], dict[str, Attendee]]:
    """Apply a history of ("record", number, (fact, person)) and ("revert", number, fact id), in batches."""
    facts: dict[str, Fact] = {}
    attendees: dict[str, Attendee] = {}
    for start in range(0, len(history), batch):
        ledger = Ledger(facts, attendees)
        for what, number, detail in history[start : start + batch]:
            if what == "record":
                ledger.record(detail[0], detail[1].email, event(number))
            else:
                ledger.revert(detail, event(number))
        ledger.raise_versions()
        facts = ledger.facts
    return facts, attendees


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int, Any]]:
    history: list[tuple[str, int, Any]] = []
    for number in range(draw(st.integers(1, 12))):
        who = draw(st.sampled_from(["a", "b"]))
        kind, subject = draw(
            st.sampled_from([("checked_in", ""), ("session_attended", "s0"), ("session_attended", "s1"), ("person_met", "m")])
        )
        person = Person(
            email=f"{who}@example.org",
            name=draw(st.sampled_from([None, "N1", "N2"])),
            skills=draw(st.sampled_from([[], ["x"]])),
            consent=draw(st.sampled_from([None, Consent(mail=True), Consent(mail=False)])),
        )
        history.append(("record", number, (fact(number, who, kind, subject, person), person)))
        if draw(st.booleans()):
            history.append(("revert", 100 + number, f"f{number}"))
    return history


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_repeats_and_the_size_of_batches_change_nothing(history: list[tuple[str, int, Any]], random: Any, batch: int) -> None:
    repeated = [each for each in history for _ in range(random.randint(1, 3))]
    assert _evidence(*apply(repeated, batch)) == _evidence(*apply(history, len(history)))


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_the_order_of_arrival_changes_nothing(history: list[tuple[str, int, Any]], random: Any, batch: int) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert _evidence(*apply(shuffled, batch)) == _evidence(*apply(history, 1))


def _evidence(facts: dict[str, Fact], attendees: dict[str, Attendee]) -> Any:
    standing = {id: (each.kind, each.reverted) for id, each in facts.items()}
    known = {
        id: ({key: sorted(ids) for key, ids in each.attendance.items()}, each.name, each.skills, each.mail_consent)
        for id, each in attendees.items()
    }
    nothing: Any = ({}, None, [], False)  # as good as unknown: all that was ever said of them was taken back
    return standing, {id: each for id, each in known.items() if each != nothing}


@given(histories())
def test_versions_count_published_changes_without_a_gap(history: list[tuple[str, int, Any]]) -> None:
    facts: dict[str, Fact] = {}
    attendees: dict[str, Attendee] = {}
    published: dict[str, list[int]] = {}
    for what, number, detail in history:
        ledger = Ledger(facts, attendees)
        if what == "record":
            ledger.record(detail[0], detail[1].email, event(number))
        else:
            ledger.revert(detail, event(number))
        _, profiles = ledger.raise_versions()
        facts = ledger.facts
        for attendee in profiles:
            published.setdefault(attendee.id, []).append(profile(attendee, CONFERENCES).version)
    for versions in published.values():
        assert versions == list(range(1, len(versions) + 1))


def test_scanned_twice_and_taken_back_once_it_still_stands() -> None:
    person = Person(email="a@example.org")
    history = [
        ("record", 1, (fact(1, "a", "session_attended", "s0"), person)),
        ("record", 2, (fact(2, "a", "session_attended", "s0"), person)),
        ("revert", 3, "f1"),
    ]
    _, attendees = apply(history, 1)
    assert [interest.term for interest in profile(attendees["a"], CONFERENCES).interests] == ["k0"]
    _, attendees = apply([*history, ("revert", 4, "f2")], 1)
    assert profile(attendees["a"], CONFERENCES).interests == []
