"""Counting, person by person: what is kept grows with openings and conferences, not with people."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matching.model.candidates import Attended
from matching.model.conferences import Conference
from matching.model.openings import Opening
from shared.contract.events.fields import Discipline

Crossed = tuple[Discipline, Discipline]
"""A person's field, and an opening's."""


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
class _Openings:
    """Some of a person's openings: those matched, ranked or placed."""

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

    def add(self, openings: _Openings) -> None:
        self.people += openings.any
        self.hosts.update(openings.hosts)
        self.crossings.update(openings.crossings)
        self.comparable += bool(openings.crossings)
        self.crossing += openings.crosses


@dataclass(slots=True)
class Scope:
    """The counters of one conference, or of all."""

    attendees: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """Of each skill that any opening asks for, how many people have it."""
    fields: Counter[Discipline] = field(default_factory=Counter)
    """How many people are of each."""
    matched: Stage = field(default_factory=Stage)
    ranked: Stage = field(default_factory=Stage)
    placed: Stage = field(default_factory=Stage)


class Tallies:
    """Counts people for all conferences at once, each person in one pass.

    ``openings``: all that are known, closed ones too. ``taken``: of a listing, how many have a seat of it. An opening counts
    while it is available, and once somebody is placed in it.
    """

    def __init__(
        self, openings: Iterable[Opening], conferences: Iterable[Conference], taken: Mapping[str, int], now: datetime
    ) -> None:
        self.now = now
        self.openings = {opening.id: opening for opening in openings if opening.organization}  # not those that were erased
        self.conferences = {conference.id: conference for conference in conferences}
        self.taken = taken
        self.titles: dict[Attended, str] = {}
        self._about: dict[Attended, Collection[str]] = {}
        for conference in self.conferences.values():
            for session in conference.sessions:
                self.titles[Attended(conference.id, session.id)] = session.title
                self._about[Attended(conference.id, session.id)] = session.terms
        self._counting = [opening for opening in self.openings.values() if opening.is_available(now) or taken.get(opening.id)]
        self.hosts = {host(opening): opening.organization for opening in self.openings.values()}
        """By what they are known, their names."""
        self._asked = {key for opening in self._counting for key in skills(opening)}
        self.all = Scope()
        self.scopes = {id: Scope() for id in self.conferences}
        self.attended: Counter[Attended] = Counter()
        self.matched: Counter[Attended] = Counter()
        """Of each session, to how many people who were there an opening is recommended that asks for what it is about."""
        self.placed: Counter[Attended] = Counter()

    def add(self, person: Person) -> None:
        """Count this person. Whoever withdrew their consent has an empty profile, and does not count, placed or not."""
        if not (person.conference_ids or person.interests):
            return
        evidence = self._evidence(person)
        held = self._asked & evidence.keys()
        # Who came further counts for what is before, too: a filled opening is recommended to nobody any more.
        reached = {*person.placed, *person.ranked, *person.matches}
        matched, ranked, placed = (self._some(person, ids) for ids in (reached, {*person.placed, *person.ranked}, person.placed))
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

    def offered(self, conference_id: str | None) -> list[Opening]:
        """The openings that count, of those that attendees of this conference may get; None: of any."""
        # A host that names no conference takes people from any.
        return [
            opening
            for opening in self._counting
            if conference_id is None or not opening.conference_ids or conference_id in opening.conference_ids
        ]

    def seats(self, opening: Opening) -> int:
        """Free ones and taken ones."""
        return (opening.seats if opening.is_available(self.now) else 0) + self.taken.get(opening.id, 0)

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
        asked = {key for id in listing_ids if id in self.openings for key in self.openings[id].asks.keys() & evidence.keys()}
        return {session for key in asked for session in evidence[key]}

    def _some(self, person: Person, listing_ids: Iterable[str]) -> _Openings:
        openings = [self.openings[id] for id in listing_ids if id in self.openings]
        own = person.discipline
        return _Openings(
            any=bool(openings),
            hosts={host(opening) for opening in openings},
            crossings={(own, other) for opening in openings for other in opening.disciplines} if own else (),
            crosses=own is not None and any(opening.disciplines and own not in opening.disciplines for opening in openings),
        )


def host(opening: Opening) -> str:
    """By what a host is known."""
    return opening.organization_id or opening.organization


def skills(opening: Opening) -> list[str]:
    """The keys of the skills that it asks for."""
    return [key for key, ask in opening.asks.items() if ask.kind == "skill"]
