"""Many records that fail in a row: one source alone never halts us."""

from datetime import UTC, datetime

import pytest

from shared.contract.envelope import PUBLISHER, Event, Received
from shared.messaging.failure_streak import Streak, publisher_of


def failed(source: str, key: str | None, service: str = "other systems", api_key: str = "") -> tuple[Event, str]:
    headers = [(PUBLISHER, api_key.encode())] if api_key else []
    record = Received("t", b"", headers, key=key.encode() if key is not None else None)
    return Event("1", source, "t", datetime.now(UTC), "", None, record), service


def is_ours(*records: tuple[Event, str], limit: int = 20) -> bool:
    streak = Streak(limit)
    for one in records:
        streak = streak.after([one])
    assert streak.is_ours == Streak(limit).after(records).is_ours
    return streak.is_ours


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_a_fault_is_ours_only_where_several_sources_and_several_keys_fail(limit: int) -> None:
    count = limit + 1
    assert is_ours(*(failed(f"s{n}", f"k{n}") for n in range(count)), limit=limit)
    assert is_ours(*(failed(f"s{n % 2}", f"k{n % 2}") for n in range(2 * count)), limit=limit)
    assert is_ours(*(failed(f"s{n}", None) for n in range(count)), limit=limit)
    assert not is_ours(*(failed(f"s{n}", f"k{n}") for n in range(limit)), limit=limit)
    assert not is_ours(*(failed("s", f"k{n}") for n in range(500)), limit=limit)
    assert not is_ours(*(failed(f"s{n}", "k") for n in range(500)), limit=limit)
    assert not is_ours(*(failed("s", "k") for n in range(500)), limit=limit)


def test_many_of_one_source_and_few_of_another_are_still_their_own() -> None:
    assert not is_ours(*(failed("s", f"k{n}") for n in range(500)), *(failed("t", f"k{n}") for n in range(9)))
    assert is_ours(*(failed("s", f"k{n}") for n in range(500)), *(failed("t", f"k{n}") for n in range(10)))


def test_what_we_publish_ourselves_is_ours_where_several_keys_fail() -> None:
    assert is_ours(*(failed("registration", f"k{n}", "registration") for n in range(21)))
    assert not is_ours(*(failed("registration", "k", "registration") for n in range(500)))
    assert not is_ours(*(failed("registration", f"k{n}") for n in range(500)))


def test_what_one_api_key_brings_is_its_own_trouble_whatever_it_calls_itself() -> None:
    assert not is_ours(*(failed(f"s{n}", f"k{n}", api_key="A") for n in range(500)))
    assert is_ours(*(failed("s", f"k{n}", api_key="AB"[n % 2]) for n in range(40)))
    assert not is_ours(
        *(failed(f"s{n}", f"k{n}", api_key="A") for n in range(500)), *(failed("s", f"k{n}", api_key="B") for n in range(9))
    )


def test_a_key_is_no_source_of_the_same_name() -> None:
    assert is_ours(*(failed("A", f"k{n}", api_key="A" * (n % 2)) for n in range(40)))


def test_a_publisher_that_is_long_or_no_text_costs_no_more() -> None:
    event, _ = failed("s", "k", api_key="x" * 1_000_000)
    assert len(publisher_of(event)) < 100
    event.record.headers = [(PUBLISHER, b"\xff"), ("x", None)]
    assert publisher_of(event) == "od-publisher \ufffd"
    event.record.headers = [(PUBLISHER, None)]
    assert publisher_of(event) == "s"
