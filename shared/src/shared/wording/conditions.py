"""What readers learn of a listing besides its name: where, when, how long, for how much, and until when one can apply. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from gettext import NullTranslations
from typing import Final, NamedTuple

from babel.numbers import format_decimal

from shared.wording.countries import country_name
from shared.wording.dates import Dates
from shared.wording.languages import DATE_FORMS, Language
from shared.wording.untrusted_text import PLACE, one_line


@dataclass(frozen=True, slots=True)
class ListingConditions:
    """What is known of a listing's conditions. ``place`` is written by a host; ``currency`` and ``period`` are as in ``Pay``."""

    starts: date | None = None
    ends: date | None = None
    hours: int | None = None
    """Per week."""
    place: str = ""
    remote: bool = False
    amount: float | None = None
    """The pay: 0 if the host says that there is none; None if it says nothing."""
    currency: str | None = None
    period: str | None = None
    deadline: datetime | None = None
    country: str | None = None
    """Its two-letter code."""


NO_CONDITIONS: Final = ListingConditions()
"""Of a listing of which nothing is known."""


class Condition(NamedTuple):
    """A label and what it says, in the reader's language."""

    label: str
    value: str


def condition_rows(conditions: ListingConditions, dates: Dates, texts: NullTranslations, language: Language) -> list[Condition]:
    """What is known, in words."""
    gettext = texts.gettext
    hours = texts.ngettext("%(count)s hour a week", "%(count)s hours a week", conditions.hours or 0) % {"count": conditions.hours}
    rows = (
        Condition(gettext("Where"), _place(conditions, language, gettext("remote"), gettext("%(place)s, or remote"))),
        Condition(gettext("Period"), dates.days(conditions.starts, conditions.ends) if conditions.starts else ""),
        Condition(gettext("Hours"), hours if conditions.hours else ""),
        Condition(gettext("Pay"), _pay(conditions, texts, language)),
        Condition(gettext("Open until"), dates.until(conditions.deadline) if conditions.deadline else ""),
    )
    return [row for row in rows if row.value]


def brief_conditions(conditions: ListingConditions, dates: Dates, texts: NullTranslations, language: Language) -> list[str]:
    """What is known, each in words that need no label: for lists, where a reader compares many."""
    known = [row.value for row in condition_rows(replace(conditions, deadline=None), dates, texts, language)]
    if conditions.deadline:
        known.append(texts.gettext("open until %(moment)s") % {"moment": dates.until(conditions.deadline)})
    return known


def _place(conditions: ListingConditions, language: Language, remote: str, both: str) -> str:
    country = country_name(conditions.country, language) if conditions.country else ""
    place = ", ".join(filter(None, (one_line(conditions.place, PLACE), country)))
    if conditions.remote:
        return both % {"place": place} if place else remote
    return place


def _pay(conditions: ListingConditions, texts: NullTranslations, language: Language) -> str:
    gettext = texts.gettext
    if conditions.amount is None:
        return ""
    if conditions.amount == 0:
        return gettext("unpaid")
    amount = f"{format_decimal(conditions.amount, locale=DATE_FORMS[language].locale)} {conditions.currency or ''}".rstrip()
    match conditions.period:
        case "hour":
            return gettext("%(amount)s an hour") % {"amount": amount}
        case "week":
            return gettext("%(amount)s a week") % {"amount": amount}
        case "month":
            return gettext("%(amount)s a month") % {"amount": amount}
        case "once":
            return gettext("%(amount)s in total") % {"amount": amount}
    return amount
