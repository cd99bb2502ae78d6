"""What mails say of a listing's conditions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.wording.conditions import ListingConditions, brief_conditions, condition_rows
from shared.wording.dates import BriefDates, Dates
from shared.wording.languages import Language, translations

WHOLE = ListingConditions(
    date(2026, 9, 1), date(2026, 11, 30), 20, "Potsdam", False, 1250, "EUR", "month", datetime(2026, 7, 12, 16, tzinfo=UTC)
)


def rows(conditions: ListingConditions, language: Language = "en") -> dict[str, str]:
    return dict(condition_rows(conditions, Dates(language, ZoneInfo("UTC"), date(2024, 7, 1)), translations(language), language))


def test_place_dates_hours_pay_and_deadline_are_said() -> None:
    assert rows(WHOLE) == {
        "Where": "Potsdam",
        "Period": "Tuesday 1 September 2026 to Monday 30 November 2026",
        "Hours": "20 hours a week",
        "Pay": "1,250 EUR a month",
        "Open until": "Sunday 12 July 2026, 16:00 UTC",
    }
    assert rows(WHOLE, "de")["Vergütung"] == "1.250 EUR pro Monat"


def test_what_is_not_known_is_left_out() -> None:
    assert rows(ListingConditions()) == {}


@pytest.mark.parametrize(
    ("amount", "currency", "period", "said"),
    [
        (0, None, None, "unpaid"),
        (15.5, "EUR", "hour", "15.5 EUR an hour"),
        (300, "USD", "week", "300 USD a week"),
        (5000, "GBP", "once", "5,000 GBP in total"),
        (5000, None, "fortnight", "5,000"),
    ],
)
def test_pay_is_said_with_its_period_and_none_openly(amount: float, currency: str | None, period: str | None, said: str) -> None:
    assert rows(replace(WHOLE, amount=amount, currency=currency, period=period))["Pay"] == said


def test_remote_work_is_said_beside_the_place() -> None:
    assert rows(ListingConditions(remote=True))["Where"] == "remote"
    assert rows(replace(WHOLE, remote=True))["Where"] == "Potsdam, or remote"
    assert rows(replace(WHOLE, country="DE"), "de")["Wo"] == "Potsdam, Deutschland"
    assert rows(ListingConditions(country="FR", remote=True))["Where"] == "France, or remote"
    assert rows(ListingConditions(place="J.R.R.Tolkien\r\nRoom"))["Where"] == "J.R.R.Tolkien Room"


def test_a_list_says_it_without_labels() -> None:
    dates = BriefDates("en", ZoneInfo("UTC"), date(2026, 7, 1))
    assert brief_conditions(WHOLE, dates, translations("en"), "en") == [
        "Potsdam",
        "1 September to 30 November",
        "20 hours a week",
        "1,250 EUR a month",
        "open until Sun 12 July, 16:00 UTC",
    ]
    assert brief_conditions(ListingConditions(), dates, translations("en"), "en") == []
