"""Extreme mails: with everything optional missing, with hostile text, and with long text."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from notifications.mail.content import ListingSeats, MailBrand, MailContent, NamedListing, RankedListing, Recommended, WeekRow
from notifications.mail.samples import (
    DEADLINE,
    ENDS,
    MEETING,
    MOVED_FROM,
    SOLAR,
    STARTS,
    TODAY,
    Sample,
    match,
    reader,
    reason,
)
from notifications.mail.templates import Reader
from notifications.mail_kinds import KINDS, MailKind
from shared.wording.conditions import ListingConditions
from shared.wording.dates import Meeting
from shared.wording.languages import LANGUAGES

HOSTILE: Final = (
    "<script>alert(1)</script>\r\nBcc: all@example.net\r\n\r\n-- \nDesk\u202egro.elpmaxe\u202c log in at "
    "https://evil.example/?a=1&b=2 www.evil.example \"'>{{ 7 * 7 }}%(name)s \ud800"
)
"""A name that an attacker might choose."""
LONG: Final = "Wolfeschlegelsteinhausenbergerdorff" * 12
"""A name that fits on no screen."""


def worst_samples() -> Iterator[Sample]:
    """Three extreme mails of each kind and language."""
    for language in LANGUAGES:
        for kind in KINDS.values():
            bare = Reader(
                "", language, ZoneInfo("UTC"), TODAY, "" if kind.name == "erased" else "https://desk.example.org/preferences/t"
            )
            yield Sample(f"{kind.name}-bare", kind, bare, MailContent())
            for name, words in (("hostile", HOSTILE), ("long", LONG)):
                yield Sample(f"{kind.name}-{name}", kind, reader(kind, language, words), _worst_content(kind, words))


def _worst_conditions(words: str) -> ListingConditions:
    return ListingConditions(STARTS, ENDS, 80, words, True, 1e9, "EUR", words, DEADLINE)


def _worst_content(kind: MailKind, words: str) -> MailContent:
    listing = NamedListing("l1", words, words, "javascript:alert(1)")
    reasons = [reason(name, " ".join(words.split())[:100], 0.1, declared=True) for name in ("skill", "topic")]
    best = match(SOLAR, *reasons).model_copy(update={"title": words, "organization": words, "url": "javascript:alert(1)"})
    return MailContent(
        brand=MailBrand(words, "#7a1c14", words, "hello@example.com"),
        listing=listing,
        organization=words,
        person=words,
        person_email=f"{words}@example.org",
        deadline=DEADLINE,
        starts=STARTS,
        ends=ENDS,
        meeting=Meeting(MEETING.starts, MEETING.ends, words, "https://evil.example/\r\nx"),
        uid=words,
        sequence=99,
        moved_from=Meeting(MOVED_FROM.starts, MOVED_FROM.ends, words) if kind.calendar == "REQUEST" else None,
        answer=words,
        listings=(listing,) * 100,
        slots=(Meeting(MEETING.starts, MEETING.ends, words),) * 20,
        terms=("dates", "pay", words),
        conditions=_worst_conditions(words),
        skills=((words, 5),) * 100,
        role=words,
        passkey=words,
        round_name=words,
        choices=(RankedListing(listing, words),) * 100 if kind.name == "round_result" else (),
        matches=tuple(
            Recommended(best, new, "javascript:alert(1)", _worst_conditions(words)) for new in (True,) * 5 + (False,) * 5
        ),
        seats=(ListingSeats(listing, (words,) * 100),) * 30,
        week=(WeekRow(listing, 10**9, 10**9, 10**9),) * 100,
    )
