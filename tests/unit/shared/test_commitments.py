"""Which placements somebody cannot have at the same time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commitments import HOURS, Commitment, clashing

SPRING = Commitment(date(2027, 3, 1), date(2027, 5, 31), 20)
SUMMER = Commitment(date(2027, 6, 1), date(2027, 8, 31), 20)
YEAR = Commitment(date(2027, 1, 1), date(2027, 12, 31), 20)


@pytest.mark.parametrize(
    ("new", "held", "hours", "clashes"),
    [
        (SPRING, {}, None, []),
        (SPRING._replace(hours_per_week=60), {}, 10, []),  # alone it rules out nothing
        (SPRING, {"b": SUMMER}, None, []),  # one after the other
        (SPRING._replace(ends=SUMMER.starts), {"b": SUMMER}, 39, ["b"]),  # the last day is the other's first
        (YEAR, {"a": SPRING, "b": SUMMER}, None, []),  # never more than 40 hours at once
        (YEAR, {"a": SPRING, "b": SUMMER}, 39, ["a", "b"]),
        (YEAR, {"a": SPRING, "b": SUMMER._replace(hours_per_week=30)}, None, ["b"]),
        (YEAR, {"a": SPRING, "b": SPRING._replace(hours_per_week=5)}, None, ["a", "b"]),
        (SPRING, {"a": YEAR}, 40, []),
        (SPRING, {"a": YEAR}, 39, ["a"]),
        # What is not known may be anything.
        (SPRING._replace(hours_per_week=None), {"a": YEAR._replace(hours_per_week=1)}, None, ["a"]),
        (SPRING, {"a": YEAR._replace(hours_per_week=None)}, 80, ["a"]),
        (Commitment(), {"a": Commitment()}, None, ["a"]),
        (Commitment(ends=date(2027, 2, 28)), {"a": SPRING}, 10, []),
        (Commitment(starts=SUMMER.starts), {"a": SPRING}, 10, []),
        (Commitment(starts=SUMMER.starts), {"a": SPRING, "b": SUMMER}, 10, ["b"]),
        (SPRING, {"a": Commitment(starts=date(2027, 5, 31))}, 80, ["a"]),
    ],
)
def test_commitments_clash_if_they_take_more_hours_on_a_day_than_there_are(
    new: Commitment, held: dict[str, Commitment], hours: int | None, clashes: list[str]
) -> None:
    assert clashing(new, held, hours) == clashes


DAYS = st.integers(0, 12).map(lambda day: date(2027, 1, 1) + timedelta(day))
COMMITMENTS = st.builds(Commitment, st.none() | DAYS, st.none() | DAYS, st.none() | st.integers(1, 40)).filter(
    lambda one: one.first <= one.last
)


@given(COMMITMENTS, st.dictionaries(st.sampled_from("abc"), COMMITMENTS), st.none() | st.integers(10, 60))
def test_the_answer_is_that_of_counting_every_day(new: Commitment, held: dict[str, Commitment], hours: int | None) -> None:
    expected: set[str] = set()
    for number in range(-2, 16):
        day = date(2027, 1, 1) + timedelta(number)
        then = {id: one for id, one in held.items() if one.includes(day)}
        if not new.includes(day) or not then:
            continue
        wanted = [one.hours_per_week for one in (new, *then.values())]
        if any(one is None for one in wanted) or sum(one or 0 for one in wanted) > (hours or HOURS):
            expected |= then.keys()
    assert clashing(new, held, hours) == sorted(expected)
