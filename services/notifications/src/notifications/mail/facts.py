"""What a mail says of a listing besides its name: where, when, how long, for how much, and until when one can apply. Pure."""

from gettext import NullTranslations
from typing import NamedTuple

from babel.numbers import format_decimal

from notifications.mail.content import Facts
from notifications.mail.dates import Dates
from notifications.mail.languages import DATE_FORMS, Language
from notifications.mail.untrusted_text import PLACE, one_line


class Fact(NamedTuple):
    """A label and what it says, in the reader's language."""

    label: str
    value: str


def fact_rows(facts: Facts, dates: Dates, texts: NullTranslations, language: Language) -> list[Fact]:
    """What is known, in words."""
    gettext = texts.gettext
    hours = texts.ngettext("%(count)s hour a week", "%(count)s hours a week", facts.hours or 0) % {"count": facts.hours}
    rows = (
        Fact(gettext("Where"), _place(facts, gettext("remote"), gettext("%(place)s, or remote"))),
        Fact(gettext("Period"), dates.days(facts.starts, facts.ends) if facts.starts else ""),
        Fact(gettext("Hours"), hours if facts.hours else ""),
        Fact(gettext("Pay"), _pay(facts, texts, language)),
        Fact(gettext("Open until"), dates.moment(facts.deadline) if facts.deadline else ""),
    )
    return [row for row in rows if row.value]


def _place(facts: Facts, remote: str, both: str) -> str:
    place = one_line(facts.place, PLACE)
    if facts.remote:
        return both % {"place": place} if place else remote
    return place


def _pay(facts: Facts, texts: NullTranslations, language: Language) -> str:
    gettext = texts.gettext
    if facts.amount is None:
        return ""
    if facts.amount == 0:
        return gettext("unpaid")
    amount = f"{format_decimal(facts.amount, locale=DATE_FORMS[language].locale)} {facts.currency or ''}".rstrip()
    match facts.period:
        case "hour":
            return gettext("%(amount)s an hour") % {"amount": amount}
        case "week":
            return gettext("%(amount)s a week") % {"amount": amount}
        case "month":
            return gettext("%(amount)s a month") % {"amount": amount}
        case "once":
            return gettext("%(amount)s in total") % {"amount": amount}
    return amount
