"""Candidates: their interests, the sessions they attended, whom they met, and when and where they can work. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from matching.model.listings import Listing, mastery_of_level
from matching.model.terms import Terms
from matching.model.words import stems, words_of_person
from shared.contract.events.fields import Discipline
from shared.contract.events.matching import Match
from shared.contract.events.registration import AttendeeProfiled

ScoredListings = Sequence[tuple[str, float]]
"""The ids of listings with their scores."""

HIGHEST_LEVEL = 5
"""The level of an expert. A skill gained in a placement counts as if it was declared with this level."""

DECLARED_MASTERY = 0.75
"""The mastery of a skill that the attendee named without a level."""

ABOUT, MENTIONED = 0.5, 0.25
"""The part of the remaining gap that one attended session closes: for a term that it is about, and for one that only its abstract
mentions."""


NO_TERMS: Final[Mapping[str, bool]] = {}


class Attended(NamedTuple):
    """An attended session."""

    conference_id: str
    session_id: str


@dataclass(slots=True)
class Interest:
    """An attendee's relation to one term: declared, gained, or heard about in sessions."""

    declared: bool = False
    level: int | None = None
    sessions: dict[Attended, str] = field(default_factory=dict)
    """The attended sessions about the term, with their titles."""
    mentions: int = 0
    """How many of the sessions only mention it in their abstract."""

    @property
    def mastery(self) -> float:
        """How sure we are that the attendee has it, from 0 to 1.

        It starts from the attendee's own statement; each attended session closes a part of the remaining gap.
        """
        left: float = (1.0 - self.declared_mastery) * (1.0 - ABOUT) ** (len(self.sessions) - self.mentions)
        return 1.0 - (left * (1.0 - MENTIONED) ** self.mentions if self.mentions else left)

    @property
    def declared_mastery(self) -> float:
        """The mastery by the attendee's own statement; 0 without one."""
        return mastery_of_level(self.level) if self.level else DECLARED_MASTERY if self.declared else 0.0


@dataclass(frozen=True, slots=True)
class Availability:
    """When, where and how much somebody can work. None means unknown, and excludes nothing."""

    starts: date | None = None
    ends: date | None = None
    hours_per_week: int | None = None
    countries: frozenset[str] | None = None
    remote: bool | None = None
    work_permission: frozenset[str] | None = None


@dataclass(slots=True)
class Candidate:
    """An attendee as matching knows them, with their best matches."""

    id: str
    shard: int
    """The partition of the profiles' topic. One instance at a time works on a shard."""
    version: int = 0
    interests: dict[str, Interest] = field(default_factory=dict)
    """The interests in the profile, by the term's key."""
    sessions: list[Attended] = field(default_factory=list)
    met: dict[str, str] = field(default_factory=dict)
    """The conference where each person was met, by the person's id; if there were several, the first one."""
    met_again: dict[str, list[str]] = field(default_factory=dict)
    """The later conferences where people were met again, by their ids."""
    conference_ids: set[str] = field(default_factory=set)
    discipline: Discipline | None = None
    availability: Availability = field(default_factory=Availability)
    merged_into: str | None = None
    """The attendee into whom they were merged, whose candidate has all data of the person."""
    matches: list[Match] = field(default_factory=list)
    matches_version: int = 0
    sharing: bool = False
    """Whether the attendee agreed to be shown to the hosts of their matches."""
    hosts: dict[str, bool] = field(default_factory=dict)
    """The attendee's answers about individual organizations, which override ``sharing``."""
    excluded: frozenset[str] = frozenset()
    """The keys of terms by which the attendee does not want to be matched."""

    @property
    def empty(self) -> bool:
        """Whether nothing is known: they no longer agree to be matched, or were merged into another attendee."""
        return not (self.interests or self.sessions or self.met or self.conference_ids or self.discipline)

    def is_shown_to(self, organization_id: str) -> bool:
        """Whether this organization may see the attendee before they apply."""
        return self.hosts.get(organization_id, self.sharing)

    def met_at(self, person_id: str) -> set[str]:
        """The conferences where the attendee met this person."""
        first = {self.met[person_id]} if person_id in self.met else set()
        return first.union(self.met_again.get(person_id, ()))

    def update_from(self, profile: AttendeeProfiled, terms: Terms) -> None:
        """Update the candidate from a newer profile."""
        self.version = profile.version
        self.interests = {}
        for interest in profile.interests:  # a term may occur as both a skill and a topic, or in two spellings
            known = self.interests.setdefault(terms.normalise(interest.term), Interest())
            known.declared = known.declared or interest.declared
            known.level = max(filter(None, (known.level, interest.level)), default=None)
            if interest.placements:  # a mentor saw it, and the attendee agreed
                known.declared, known.level = True, HIGHEST_LEVEL
            known.sessions |= {Attended(seen.conference_id, seen.session_id): seen.title for seen in interest.evidence}
        self.interests.pop("", None)  # a text without any word
        declared = {key for key, interest in self.interests.items() if interest.declared}  # perhaps by another name
        self.excluded = frozenset(map(terms.normalise, profile.excluded_skills)) - declared
        for key in self.excluded:
            self.interests.pop(key, None)
        self.sessions = [Attended(session.conference_id, session.session_id) for session in profile.sessions]
        self.met = {encounter.person_id: encounter.conference_id for encounter in profile.met}  # the newest ones come first
        self.met_again = {}
        for encounter in profile.met:
            if encounter.conference_id != self.met[encounter.person_id]:
                self.met_again.setdefault(encounter.person_id, []).append(encounter.conference_id)
        self.conference_ids = set(profile.conference_ids)
        self.discipline = profile.discipline
        self.merged_into = profile.merged_into
        self.sharing = profile.sharing_consent
        self.hosts = {one.organization_id: one.agreed for one in profile.host_consents}
        self.availability = Availability()
        if availability := profile.availability:
            self.availability = Availability(
                starts=availability.starts,
                ends=availability.ends,
                hours_per_week=availability.hours_per_week,
                countries=None if availability.countries is None else frozenset(availability.countries),
                remote=availability.remote,
                work_permission=None if availability.work_permission is None else frozenset(availability.work_permission),
            )

    def interests_with_sessions(self, sessions: Mapping[Attended, tuple[str, Mapping[str, bool]]]) -> dict[str, Interest]:
        """The interests, with the terms of attended sessions.

        ``sessions``: each session's title, and the keys of its terms, with whether the session only mentions the term.
        """
        interests = self.interests
        for session in self.sessions:
            title, keys = sessions.get(session, ("", NO_TERMS))
            for key, mentioned in keys.items():
                if key in self.excluded or session in (known := interests.get(key) or Interest()).sessions:
                    continue
                if interests is self.interests:
                    interests = dict(interests)
                heard = known.sessions | {session: title}
                interests[key] = Interest(known.declared, known.level, heard, known.mentions + mentioned)
        return interests

    def words(self, sessions: Mapping[Attended, Mapping[str, float]]) -> dict[str, float]:
        """The share of each word, by stem; see ``words_of_person``. ``sessions``: what attending each one adds for its words."""
        declared = {key: mastery for key, interest in self.interests.items() if (mastery := interest.declared_mastery)}
        heard: Iterable[Mapping[str, float]] = (sessions[session] for session in self.sessions if session in sessions)
        if self.excluded:
            without = frozenset[str]().union(*map(stems, self.excluded))
            heard = ({word: part for word, part in words.items() if word not in without} for words in heard)
        return words_of_person(declared, heard)


def obstacle(availability: Availability, listing: Listing) -> str | None:
    """The condition of the listing that this availability does not meet; None if it meets all."""
    conditions = listing.conditions
    first, last = conditions.starts or conditions.ends, conditions.ends or conditions.starts
    if first and last and ((availability.starts or date.min) > first or (availability.ends or date.max) < last):
        return "dates"
    if conditions.hours_per_week and availability.hours_per_week and availability.hours_per_week < conditions.hours_per_week:
        return "hours"
    remotely = conditions.remote and availability.remote is not False
    if (
        not remotely
        and conditions.country
        and availability.countries is not None
        and conditions.country not in availability.countries
    ):
        return "place"
    permitted = availability.work_permission
    if conditions.work_permission and conditions.country and permitted is not None and conditions.country not in permitted:
        return "work permission"
    return None
