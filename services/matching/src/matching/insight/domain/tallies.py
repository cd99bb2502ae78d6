"""Counts people one by one. Memory grows with listings and conferences, not with people."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matching.insight.domain.funnel import Funnel, Stage, StageListings
from matching.insight.domain.turnout import Turnout
from matching.model.candidates import Attended
from matching.model.conferences import Conference
from matching.model.listings import Listing
from shared.contract.events.fields import Discipline

Crossed = tuple[Discipline, Discipline]
"""A person's discipline and a listing's."""


@dataclass(frozen=True, slots=True)
class CountedPerson:
    """What is counted about one candidate. ``matches``, ``ranked`` (in match-day rounds) and ``placed`` are ids of listings."""

    conference_ids: Collection[str] = ()
    discipline: Discipline | None = None
    interests: Mapping[str, Collection[Attended]] = field(default_factory=dict)
    """The sessions about each term, by the term's key, as in the profile."""
    sessions: Collection[Attended] = ()
    excluded: Collection[str] = ()
    """The keys of terms by which they do not want to be matched."""
    matches: Collection[str] = ()
    ranked: Collection[str] = ()
    placed: Collection[str] = ()
    stages: StageListings = field(default_factory=dict)
    """How far they came with which listings, besides ``matches``."""
    answered: Collection[str] = ()
    """The listings whose host answered an application of theirs in time."""
    unanswered: Collection[str] = ()
    """The listings whose host let the day of the answer pass."""


@dataclass(frozen=True, slots=True)
class _Listings:
    """A person's listings of one stage."""

    any: bool
    hosts: Collection[str]
    crossings: Collection[Crossed]
    crosses: bool
    """Whether at least one is outside the person's own discipline."""


@dataclass(slots=True)
class Reach:
    """How many people were matched, ranked listings or were placed, and with which listings."""

    people: int = 0
    hosts: Counter[str] = field(default_factory=Counter)
    crossings: Counter[Crossed] = field(default_factory=Counter)
    comparable: int = 0
    crossing: int = 0

    def add(self, listings: _Listings) -> None:
        self.people += listings.any
        self.hosts.update(listings.hosts)
        self.crossings.update(listings.crossings)
        self.comparable += bool(listings.crossings)
        self.crossing += listings.crosses


@dataclass(slots=True)
class Scope:
    """The counters of one conference, or of all together."""

    attendees: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """How many people have each skill that any listing asks for."""
    fields: Counter[Discipline] = field(default_factory=Counter)
    """How many people are of each discipline."""
    matched: Reach = field(default_factory=Reach)
    ranked: Reach = field(default_factory=Reach)
    placed: Reach = field(default_factory=Reach)
    funnel: Funnel = field(default_factory=Funnel)


class Tallies:
    """Counts people for all conferences in one pass.

    ``listings``: all known ones, including closed ones; ``taken``: how many people have a seat, by listing. A listing
    counts while it is available, and once somebody is placed in it.
    """

    def __init__(
        self,
        listings: Iterable[Listing],
        conferences: Iterable[Conference],
        taken: Mapping[str, int],
        now: datetime,
        turnouts: Mapping[str, Turnout] | None = None,
    ) -> None:
        """``turnouts``: by conference, of those that registration has counted."""
        self.now = now
        self.turnouts = turnouts or {}
        self.listings = {listing.id: listing for listing in listings if listing.organization}  # not those that were erased
        self.conferences = {conference.id: conference for conference in conferences}
        self.taken = taken
        self.titles: dict[Attended, str] = {}
        self._about: dict[Attended, Collection[str]] = {}
        for conference in self.conferences.values():
            for session in conference.sessions:
                self.titles[Attended(conference.id, session.id)] = session.title
                self._about[Attended(conference.id, session.id)] = session.terms
        self._counting = [listing for listing in self.listings.values() if listing.is_available(now) or taken.get(listing.id)]
        self.hosts = {host(listing): listing.organization for listing in self.listings.values()}
        """The names of hosts, by their ids."""
        self._asked = {key for listing in self._counting for key in skills(listing)}
        self.all = Scope()
        self.scopes = {id: Scope() for id in self.conferences}
        self.attended: Counter[Attended] = Counter()
        self.matched: Counter[Attended] = Counter()
        """By session: how many people who were there are recommended a listing that asks for one of its terms."""
        self.placed: Counter[Attended] = Counter()
        self.session_stages: defaultdict[Attended, Counter[Stage]] = defaultdict(Counter)
        """By session and stage: how many people who were there came so far with a listing that asks for one of its terms."""

    def add(self, person: CountedPerson) -> None:
        """Count a person. Somebody who withdrew consent has an empty profile and does not count, even if placed."""
        if not (person.conference_ids or person.interests):
            return
        evidence = self._evidence(person)
        held = self._asked & evidence.keys()
        # A later stage includes the earlier ones: a filled listing is no longer recommended to anybody.
        reached = {*person.placed, *person.ranked, *person.matches}.union(*person.stages.values())
        matched, ranked, placed = (
            self._listings_of(person, ids) for ids in (reached, {*person.placed, *person.ranked}, person.placed)
        )
        stages = {stage: self._known(ids) for stage, ids in {**person.stages, "recommended": reached}.items()}
        hosts_by_stage = {stage: {host(listing) for listing in listings} for stage, listings in stages.items() if listings}
        answered, unanswered = ({host(listing) for listing in self._known(ids)} for ids in (person.answered, person.unanswered))
        for scope in (self.all, *(self.scopes[id] for id in set(person.conference_ids) if id in self.scopes)):
            scope.attendees += 1
            scope.held.update(held)
            if person.discipline:
                scope.fields[person.discipline] += 1
            scope.matched.add(matched)
            scope.ranked.add(ranked)
            scope.placed.add(placed)
            scope.funnel.add(person.discipline, hosts_by_stage)
            scope.funnel.answered.update(answered)
            scope.funnel.unanswered.update(unanswered)
        self.attended.update(set(person.sessions).union(*evidence.values()))
        self.matched.update(self._led_to(reached, evidence))
        self.placed.update(self._led_to(person.placed, evidence))
        for stage, listings in stages.items():
            for session in self._led_to([one.id for one in listings], evidence):
                self.session_stages[session][stage] += 1

    def offered(self, conference_id: str | None) -> list[Listing]:
        """The counting listings that are open to attendees of this conference, or (None) to any."""
        # A listing without a conference is open to attendees of any.
        return [
            listing
            for listing in self._counting
            if conference_id is None or not listing.conference_ids or conference_id in listing.conference_ids
        ]

    def seats(self, listing: Listing) -> int:
        """The listing's seats, free and taken."""
        return (listing.seats if listing.is_available(self.now) else 0) + self.taken.get(listing.id, 0)

    def _evidence(self, person: CountedPerson) -> dict[str, set[Attended]]:
        """All attended sessions about each of the person's terms, without those that they took out of their matching."""
        evidence = {key: set(sessions) for key, sessions in person.interests.items()}
        for session in person.sessions:
            for key in self._about.get(session, ()):
                if key not in person.excluded:
                    evidence.setdefault(key, set()).add(session)
        return evidence

    def _led_to(self, listing_ids: Iterable[str], evidence: Mapping[str, set[Attended]]) -> set[Attended]:
        """The sessions about a term that one of these listings asks for.

        A reason names only the first such session; here all of them count.
        """
        asked = {
            key for id in listing_ids if id in self.listings for key in self.listings[id].requested_terms.keys() & evidence.keys()
        }
        return {session for key in asked for session in evidence[key]}

    def _known(self, listing_ids: Iterable[str]) -> list[Listing]:
        return [self.listings[id] for id in listing_ids if id in self.listings]

    def _listings_of(self, person: CountedPerson, listing_ids: Iterable[str]) -> _Listings:
        listings = self._known(listing_ids)
        own = person.discipline
        return _Listings(
            any=bool(listings),
            hosts={host(listing) for listing in listings},
            crossings={(own, other) for listing in listings for other in listing.disciplines} if own else (),
            crosses=own is not None and any(listing.disciplines and own not in listing.disciplines for listing in listings),
        )


def host(listing: Listing) -> str:
    """The id of the listing's host."""
    return listing.organization_id or listing.organization


def skills(listing: Listing) -> list[str]:
    """The keys of the skills that the listing asks for."""
    return [key for key, ask in listing.requested_terms.items() if ask.kind == "skill"]
