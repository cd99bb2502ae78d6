"""The attendee whose pages are shown, and the words of their language."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from gettext import NullTranslations
from typing import Final

from matching.applications.domain.terms import ListingTerms, terms_of
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.placements.use_cases.placement_maker import Overlap
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.listings import Pay
from shared.contract.events.matching import Offer
from shared.database.mongo import Tx
from shared.refusals import Forbidden, Refusal, Stale
from shared.urls import kept_address
from shared.web.access.callers import Caller, PersonCaller
from shared.web.pages.reader import Reader
from shared.wording.conditions import Condition, ListingConditions, brief_conditions, condition_rows
from shared.wording.languages import Language, translatable, translations
from shared.wording.reason_texts import Words

AREA: Final = "attendee"
REFUSALS: Final[Mapping[type[Refusal], str]] = {
    Stale: translatable("This has changed since you saw it. Look at it again, then decide."),
    Overlap: translatable("You have a placement at that time, which leaves no hours for this one."),
}
"""What pages say of a refusal, in words for attendees."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """The signed-in person, as an attendee."""

    ids: tuple[str, ...]
    """All ids of the person, also those of attendees who were merged into one."""
    id: str
    """The id under which they act: that of the profile that is matched."""
    candidate: Candidate | None
    """None: matching does not know them."""

    @property
    def agrees(self) -> bool:
        """Whether they are matched: they agreed to it, and something is known of them."""
        return self.candidate is not None and not self.candidate.empty


def ids_of(caller: Caller) -> tuple[str, ...]:
    """The ids of the signed-in person. Operators, too, see only their own things here.

    Raises:
        Forbidden: it is a program, which has nothing of its own.
    """
    if not isinstance(caller, PersonCaller):
        raise Forbidden("this page is for people who are signed in; programs use the HTTP interface")
    return caller.session.person_ids


async def attendee_of(ids: tuple[str, ...], candidates: CandidatesRepository, tx: Tx) -> Attendee:
    """The attendee with these ids."""
    known = await candidates.get_many(ids, tx)
    kept = [known[id] for id in ids if id in known and known[id].merged_into is None]
    chosen = next((candidate for candidate in kept if not candidate.empty), kept[0] if kept else None)
    return Attendee(ids, chosen.id if chosen else ids[0], chosen)


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of a page, in its reader's language and time zone."""

    reader: Reader
    texts: NullTranslations
    words: Words

    @property
    def gettext(self) -> Callable[[str], str]:
        return self.texts.gettext

    def conditions(self, conditions: ListingConditions) -> list[Condition]:
        return condition_rows(conditions, self.reader.dates, self.texts, self.reader.language)

    def brief(self, conditions: ListingConditions) -> list[str]:
        """The conditions for a list."""
        return brief_conditions(conditions, self.reader.dates, self.texts, self.reader.language)


def voice(reader: Reader) -> Voice:
    """The words for this reader."""
    return Voice(reader, translations(reader.language, "matching"), _words(reader.language))


def conditions_of(listing: Listing) -> ListingConditions:
    """What a listing says of its conditions now."""
    return _conditions(terms_of(listing), listing)


def conditions_of_terms(terms: ListingTerms, offer: Offer | None = None) -> ListingConditions:
    """What an attendee agreed to, with the dates of the offer."""
    known = _conditions(terms)
    return replace(known, starts=offer.starts or known.starts, ends=offer.ends or known.ends) if offer else known


def web_page_of(listing: Listing | None) -> str:
    """The host's own page about the listing; "" if there is none."""
    return (listing and kept_address(listing.url)) or ""


def options(texts: Mapping[str, str], gettext: Callable[[str], str], leave_out: Collection[str] = ()) -> list[tuple[str, str]]:
    """Choices of a form: values with their texts in the reader's language."""
    return [(value, gettext(text)) for value, text in texts.items() if value not in leave_out]


def _conditions(terms: ListingTerms, listing: Listing | None = None) -> ListingConditions:
    pay: Pay | None = terms.pay
    return ListingConditions(
        starts=terms.starts,
        ends=terms.ends,
        hours=terms.hours_per_week,
        place=terms.place or "",
        country=terms.country,
        remote=terms.remote,
        amount=pay.amount if pay else None,
        currency=pay.currency if pay else None,
        period=pay.period if pay else None,
        deadline=listing.deadline if listing else None,
    )


@cache
def _words(language: Language) -> Words:
    return Words(translations(language, "matching"))
