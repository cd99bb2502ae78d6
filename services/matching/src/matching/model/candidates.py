"""Candidates: what attendees know, heard, whom they met, and when and where they can work. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from matching.model.listings import Listing, mastery_of_level
from matching.model.terms import Terms
from shared.contract.events.fields import Discipline
from shared.contract.events.matching import Match
from shared.contract.events.registration import AttendeeProfiled

ScoredListings = Sequence[tuple[str, float]]
"""The ids of listings with their scores, best first."""

DECLARED_MASTERY = 0.75
"""Of a skill that the attendee named without a level."""


class Attended(NamedTuple):
    """A session that was attended."""

    conference_id: str
    session_id: str


@dataclass(slots=True)
class Interest:
    """What is known of an attendee and one term."""

    declared: bool = False
    level: int | None = None
    sessions: dict[Attended, str] = field(default_factory=dict)
    """Where it was heard, with the session's title."""

    @property
    def mastery(self) -> float:
        """How sure we are that the attendee has it, from 0 to 1.

        What the attendee says of themselves is where it begins; each session halves what is missing.
        """
        said = mastery_of_level(self.level) if self.level else DECLARED_MASTERY if self.declared else 0.0
        return float(1.0 - (1.0 - said) * 0.5 ** len(self.sessions))


@dataclass(frozen=True, slots=True)
class Availability:
    """When, where and how much somebody can work. What is None is not known, and excludes nothing."""

    starts: date | None = None
    ends: date | None = None
    hours_per_week: int | None = None
    countries: frozenset[str] | None = None
    remote: bool | None = None
    work_permission: frozenset[str] | None = None


@dataclass(slots=True)
class Candidate:
    """An attendee as matching knows them, with the list of best matches that was last published."""

    id: str
    shard: int
    """The partition of the profiles' topic: one instance at a time works on it."""
    version: int = 0
    interests: dict[str, Interest] = field(default_factory=dict)
    """By the term's key in the vocabulary: what the profile says."""
    sessions: list[Attended] = field(default_factory=list)
    met: dict[str, str] = field(default_factory=dict)
    """The persons met, each with the conference."""
    conference_ids: set[str] = field(default_factory=set)
    discipline: Discipline | None = None
    availability: Availability = field(default_factory=Availability)
    matches: list[Match] = field(default_factory=list)
    matches_version: int = 0

    @property
    def empty(self) -> bool:
        """Nothing is known: they do not agree to be matched any more, or turned out to be somebody known by another id."""
        return not (self.interests or self.sessions or self.met or self.conference_ids or self.discipline)

    def adopt(self, profile: AttendeeProfiled, terms: Terms) -> None:
        """Be as this newer profile says."""
        self.version = profile.version
        self.interests = {}
        for interest in profile.interests:  # a term known as a skill and as a topic, or written in two ways, is one interest
            known = self.interests.setdefault(terms.normalise(interest.term), Interest())
            known.declared = known.declared or interest.declared
            known.level = max(filter(None, (known.level, interest.level)), default=None)
            known.sessions |= {Attended(seen.conference_id, seen.session_id): seen.title for seen in interest.evidence}
        self.interests.pop("", None)  # what is no word at all
        self.sessions = [Attended(one.conference_id, one.session_id) for one in profile.sessions]
        self.met = {encounter.person_id: encounter.conference_id for encounter in profile.met}
        self.conference_ids = set(profile.conference_ids)
        self.discipline = profile.discipline
        self.availability = Availability()
        if said := profile.availability:
            self.availability = Availability(
                starts=said.starts,
                ends=said.ends,
                hours_per_week=said.hours_per_week,
                countries=None if said.countries is None else frozenset(said.countries),
                remote=said.remote,
                work_permission=None if said.work_permission is None else frozenset(said.work_permission),
            )

    def heard(self, terms: dict[Attended, tuple[str, list[str]]]) -> dict[str, Interest]:
        """The interests with what was heard in the sessions attended. ``terms``: of a session, its title and its terms' keys."""
        interests = self.interests
        for session in self.sessions:
            title, keys = terms.get(session, ("", []))
            for key in keys:
                if session in (known := interests.get(key) or Interest()).sessions:
                    continue
                if interests is self.interests:
                    interests = dict(interests)
                interests[key] = Interest(known.declared, known.level, known.sessions | {session: title})
        return interests


def obstacle(availability: Availability, listing: Listing) -> str | None:
    """What rules it out that somebody with this availability takes the listing, as a word; None where nothing does."""
    asked = listing.conditions
    first, last = asked.starts or asked.ends, asked.ends or asked.starts
    if first and last and ((availability.starts or date.min) > first or (availability.ends or date.max) < last):
        return "dates"
    if asked.hours_per_week and availability.hours_per_week and availability.hours_per_week < asked.hours_per_week:
        return "hours"
    from_afar = asked.remote and availability.remote is not False
    if not from_afar and asked.country and availability.countries is not None and asked.country not in availability.countries:
        return "place"
    permitted = availability.work_permission
    if asked.work_permission and asked.country and permitted is not None and asked.country not in permitted:
        return "work permission"
    return None
