"""Field types of requests and events: what they take, and what they refuse."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.fields import Day, Terms, TimeZone
from shared.faults import fault

DAY = TypeAdapter(Day)
TIME_ZONE = TypeAdapter(TimeZone)


def test_a_day_is_written_as_people_write_it() -> None:
    assert DAY.validate_python("2026-07-08") == DAY.validate_json('"2026-07-08"') == DAY.validate_python(date(2026, 7, 8))
    assert DAY.validate_python("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    "value", [7, 0, 1783468800, 1783468800.5, "7", "1783468800", True, None, [], {}, "", "2026", "08.07.2026", "2027-02-29", "2026-07-32"]
)  # fmt: skip
def test_a_number_of_seconds_and_a_day_that_there_is_not_are_no_day(value: Any) -> None:
    """A number would be taken for seconds since 1970."""
    with pytest.raises(ValidationError) as raised:
        DAY.validate_python(value)
    assert "such as 2026-07-08" in fault(dict(raised.value.errors()[0]))


@pytest.mark.parametrize("name", ["Europe/Prague", "America/Argentina/Ushuaia", "Etc/GMT+5", "UTC", "EST5EDT", "Asia/Calcutta"])
def test_a_time_zone_is_named_as_in_the_iana_database(name: str) -> None:
    assert TIME_ZONE.validate_python(name) == name


@pytest.mark.parametrize(
    "value",
    ["Europe/Atlantis", "Europe", "europe/prague", "CEST", "+02:00", "", "Factory", "localtime", "../etc/passwd", "/UTC",
     "Europe/../UTC", "UTC\n", "UTC\x00", "Europe/Prague ", "A" * 65, "\u0130stanbul", 2, None, ["UTC"]],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused_with_an_example_of_one(value: Any) -> None:
    """The database is a directory of files: no name may lead out of it, or mean another zone on each machine."""
    with pytest.raises(ValidationError) as raised:
        TIME_ZONE.validate_python(value)
    said = fault(dict(raised.value.errors()[0]))
    assert "such as Europe/Prague" in said or not isinstance(value, str) or len(value) > 64


def test_of_many_wrong_terms_the_first_is_told() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Terms).validate_json(b"[1" + b",2" * 199 + b"]")
    assert [fault["loc"] for fault in caught.value.errors()] == [(0,)]
