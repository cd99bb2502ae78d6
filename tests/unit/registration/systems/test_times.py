"""Times as other systems write them are read right, or refused."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from registration.systems.json_body import Time
from registration.time_parser import TimeRefused, read_time

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 7, 8, 8, tzinfo=UTC)
FOREIGN = TypeAdapter[datetime](Time)


@pytest.mark.parametrize(
    "text",
    [
        *("20260708T1000", "20260708T080000Z", "2026-W28-3T10:00", "2026-07-08T10:00:00,000+02:00"),
        *("2026-07-08 10:00:00+0200", "2026-07-08 10:00 +2", "2026-07-08T08:00:00+00:00", "2026-07-08 13:30 +0530"),
        *("2026-07-08T10:00+02:00[Europe/Berlin]", "Wed, 08 Jul 2026 10:00:00 +0200 (CEST)"),
        "Wed Jul 08 2026 10:00:00 GMT+0200 (Central European Summer Time)",
        *("2026/07/08 10:00:00 AM GMT+2", "08.07.2026 10.00", "Jul 8, 2026, 10:00:00\u202fAM", "8-Jul-2026 10:00 a. m."),
        *("2026-07-08 10:00\u200e", "2026-07-08 04:00 \u221204:00"),
    ],
)
def test_a_time_is_read_in_every_form(text: str) -> None:
    assert read_time(text, BERLIN).astimezone(UTC) == TEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-08T24:00:00", datetime(2026, 7, 8, 22, tzinfo=UTC)),
        ("08.07.2026 24:00", datetime(2026, 7, 8, 22, tzinfo=UTC)),
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-07-08 10.30", datetime(2026, 7, 8, 8, 30, tzinfo=UTC)),  # no fraction of an hour
        ("2026-07-08T10:00:00.123456789", datetime(2026, 7, 8, 8, 0, 0, 123_456, tzinfo=UTC)),
        ("07/18/2026 noon", datetime(2026, 7, 18, 10, tzinfo=UTC)),
        ("Jul 18, 2026 midnight", datetime(2026, 7, 17, 22, tzinfo=UTC)),
    ],
)
def test_the_ends_of_days_and_parts_of_seconds_are_what_they_say(text: str, expected: datetime) -> None:
    assert read_time(text, BERLIN).astimezone(UTC) == expected


def test_a_time_that_the_clocks_skip_or_show_twice_needs_its_offset() -> None:
    with pytest.raises(TimeRefused, match="does not exist in its time zone"):
        read_time("2026-03-29 02:30", BERLIN)
    with pytest.raises(TimeRefused, match=r"occurs twice in its time zone.*offset"):
        read_time("2026-10-25 02:30", BERLIN)
    assert read_time("2026-10-25 02:30 +01:00", BERLIN).astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert read_time("2026-03-29 03:00", BERLIN).astimezone(UTC) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert read_time("2026-10-25 03:00", BERLIN).astimezone(UTC) == datetime(2026, 10, 25, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-07-08 10:00 PDT", "has an ambiguous time zone abbreviation"),
        ("July 8, 2026 10:00 AM (CST)", "has an ambiguous time zone abbreviation"),
        ("20/7/23 10:00", "could be two days"),
        ("26-07-08 10:00", "could be two days"),
        *((text, "is not a time") for text in ("2026-07-08", "20260708", "2026-07-08T24:00:01", "2026-07-08T10:00:60", "2026-07-08T10:60")),
        *((text, "is not a time") for text in ("2026-07-08 10:00 +24:00", "2026-13-08 10:00", "10:00", "1783504800", "Foo 8, 2026 10:00")),
        *((text, "is not a time") for text in ("26/26/26 10:00", "9999-12-31T24:00:00Z", "8 Juli 2026 10:00")),
    ],
)  # fmt: skip
def test_what_could_be_something_else_is_refused(text: str, reason: str) -> None:
    with pytest.raises(TimeRefused, match=reason):
        read_time(text, BERLIN)


@pytest.mark.parametrize(
    "value", [b'"2026-07-08T08:00:00Z"', b'"2026-07-08 08:00"', b"1783497600", b"1783497600000", b'"1783497600"', b"1783497600.0"]
)
def test_webhooks_give_times_as_texts_or_unix_numbers_in_utc(value: bytes) -> None:
    assert FOREIGN.validate_json(value) == TEN


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b'"2026-07-08"', "is not a time"), (b'"07/08/2026 10:00"', "could be two days$"), (b"true", "datetime"), (b"1e400", "not a time"),
     (b"99999999999999999999", "not a time"), (b'"1999-07-08T10:00:00Z"', "between 2000 and 2100"), (b"12345", "between 2000 and 2100"),
     (b'"9999-12-31T23:59:59-14:00"', "between 2000 and 2100")],
)  # fmt: skip
def test_webhooks_whose_time_is_none_are_refused(value: bytes, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FOREIGN.validate_json(value)
    (fault,) = refused.value.errors()
    assert re.search(reason, fault["msg"])


@given(
    st.text(max_size=60) | st.text("0123456789:-/+. TZaAmMpPjulJUL,()[]", max_size=110),
    st.sampled_from(["", "day-first", "month-first"]),
)
def test_whatever_text_is_a_time_or_refused(text: str, dates: str) -> None:
    try:
        time = read_time(text, BERLIN, dates)
    except TimeRefused:
        return
    assert time.tzinfo is not None
