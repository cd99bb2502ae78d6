"""Listings: the terms that hosts ask for, and the conditions of the work. Pure."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from matching.model.terms import Terms
from matching.model.words import Word, words_of_listing
from shared.contract.events.fields import Discipline
from shared.contract.events.listings import ListingPublished, Pay

Kind = Literal["skill", "topic", "research"]
"""The role of a term in a listing: a required skill, a topic to work on, or a research interest."""

INTERNSHIP: Final = "internship"
"""The kind of listings that attendees are matched with. Others, such as `leadership`, are only for nominees."""

FOUND_WEIGHT: Final = 0.5
"""The weight of a term that only the text mentions. One that the host named weighs 1."""

MAX_REQUESTED_TERMS: Final = 200
"""How many terms of a listing count. The first ones are used."""


def mastery_of_level(level: int) -> float:
    """The mastery, from 0 to 1, of a level from 1 (novice) to 5 (expert; Dreyfus and Dreyfus 1980)."""
    return 0.25 + 0.15 * level


class RequestedTerm(NamedTuple):
    """A term that a listing asks for."""

    kind: Kind
    name: str
    """The term as the host wrote it."""
    weight: float = 1.0
    suffices: float = 1.0
    """The mastery, from 0 to 1, that is fully sufficient."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """When, where and how much to work. None excludes nobody."""

    starts: date | None = None
    ends: date | None = None
    hours_per_week: int | None = None
    country: str | None = None
    remote: bool = False
    work_permission: bool = False
    place: str | None = None
    """The town or campus, to show to people."""


@dataclass(slots=True)
class Listing:
    """A listing as matching knows it. ``open`` is False once it is withdrawn."""

    id: str
    version: int
    open: bool
    title: str = ""
    organization: str = ""
    organization_id: str = ""
    url: str | None = None
    requested_terms: dict[str, RequestedTerm] = field(default_factory=dict)
    """The requested terms, by key in the vocabulary."""
    words: dict[str, Word] = field(default_factory=dict)
    """All words of its text and its tags, by their stems."""
    mentor_ids: list[str] = field(default_factory=list)
    conference_ids: list[str] = field(default_factory=list)
    disciplines: list[Discipline] = field(default_factory=list)
    crossing: bool = False
    """Whether it looks for people from disciplines other than its own."""
    conditions: Conditions = field(default_factory=Conditions)
    seats: int = 1
    """How many seats were left when it was published."""
    approved: bool = True
    deadline: datetime | None = None
    kind: str = INTERNSHIP
    capacity: int | None = None
    """All of its seats, free and taken, as stated by the host; None if not stated."""
    pay: Pay | None = None
    """The pay; None if not stated."""
    answer_days: int | None = None
    """How many days the host has to answer an application; None: the platform's default."""
    opens_at: datetime | None = None
    """For a leadership programme, when nominations open; None: on publication."""
    author_id: str | None = None
    """The attendee whose idea it was, while only they may apply."""
    author_only_until: datetime | None = None
    """Until when only the author may apply; None: everybody may."""
    closed: bool = False
    """Whether it ended for good (closed by its host, or erased) rather than being filled or past its deadline."""

    @property
    def recruits(self) -> bool:
        """Whether attendees are matched with it while it is open."""
        return self.approved and self.kind == INTERNSHIP and self.author_only_until is None

    def is_found_by(self, search: str) -> bool:
        """Whether its title and its host's name contain all words of the search."""
        text = f"{self.title} {self.organization}".casefold()
        return all(word in text for word in search.casefold().split())

    def is_available(self, now: datetime) -> bool:
        """Whether it can be recommended to anybody."""
        return self.obstacle(now) is None and self.author_only_until is None

    def is_kept_from(self, attendee_id: str, now: datetime) -> bool:
        """Whether this attendee cannot apply yet, because applying is still reserved for the idea's author."""
        return self.author_only_until is not None and now < self.author_only_until and attendee_id != self.author_id

    def open_to_all(self) -> "Listing":
        """The listing, opened to everybody."""
        return replace(self, author_id=None, author_only_until=None)

    def obstacle(self, now: datetime, *, nominated: bool = False) -> str | None:
        """What rules the listing out for everybody, or for ``nominated`` people; None if nothing does."""
        if not self.open:
            return "closed"
        if not self.approved:
            return "host not approved"
        if self.kind != INTERNSHIP:
            if not nominated:
                return "for the nominated only"
            if self.opens_at is not None and self.opens_at > now:
                return "not open yet"
        if self.seats <= 0:
            return "no seats left"
        return None if self.deadline is None or self.deadline > now else "deadline passed"


def requested_terms_of(listing: ListingPublished, terms: Terms) -> dict[str, RequestedTerm]:
    """The terms that a listing asks for, each once: as a skill, else for research, else as a topic (like terms in its text)."""
    requested_terms: dict[str, RequestedTerm] = {}
    requirements = {requirement.term: requirement for requirement in listing.requirements}
    for name in listing.skills:
        requirement = requirements.get(name)
        suffices = mastery_of_level(requirement.level) if requirement and requirement.level else 1.0
        requested_terms.setdefault(
            terms.normalise(name), RequestedTerm("skill", name, requirement.weight if requirement else 1.0, suffices)
        )
    for name in _research(listing):
        requested_terms.setdefault(terms.normalise(name), RequestedTerm("research", name))
    for name in listing.topics:
        requested_terms.setdefault(terms.normalise(name), RequestedTerm("topic", name))
    for key in terms.find(f"{listing.title}\n{listing.description or ''}"):
        requested_terms.setdefault(key, RequestedTerm("topic", terms.name(key), FOUND_WEIGHT))
    requested_terms.pop("", None)  # a text without any word
    return dict(list(requested_terms.items())[:MAX_REQUESTED_TERMS])


def _research(listing: ListingPublished) -> list[str]:
    return [*listing.research.interests, *listing.research.equipment] if listing.research else []


def listing_of(listing: ListingPublished, terms: Terms) -> Listing:
    """The open listing that the event describes."""
    conditions = Conditions()
    if published := listing.conditions:
        conditions = Conditions(
            published.starts,
            published.ends,
            published.hours_per_week,
            published.country,
            published.remote,
            published.work_permission,
            published.place,
        )
    return Listing(
        id=listing.listing_id,
        version=listing.version,
        open=True,
        title=listing.title,
        organization=listing.organization,
        organization_id=listing.organization_id,
        url=listing.url,
        requested_terms=requested_terms_of(listing, terms),
        words=words_of_listing((listing.title, listing.description or "", *listing.skills, *listing.topics, *_research(listing))),
        mentor_ids=listing.mentor_person_ids,
        conference_ids=listing.conference_ids,
        disciplines=list(listing.disciplines),
        crossing=listing.crossing,
        conditions=conditions,
        seats=listing.seats,
        approved=listing.approved,
        deadline=listing.deadline,
        kind=listing.kind,
        capacity=listing.capacity,
        pay=listing.pay,
        answer_days=listing.answer_days,
        opens_at=listing.opens_at,
        author_id=listing.idea_author_id if listing.author_only_until else None,
        author_only_until=listing.author_only_until if listing.idea_author_id else None,
    )
