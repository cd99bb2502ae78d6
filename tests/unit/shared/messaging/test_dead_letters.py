"""How much of dead letters is kept, how they are named, and what is known of their events."""

import time

import pytest

from shared.contract.envelope import Received
from shared.messaging.dead_letters.choosing import filtered, named, names
from shared.messaging.dead_letters.letters import event_of, letter_of
from shared.messaging.dead_letters.quota import HOUR, MOST_SOURCES, Quota
from support.letters import a_letter


def test_a_source_has_so_many_letters_and_bytes_an_hour_and_others_have_their_own() -> None:
    quota = Quota(letters=2, bytes=100, bytes_of_all=1000)
    assert [quota.take("a", 10, 1.0) for _ in range(3)] == [True, True, False]
    assert [quota.take("b", 60, 1.0) for _ in range(2)] == [True, False]
    assert quota.take("a", 10, 1.0 + HOUR)


def test_all_sources_together_have_a_bound_however_many_they_are() -> None:
    quota = Quota(letters=2, bytes=100, bytes_of_all=1000)
    assert sum(quota.take(f"source {number}", 100, 1.0) for number in range(50)) == 10


def test_sources_without_number_are_counted_as_one() -> None:
    quota = Quota(letters=1, bytes=10, bytes_of_all=10**9)
    kept = sum(quota.take(f"source {number}", 1, 1.0) for number in range(MOST_SOURCES + 1000))
    assert kept == MOST_SOURCES + 1


def test_a_refusal_is_told_once_an_hour() -> None:
    quota = Quota(letters=0, bytes=0, bytes_of_all=0)
    assert [quota.first_refusal("a", 1.0), quota.first_refusal("a", 2.0), quota.first_refusal("a", 2.0 + HOUR)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("value", "headers", "event"),
    [
        (b"x", [("ce_source", b"tickets"), ("ce_id", b"7")], ("tickets", "7")),
        (b'{"source": "tickets", "id": "7"}', [("content-type", b"application/cloudevents+json")], ("tickets", "7")),
        (b'{"source": "tickets", "id": 7}', [], None),
        (b'{"source": "tickets", "id": "a\\u001bb"}', [], None),
        (b"[1]", [], None),
        (None, [], None),
        (b"x", [("ce_source", None), ("ce_id", b"7")], None),
        (b"x", [("ce_source", b"tickets"), ("ce_id", b"7" * 300)], None),
    ],
)
def test_the_event_of_a_record_is_known_where_it_can_be_read(
    value: bytes | None, headers: list[tuple[str, bytes | None]], event: tuple[str, str] | None
) -> None:
    assert event_of(Received("t", value, headers)) == event


LETTER = a_letter(origin="attendance.inbound/3/17", event=("a, b", "7"), reason="attendee.email: is missing")


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("attendance.inbound/3/17", True),
        (" attendance.inbound/3/17", True),
        ("attendance.inbound/3/18", False),
        ('["a, b", "7"]', True),
        ('["a, b","8"]', False),
    ],
)
def test_a_letter_is_named_by_its_origin_or_its_event(name: str, is_it: bool) -> None:
    assert named(name)(LETTER) is is_it


@pytest.mark.parametrize("name", ["", "7", "a/b", "a/1/-2", '["a"]', '["a", 7]', '{"a": "b"}', "\x1b[2J", "[" * 5000])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a topic/partition/offset"):
        named(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('t/0/1, ["a, b", "7"],t/0/2', ["t/0/1", '["a, b", "7"]', "t/0/2"]),
        ('["a]b,[", "7"] ,,["c","8"]["d","9"]', ['["a]b,[", "7"]', '["c","8"]', '["d","9"]']),
        ('t/0/1["a","7"]', ["t/0/1", '["a","7"]']),
        ('t/0/1,["a, b", t/0/2', ["t/0/1", '["a, b", t/0/2']),
        (" , ,", []),
        ("", []),
    ],
)
def test_names_are_separated_by_commas_and_an_event_is_one_name(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize("piece", ["[", "]", ",", '["', '["a,', " ", "[]", "\t[", "a"])
def test_long_texts_are_searched_for_names_in_one_go(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begun = time.thread_time()
    for name in names(text)[:1000]:
        with pytest.raises(ValueError, match="expected a topic/partition/offset"):
            named(name)
    assert time.thread_time() - begun < 5  # quadratic would be hours


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ({}, True),
        ({"topic": "attendance.inbound", "reason": "EMAIL"}, True),
        ({"topic": "attendance"}, False),
        ({"source": "a, b", "id": "7"}, True),
        ({"id": "8"}, False),
        ({"reason": "account"}, False),
    ],
)
def test_letters_are_filtered_by_topic_event_and_reason(filters: dict[str, str], matches: bool) -> None:
    assert filtered(**filters)(LETTER) is matches


def test_a_record_that_is_no_dead_letter_is_left_alone() -> None:
    assert letter_of("matching", Received("t", None, [("dl_topic", b"t")])) is None
    assert letter_of("matching", Received("t", b"x", [])) is None
