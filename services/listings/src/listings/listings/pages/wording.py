"""A listing in the reader's words."""

from dataclasses import dataclass

from listings.listings.domain.details import ListingDetails
from shared.web.pages.reader import Reader
from shared.wording.conditions import Condition, ListingConditions, condition_rows
from shared.wording.languages import translations
from shared.wording.reason_texts import Words


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing's details, in the reader's language."""

    title: str
    description: str
    rows: list[Condition]
    """Where, when, how long, for how much, and until when."""
    skills: list[str]
    """With the levels that suffice."""
    topics: list[str]
    eligibility: str
    """Who is paid, if not everybody; "" if everybody is."""
    lab: str
    interests: list[str]
    equipment: list[str]


def offer(details: ListingDetails, reader: Reader) -> Offer:
    """The listing's details, for this reader."""
    texts = translations(reader.language, "listings")
    words = Words(texts)
    levels = {requirement.term: requirement.level for requirement in details.requirements}
    research = details.research
    return Offer(
        details.title,
        details.description,
        condition_rows(_conditions(details), reader.dates, texts, reader.language),
        [words.skill(term, levels.get(term)) for term in details.skills],
        details.topics,
        (details.pay.eligibility if details.pay else None) or "",
        (research.lab if research else None) or "",
        research.interests if research else [],
        research.equipment if research else [],
    )


def _conditions(details: ListingDetails) -> ListingConditions:
    given, pay = details.conditions, details.pay
    return ListingConditions(
        starts=given.starts if given else None,
        ends=given.ends if given else None,
        hours=given.hours_per_week if given else None,
        place=(given.place if given else None) or "",
        country=given.country if given else None,
        remote=given is not None and given.remote,
        amount=pay.amount if pay else None,
        currency=pay.currency if pay else None,
        period=pay.period if pay else None,
        deadline=details.closes_at,
    )
