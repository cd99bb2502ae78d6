"""How fast mails leave, and how many at a time to one provider."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.delivery.domain.pacing import Pace, Slots, TokenBucket, domain_of


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_those_who_wait_as_told_keep_to_the_rate(rate: float, gaps: list[float]) -> None:
    bucket, now, leaves = TokenBucket(rate), 1000.0, []
    for gap in gaps:
        now += gap
        leaves.append(now + bucket.take(now))
    assert leaves == sorted(leaves)
    for first, later in itertools.pairwise(leaves):
        assert later - first >= 1 / rate - 1e-6


def test_a_rest_saves_up_no_more_than_the_burst() -> None:
    bucket = TokenBucket(10, burst=2)
    assert [bucket.take(1_000_000.0) for _ in range(4)] == pytest.approx([0, 0, 0.1, 0.2])


def test_no_rate_is_no_limit() -> None:
    bucket = TokenBucket(0)
    assert {bucket.take(1.0) for _ in range(1000)} == {0.0}


def test_a_transactional_mail_does_not_wait_for_bulk_and_takes_of_its_share() -> None:
    pace = Pace(10)
    bulk = [pace.turn("bulk", 100.0) for _ in range(50)]
    assert bulk[-1] == pytest.approx(4.9)
    assert pace.turn("transactional", 100.0) == 0
    assert pace.turn("bulk", 100.0) == pytest.approx(5.1)
    assert pace.turn("transactional", 100.0) == pytest.approx(0.1)


def test_so_many_at_a_time_to_one_provider_whatever_others_have() -> None:
    slots = Slots(2)
    assert [slots.take("a"), slots.take("a"), slots.take("a"), slots.take("b")] == [True, True, False, True]
    slots.give("a")
    assert [slots.take("a"), slots.take("a")] == [True, False]


def test_none_at_a_time_is_no_limit() -> None:
    slots = Slots(0)
    assert all(slots.take("a") for _ in range(1000))
    slots.give("a")
    assert slots.take("a")


def test_the_provider_is_the_domain_whatever_its_case() -> None:
    assert {domain_of("Ada@Example.ORG"), domain_of("bob@example.org.")} == {"example.org"}
