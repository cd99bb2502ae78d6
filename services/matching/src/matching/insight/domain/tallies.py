"""Counting, person by person: what is kept grows with listings and conferences, not with people."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matching.model.candidates import Attended
from matching.model.conferences import Conference
from matching.model.listings import Listing
from shared.contract.events.fields import Discipline

Crossed = tuple[Discipline, Discipline]
"""A person's field, and a listing's."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is counted of one candidate. ``matches``, ``ranked`` (in match-day rounds) and ``placed`` are ids of listings."""

    conference_ids: Collection[str] = ()
    discipline: Discipline | None = None
    interests: Mapping[str, Collection[Attended]] = field(default_factory=dict)
    """Of each term's key, the sessions in which it was heard, as far as the profile says."""
    sessions: Collection[Attended] = ()
    matches: Collection[str] = ()
    ranked: Collection[str] = ()
    placed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Listings:
    """Some of a person's listings: those matched, ranked or placed."""

    any: bool
    hosts: Collection[str]
    crossings: Collection[Crossed]
    crosses: bool
    """At least one is outside of the person's own field."""


@dataclass(slots=True)
class Stage:
    """How many people came so far, or further: matched, ranked, placed."""

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
    """The counters of one conference, or of all."""

    attendees: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """Of each skill that any listing asks for, how many people have it."""
    fields: Counter[Discipline] = field(default_factory=Counter)
    """How many people are of each."""
    matched: Stage = field(default_factory=Stage)
    ranked: Stage = field(default_factory=Stage)
    placed: Stage = field(default_factory=Stage)


class Tallies:
    """Counts people for all conferences at once, each person in one pass.

    ``listings``: all that are known, closed ones too. ``taken``: of a listing, how many have a seat of it. A listing counts
    while it is available, and once somebody is placed in it.
    """

    def __init__(
        self, listings: Iterable[Listing], conferences: Iterable[Conference], taken: Mapping[str, int], now: datetime
    ) -> None:
        self.now = now
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
        """By what they are known, their names."""
        self._asked = {key for listing in self._counting for key in skills(listing)}
        self.all = Scope()
        self.scopes = {id: Scope() for id in self.conferences}
        self.attended: Counter[Attended] = Counter()
        self.matched: Counter[Attended] = Counter()
        """Of each session, to how many people who were there a listing is recommended that asks for what it is about."""
        self.placed: Counter[Attended] = Counter()

    def add(self, person: Person) -> None:
        """Count this person. Whoever withdrew their consent has an empty profile, and does not count, placed or not."""
        if not (person.conference_ids or person.interests):
            return
        evidence = self._evidence(person)
        held = self._asked & evidence.keys()
        # Who came further counts for what is before, too: a filled listing is recommended to nobody any more.
        reached = {*person.placed, *person.ranked, *person.matches}
        matched, ranked, placed = (
            self._listings_of(person, ids) for ids in (reached, {*person.placed, *person.ranked}, person.placed)
        )
        for scope in (self.all, *(self.scopes[id] for id in set(person.conference_ids) if id in self.scopes)):
            scope.attendees += 1
            scope.held.update(held)
            if person.discipline:
                scope.fields[person.discipline] += 1
            scope.matched.add(matched)
            scope.ranked.add(ranked)
            scope.placed.add(placed)
        self.attended.update(set(person.sessions).union(*evidence.values()))
        self.matched.update(self._led_to(reached, evidence))
        self.placed.update(self._led_to(person.placed, evidence))

    def offered(self, conference_id: str | None) -> list[Listing]:
        """The listings that count, of those that attendees of this conference may get; None: of any."""
        # A host that names no conference takes people from any.
        return [
            listing
            for listing in self._counting
            if conference_id is None or not listing.conference_ids or conference_id in listing.conference_ids
        ]

    def seats(self, listing: Listing) -> int:
        """Free ones and taken ones."""
        return (listing.seats if listing.is_available(self.now) else 0) + self.taken.get(listing.id, 0)

    def _evidence(self, person: Person) -> dict[str, set[Attended]]:
        """Of each term that the person has, all sessions in which it was heard."""
        evidence = {key: set(sessions) for key, sessions in person.interests.items()}
        for session in person.sessions:
            for key in self._about.get(session, ()):
                evidence.setdefault(key, set()).add(session)
        return evidence

    def _led_to(self, listing_ids: Iterable[str], evidence: Mapping[str, set[Attended]]) -> set[Attended]:
        """The sessions that were about something which one of these listings asks for.

        A reason of a match names one such session, the first. Here all of them count.
        """
        asked = {
            key for id in listing_ids if id in self.listings for key in self.listings[id].requested_terms.keys() & evidence.keys()
        }
        return {session for key in asked for session in evidence[key]}

    def _listings_of(self, person: Person, listing_ids: Iterable[str]) -> _Listings:
        listings = [self.listings[id] for id in listing_ids if id in self.listings]
        own = person.discipline
        return _Listings(
            any=bool(listings),
            hosts={host(listing) for listing in listings},
            crossings={(own, other) for listing in listings for other in listing.disciplines} if own else (),
            crosses=own is not None and any(listing.disciplines and own not in listing.disciplines for listing in listings),
        )


def host(listing: Listing) -> str:
    """By what a host is known."""
    return listing.organization_id or listing.organization


def skills(listing: Listing) -> list[str]:
    """The keys of the skills that it asks for."""
    return [key for key, ask in listing.requested_terms.items() if ask.kind == "skill"]
