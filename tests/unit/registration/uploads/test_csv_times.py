"""Times as exports write them: read, or refused where they could be two."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.time_parser import TimeRefused, read_time
from support.exports import BERLIN, TEN


@pytest.mark.parametrize(
    "text",
    ["2026-07-08T10:00", "2026-07-08 10:00:00", "2026-07-08T08:00:00Z", "2026-07-08 08:00:00 UTC", "2026-07-08 10:00:00 +0200",
     "2026-07-08T10:00:00.123456789+02:00", "2026/07/08 10:00", "08.07.2026 10:00", "8.7.26, 10:00", "Jul 8, 2026 10:00:00",
     "Jul 08, 2026 10:00 AM", "July 8th, 2026 at 10:00 am", "8 July 2026 10:00", "08-Jul-2026 10:00", "Wed, 8 Jul 2026 10:00:00 +0200",
     "Wednesday, July 8, 2026 10:00 a.m.", "2026-07-08 10 a.m.", " 2026-07-08   10:00 ", "2026-07-08 10:00:00 GMT+02:00"],
)  # fmt: skip
def test_times_are_read_as_exports_write_them(text: str) -> None:
    assert read_time(text, BERLIN).astimezone(UTC).replace(microsecond=0) == TEN


@pytest.mark.parametrize(
    ("text", "dates", "expected"),
    [
        ("07/08/2026 10:00", "month-first", (7, 8)),
        ("07/08/2026 10:00", "day-first", (8, 7)),
        ("7/8/26 10:00 AM", "month-first", (7, 8)),
        ("07-08-2026 10:00", "day-first", (8, 7)),
        ("07/18/2026 10:00:00 AM", "", (7, 18)),
        ("18/07/2026 10:00", "", (7, 18)),
        ("07/07/2026 10:00", "", (7, 7)),
        ("7/20/26, 10:00:00\u202fAM", "", (7, 20)),
        ("08/07/26 10:00", "day-first", (7, 8)),
    ],
)
def test_a_date_that_could_be_two_needs_to_be_told(text: str, dates: str, expected: tuple[int, int]) -> None:
    found = read_time(text, BERLIN, dates)
    assert (found.month, found.day) == expected
    if dates:
        with pytest.raises(TimeRefused, match=r"could be two days; send \?dates=day-first or \?dates=month-first"):
            read_time(text, BERLIN)


@pytest.mark.parametrize(
    ("text", "dates"),
    [("18/07/2026 10:00", "month-first"), ("07/18/2026 10:00", "day-first"), ("31.02.2026 10:00", ""), ("2026-07-08 25:00", ""),
     ("2026-07-08 13:00 PM", ""), ("2026-07-08 10", ""), ("18:14", ""), ("2026-07-08", ""), ("07/08/2026", "day-first"), ("1720432800", ""),
     ("Foo 8, 2026 10:00", ""), ("2026-07-08 10:00 +99:99", ""), ("", ""), ("--", ""), ("2026-07-08T10:00" + " " * 100 + "x", "")],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str, dates: str) -> None:
    with pytest.raises(TimeRefused, match="is not a time"):
        read_time(text, BERLIN, dates)


def test_twelve_is_noon_and_midnight() -> None:
    assert [read_time(f"2026-07-08 12:30 {half}", UTC).hour for half in ("AM", "PM", "p.m.")] == [0, 12, 12]


@given(
    st.text(max_size=80) | st.text(st.sampled_from("0123456789 :/-.,apmjulTZ+"), max_size=70),
    st.sampled_from(["", "day-first", "month-first"]),
)
def test_whatever_text_is_a_time_or_refused(text: str, dates: str) -> None:
    try:
        found = read_time(text, UTC, dates)
    except TimeRefused:
        return
    assert found.tzinfo is not None
