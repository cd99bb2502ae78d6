"""Field types of requests and events: what they take, and what they refuse."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.fields import Day
from shared.faults import fault

DAY = TypeAdapter(Day)


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
