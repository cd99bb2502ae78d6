"""Types of matching, and the score of a candidate and an opening with its reasons. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from math import log
from typing import Final, Literal

from shared.events.matching import Match, Reason
from shared.events.registration import AttendeeProfiled, Interest

ReasonKind = Literal["skill", "topic", "met", "conference"]

WEIGHTS: Final[dict[ReasonKind, float]] = {"skill": 0.5, "topic": 0.25, "met": 0.15, "conference": 0.1}
"""The most that each kind of reason can add to a score; together 1."""

BEST: Final = 10
"""How many matches an attendee's list holds."""

LEAST_SCORE: Final = 0.05
"""A weaker match is noise and not recommended."""


@dataclass(slots=True)
class Opening:
    """A listing as matching knows it. ``open`` is False once it was withdrawn."""

    id: str
    version: int
    open: bool
    title: str = ""
    organization: str = ""
    url: str | None = None
    skills: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    mentor_ids: list[str] = field(default_factory=list)
    conference_ids: list[str] = field(default_factory=list)
    deadline: datetime | None = None

    def terms(self) -> dict[str, tuple[ReasonKind, str]]:
        """Each term's normal form, with its kind and the host's way of writing it. What is a skill is no topic too."""
        terms: dict[str, tuple[ReasonKind, str]] = {term.casefold(): ("topic", term) for term in self.topics}
        return terms | {term.casefold(): ("skill", term) for term in self.skills}


@dataclass(slots=True)
class Candidate:
    """An attendee as matching knows them, with the list of best matches that was last published."""

    id: str
    shard: int
    """The partition of the profiles' topic: one instance at a time works on it."""
    version: int = 0
    interests: dict[str, Interest] = field(default_factory=dict)
    """By the term's normal form."""
    met: set[str] = field(default_factory=set)
    conference_ids: set[str] = field(default_factory=set)
    matches: list[Match] = field(default_factory=list)
    matches_version: int = 0

    def adopt(self, profile: AttendeeProfiled) -> None:
        """Be as this newer profile says."""
        self.version = profile.version
        self.interests = {}
        for interest in profile.interests:  # a term known as a skill and as a topic is one interest
            self.interests[interest.term.casefold()] = _joined(self.interests.get(interest.term.casefold()), interest)
        self.met = {encounter.person_id for encounter in profile.met}
        self.conference_ids = set(profile.conference_ids)


def _joined(known: Interest | None, more: Interest) -> Interest:
    if known is None:
        return more
    evidence = known.evidence + [one for one in more.evidence if one not in known.evidence]
    return known.model_copy(update={"declared": known.declared or more.declared, "evidence": evidence})


def strength(interest: Interest) -> float:
    """How sure we are of an interest, from 0 to 1: a half for one session, three quarters for two or if declared, and so on."""
    return 1.0 - 0.5 ** (len(interest.evidence) + 2 * interest.declared)


class Catalogue:
    """All open openings, indexed by what they ask for.

    The score of a candidate c for an opening o is the sum of its reasons, each bounded by ``WEIGHTS``:

    - for each kind (skill, topic), the terms in common, each by its rarity and the candidate's strength in it, over all
      terms of that kind that o asks for: ``weight * sum(rarity(t) * strength(c, t)) / sum(rarity(t))``, where
      ``rarity(t) = ln(1 + N / n(t))`` is the inverse document frequency (Spärck Jones 1972) of t among N openings;
    - met: c met one of o's mentors;
    - conference: o's organization takes part in a conference that c attended. Alone it recommends nothing.
    """

    def __init__(self, openings: Iterable[Opening]) -> None:
        self.openings = {opening.id: opening for opening in openings if opening.open}
        self._shares: dict[str, dict[str, float]] = {}
        """Opening → term → the most that the term can add to the score."""
        self._by_term: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._by_mentor: dict[str, list[str]] = defaultdict(list)
        self._by_conference: dict[str, set[str]] = defaultdict(set)
        terms = {opening.id: opening.terms() for opening in self.openings.values()}
        asking: dict[str, int] = defaultdict(int)
        for asked in terms.values():
            for term in asked:
                asking[term] += 1
        rarity = {term: log(1 + len(self.openings) / count) for term, count in asking.items()}
        for id, asked in terms.items():
            totals: dict[ReasonKind, float] = defaultdict(float)
            for term, (kind, _) in asked.items():
                totals[kind] += rarity[term]
            self._shares[id] = {term: WEIGHTS[kind] * rarity[term] / totals[kind] for term, (kind, _) in asked.items()}
            for term, share in self._shares[id].items():
                self._by_term[term].append((id, share))
            for mentor_id in self.openings[id].mentor_ids:
                self._by_mentor[mentor_id].append(id)
            for conference_id in self.openings[id].conference_ids:
                self._by_conference[conference_id].add(id)

    def best_matches(self, candidate: Candidate, now: datetime) -> list[Match]:
        """The candidate's best matches, best first, at most ``BEST``; equals in the order of their ids."""
        scores: dict[str, float] = defaultdict(float)
        for term, interest in candidate.interests.items():
            if asking := self._by_term.get(term):
                sure = strength(interest)
                for id, share in asking:
                    scores[id] += share * sure
        for id in {id for person in candidate.met for id in self._by_mentor.get(person, ())}:
            scores[id] += WEIGHTS["met"]
        for id in set().union(*(self._by_conference.get(conference, set()) for conference in candidate.conference_ids)):
            if id in scores:
                scores[id] += WEIGHTS["conference"]
        suitable = ((-score, id) for id, score in scores.items() if score >= LEAST_SCORE and self._in_time(id, now))
        return [self.match(candidate, id) for _, id in nsmallest(BEST, suitable)]

    def _in_time(self, id: str, now: datetime) -> bool:
        deadline = self.openings[id].deadline
        return deadline is None or deadline > now

    def match(self, candidate: Candidate, id: str) -> Match:
        """The match of a candidate and an opening, with all its reasons, strongest first. Their sum is the score."""
        opening = self.openings[id]
        reasons = []
        for term, (kind, written) in opening.terms().items():
            if interest := candidate.interests.get(term):
                evidence = interest.evidence[0] if interest.evidence else None
                reasons.append(
                    Reason(
                        kind=kind,
                        term=written,
                        contribution=self._shares[id][term] * strength(interest),
                        session_id=evidence.session_id if evidence else None,
                        session_title=evidence.title if evidence else None,
                        declared=interest.declared,
                    )
                )
        if not candidate.met.isdisjoint(opening.mentor_ids):
            reasons.append(Reason(kind="met", contribution=WEIGHTS["met"]))
        if not candidate.conference_ids.isdisjoint(opening.conference_ids):
            reasons.append(Reason(kind="conference", contribution=WEIGHTS["conference"]))
        reasons.sort(key=lambda reason: (-reason.contribution, reason.kind, reason.term or ""))
        return Match(
            listing_id=id,
            title=opening.title,
            organization=opening.organization,
            url=opening.url,
            score=min(1.0, sum(reason.contribution for reason in reasons)),
            reasons=reasons,
        )

    def may_change(self, candidate: Candidate, opening_ids: Collection[str], now: datetime) -> bool:
        """Whether these openings, which opened, changed or closed, may change the candidate's list of matches."""
        if any(match.listing_id in opening_ids or match.listing_id not in self.openings for match in candidate.matches):
            return True
        full = len(candidate.matches) == BEST
        # By today's rarities, as the new one's score is: those of the list may have been computed by others.
        least = min(self.match(candidate, match.listing_id).score for match in candidate.matches) if full else LEAST_SCORE
        here = (id for id in opening_ids if id in self.openings and self._in_time(id, now))
        return any(self.match(candidate, id).score >= least for id in here)


def says_the_same(matches: list[Match], others: list[Match]) -> bool:
    """Whether two lists tell the attendee the same: the same listings in the same order, for the same reasons.

    A score alone moves with every opening that comes or goes, and is no news.
    """
    return [_told(match) for match in matches] == [_told(match) for match in others]


def _told(match: Match) -> tuple[object, ...]:
    reasons = frozenset((reason.kind, reason.term, reason.session_id) for reason in match.reasons)
    return match.listing_id, match.title, match.organization, match.url, reasons
