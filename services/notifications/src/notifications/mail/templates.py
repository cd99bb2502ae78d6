"""Renders mails from templates, in the reader's language and time zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notifications.mail.content import MailContent, NamedListing, Recommended, RenderedMail, WeekRow
from notifications.mail.linked_pages import LINKED_PAGES
from notifications.mail_kinds import MailKind
from shared.colours import OWN_COLOUR, in_the_dark
from shared.wording.conditions import Condition, ListingConditions, condition_rows
from shared.wording.dates import Dates, Meeting
from shared.wording.languages import LANGUAGES, Language, translations
from shared.wording.reason_texts import Words
from shared.wording.untrusted_text import NAME, PLACE, TITLE, mail_address, mail_line, shortened, web_address

SUBJECT: Final = 78
"""The most characters of a subject: a longer line should be folded (RFC 5322, 2.1.1), and no list of mails shows it all."""
SIGNATURE: Final = "\n-- \n"
"""Separates the footer of a text mail. Text that others wrote never starts a line, so it cannot look like this."""
NAME_OF_THE_SITE: Final = "Opportunity Desk"
BEST: Final = 3
"""How many matches a digest shows with all their conditions."""
MOST_ROWS: Final = 20
"""The most rows of a list in a mail, which then says how many more there are."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a mail, and the links for them. An empty link is left out."""

    name: str
    language: Language
    zone: ZoneInfo
    today: date
    """The day on which the mail is written, for its reader."""
    preferences_url: str
    unsubscribe_url: str = ""
    """Only for mails that can be switched off."""
    view_url: str = ""
    """Where the mail can be read in the browser."""
    page_url: str = ""
    """The page of the site that the mail leads to."""


@dataclass(frozen=True, slots=True)
class Row:
    """A listing in a list, with the words about it."""

    listing: NamedListing
    words: str


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match in a digest, with its reasons."""

    title: str
    organization: str
    url: str
    new: bool
    reasons: list[str]
    conditions: list[Condition]
    """Only of the best ones."""


class Templates:
    """Renders the mails of this service. Make it once, as it compiles templates and translations."""

    def __init__(self) -> None:
        self._texts: Final = {language: translations(language, "notifications") for language in LANGUAGES}
        self._words: Final = {language: Words(texts, mail_line) for language, texts in self._texts.items()}
        self._environments: Final = {language: _environment(language) for language in LANGUAGES}
        style = (files("notifications") / "templates/mail/mail.css").read_text("utf-8")
        self._inliner: Final = lru_cache(100)(lambda colour: _inliner(style.replace(OWN_COLOUR, colour)))
        """Makes what writes the style into mails, with this colour for the site's own."""

    def write(self, kind: MailKind, reader: Reader, content: MailContent) -> RenderedMail:
        """The mail of this kind for this reader. Text that others wrote is made safe here."""
        environment = self._environments[reader.language]
        variables = self._variables(kind, reader, content)
        plain = environment.get_template(f"mail/{kind.name}.txt")
        subject = "".join(plain.blocks["subject"](plain.new_context(variables)))
        variables["subject"] = shortened(" ".join(subject.split()).rstrip(": "), SUBJECT)
        html = environment.get_template(f"mail/{kind.name}.html").render(variables)
        return RenderedMail(
            variables["subject"], _tidied(plain.render(variables)), self._inliner(variables["colour"]).inline(html)
        )

    def entry(self, kind: MailKind, reader: Reader, content: MailContent) -> tuple[str, str]:
        """The title and the text of the calendar entry for this mail.

        Calendars are shared, so it lacks all links that are for its reader alone.
        """
        variables = self._variables(kind, replace(reader, page_url=""), content) | {"subject": ""}
        plain = self._environments[reader.language].get_template(f"mail/{kind.name}.txt")
        title = "".join(plain.blocks["entry"](plain.new_context(variables)))
        return title.rstrip(": "), _tidied(plain.render(variables)).partition(SIGNATURE)[0].rstrip("\n")

    def _variables(self, kind: MailKind, reader: Reader, content: MailContent) -> dict[str, Any]:
        """The variables of a mail's templates. Most are as in ``MailContent`` and ``Reader``."""
        words = self._words[reader.language]
        listing = _listing(content.listing) if content.listing else None
        dates, texts = Dates(reader.language, reader.zone, reader.today), self._texts[reader.language]
        told: set[str] = set()
        matches = []
        for position, recommended in enumerate(content.matches):
            conditions = _conditions(recommended.conditions, dates, texts, reader.language) if position < BEST else []
            matches.append(_match(recommended, words, told, conditions))
        new = [match.title for match in matches if match.new]
        return {
            "kind": kind,
            "brand_name": mail_line(content.brand.name, TITLE) if content.brand else NAME_OF_THE_SITE,
            "colour": content.brand.colour if content.brand else OWN_COLOUR,
            "dark_colour": in_the_dark(content.brand.colour if content.brand else OWN_COLOUR),
            "language": reader.language,
            "dates": dates,
            "conditions": _conditions(content.conditions, dates, texts, reader.language),
            "name": mail_line(reader.name, NAME),
            "preferences_url": reader.preferences_url,
            "unsubscribe_url": reader.unsubscribe_url,
            "view_url": reader.view_url,
            "page_url": reader.page_url,
            "page_label": self._texts[reader.language].gettext(LINKED_PAGES[kind.name].label) if reader.page_url else "",
            "listing": listing,
            "title": listing.title if listing else mail_line(content.organization, TITLE),
            "organization": mail_line(content.organization, TITLE),
            "person": mail_line(content.person, NAME),
            "person_email": mail_address(content.person_email),
            "deadline": content.deadline,
            "starts": content.starts,
            "ends": content.ends,
            "meeting": _meeting(content.meeting) if content.meeting else None,
            "moved_from": _meeting(content.moved_from) if content.moved_from else None,
            "answer": content.answer,
            "slots": [_meeting(slot) for slot in content.slots[:MOST_ROWS]],
            "terms": words.terms(content.terms),
            "skills": [words.skill(term, level) for term, level in content.skills[:MOST_ROWS]],
            "skills_left_out": len(content.skills[MOST_ROWS:]),
            "attempt": content.attempt,
            "role": mail_line(content.role, TITLE),
            "listings": [_listing(one) for one in content.listings[:MOST_ROWS]],
            "listings_left_out": len(content.listings[MOST_ROWS:]),
            "sign_in_url": content.sign_in_url,
            "sign_in_code": content.sign_in_code,
            "passkey": mail_line(content.passkey, NAME),
            "account_url": content.account_url,
            "round_name": mail_line(content.round_name, TITLE),
            "choices": [Row(_listing(choice.listing), words.outcome(choice.result)) for choice in content.choices[:MOST_ROWS]],
            "free": [_listing(one) for one in content.free],
            "seats": [Row(_listing(one.listing), words.seats(one.people)) for one in content.seats[:MOST_ROWS]],
            "seats_left_out": len(content.seats[MOST_ROWS:]),
            "placed_before": _placed_before(content),
            "choices_left_out": len(content.choices[MOST_ROWS:]),
            "matches": matches,
            "count_new": len(new) or len(matches) or 1,
            "all_new": len(new) in (0, len(matches)),
            "best": next(iter(new or [match.title for match in matches]), ""),
            "week": [Row(_listing(row.listing), _week(words, [row])) for row in content.week[:MOST_ROWS]],
            "week_left_out": len(content.week[MOST_ROWS:]),
            "week_words": _week(words, content.week),
        }


def _inliner(style: str) -> CSSInliner:
    return CSSInliner(extra_css=style, keep_style_tags=True, load_remote_stylesheets=False)


def _environment(language: Language) -> Environment:
    """The templates in one language. Texts are translated while rendering, so each language needs its own environment."""
    environment = Environment(
        loader=PackageLoader("notifications"),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters["short"] = shortened
    environment.install_gettext_translations(translations(language, "notifications"), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _listing(listing: NamedListing) -> NamedListing:
    return NamedListing(
        listing.id, mail_line(listing.title, TITLE), mail_line(listing.organization, TITLE), web_address(listing.url)
    )


def _conditions(conditions: ListingConditions, dates: Dates, texts: NullTranslations, language: Language) -> list[Condition]:
    return condition_rows(replace(conditions, place=mail_line(conditions.place, PLACE)), dates, texts, language)


def _meeting(meeting: Meeting) -> Meeting:
    return Meeting(meeting.starts, meeting.ends, mail_line(meeting.place, PLACE), web_address(meeting.url))


def _week(words: Words, rows: Sequence[WeekRow]) -> str:
    """What happened to these listings in total."""
    return words.week(*(sum(getattr(row, name) for row in rows) for name in ("applications", "offers", "accepted")))


def _placed_before(content: MailContent) -> bool:
    """Whether somebody got no seat on a match day just because they had one before."""
    results = {choice.result for choice in content.choices}
    return content.listing is None and results == {"placed_elsewhere"}


def _match(recommended: Recommended, words: Words, told: set[str], conditions: list[Condition]) -> MatchRow:
    """A match with reasons that are not among those ``told``, to which they are added."""
    match = recommended.match
    reasons = words.reasons(match, told=told)
    told.update(reasons)
    return MatchRow(
        mail_line(match.title, TITLE),
        mail_line(match.organization, TITLE),
        web_address(recommended.url),
        recommended.new,
        reasons,
        conditions,
    )


def _tidied(text: str) -> str:
    """The text with at most one empty line in a row, and none at its ends."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip("\n") + "\n"
