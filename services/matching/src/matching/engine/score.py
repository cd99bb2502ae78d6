"""The score of a candidate and a listing, with its reasons: the one formula.

What the pair has in common is weighed twice. Of everything that the listing asks for, how much does the candidate have
(``q``)? Of everything that the candidate cares for, how much does the listing use (``p``)? To both comes what is mutual
(``e``). The score is the harmonic mean of both sides, as reciprocal recommenders take it (Pizzato et al. 2010): a match is as
good as it is for the less lucky of the two::

    b = q + e        how the candidate suits the listing
    a = p + e        how the listing suits the candidate
    score = 2ab / (a + b) * (1 - crowding)

Each part is bounded by its weight (``Weights``; they sum up to 1):

- ``q``: over the terms ``t`` that the listing asks for, of each kind (skill, topic, research)
  ``weight(kind) * sum(share(t) * fit(t))``, where ``share(t)`` is the term's part of ``weight(t) * rarity(t)`` among those of its
  kind, ``rarity(t) = ln(1 + N / n(t))`` is the inverse document frequency (Spärck Jones 1972) of t among N listings, and
  ``fit(t) = min(1, mastery(t) / suffices(t))``. The weights of the kinds that a listing does not ask for go to the others.
- ``p``: ``weight(skill + topic + research) * min(1, sum(mastery(t)) / m)`` over the terms in common, where m is the sum of the
  candidate's ten strongest masteries.
- ``e``: *met* (the candidate met one of the mentors), *discipline* (the same; or another one, where the host asks for that),
  *conference* (one in common), and *demand*: ``weight * sum(share(t) * fit(t) * scarcity(t))`` over the skills, where
  ``scarcity(t) = max(0, 1 - 2h / d)`` compares the part d of the listings that ask for t with the part h of the candidates who
  have it: what at least half as many have as ask for it is not scarce.

``crowding`` is what the listing loses because it is recommended to more people than it has seats for (``engine.market``).

A pair that has no term in common and has not met is no match, whatever else speaks for it. A term of which the candidate
has nothing is none in common.

The contributions of the reasons are those of Euler's theorem (the score is homogeneous of degree one in what the reasons
give to a and b; in cost sharing, the Aumann-Shapley prices): each counts as much as the score grows by it, and they
add up to the score.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from heapq import nlargest
from math import isfinite
from typing import Any, Final

from matching.engine.market import Market
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Kind, Listing
from shared.contract.events.matching import Match, Reason

BEST: Final = 10
"""How many matches an attendee's list holds."""

MIN_SCORE: Final = 0.05
"""A weaker match is noise and not recommended."""

STRONGEST: Final = 10
"""So many of a candidate's interests are what one listing can hope to serve."""

KINDS: Final[tuple[Kind, ...]] = ("skill", "topic", "research")


@dataclass(frozen=True, slots=True)
class Weights:
    """The most that each kind of reason can add to a score. They are made to sum up to 1.

    Raises:
        ValueError: one is negative or no number, or none is greater than 0.
    """

    skill: float = 0.40
    topic: float = 0.15
    research: float = 0.10
    demand: float = 0.05
    met: float = 0.15
    discipline: float = 0.10
    conference: float = 0.05

    def __post_init__(self) -> None:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, value in values.items():
            if not isfinite(value) or value < 0:
                raise ValueError(f"the weight of {name!r} must be a number from 0 on, not {value}")
        total = sum(values.values())
        if not (isfinite(total) and self.skill + self.topic + self.research > 0):
            raise ValueError("one of the weights of 'skill', 'topic' and 'research' must be greater than 0")
        for name, value in values.items():
            object.__setattr__(self, name, value / total)

    @property
    def content(self) -> float:
        """Of all terms together."""
        return self.skill + self.topic + self.research


@dataclass(frozen=True, slots=True)
class TermContribution:
    """What one of a listing's terms can add: ``gain`` to q, ``demand`` to e, if it is met in full."""

    gain: float
    demand: float
    suffices: float


def term_contributions(listing: Listing, market: Market, weights: Weights, keys: Collection[str]) -> dict[str, TermContribution]:
    """What each of these terms, of those that the listing asks for, can add, by the term's key."""
    counts: dict[str, float] = {}
    totals = dict.fromkeys(KINDS, 0.0)
    for key, ask in listing.requested_terms.items():
        counts[key] = count = ask.weight * market.rarity(key)
        totals[ask.kind] += count
    stated = sum(getattr(weights, kind) for kind in KINDS if totals[kind]) or 1.0
    asked = {}
    for key in keys:
        ask = listing.requested_terms[key]
        share = counts[key] / totals[ask.kind]
        demand = share * weights.demand * market.scarcity(key) if ask.kind == "skill" else 0.0
        asked[key] = TermContribution(share * getattr(weights, ask.kind) * weights.content / stated, demand, ask.suffices)
    return asked


def strongest(interests: Mapping[str, Interest]) -> float:
    """The sum of the ten strongest masteries: what one listing can hope to serve."""
    return sum(nlargest(STRONGEST, (interest.mastery for interest in interests.values())))


def discipline_fits(candidate: Candidate, listing: Listing) -> bool:
    """Whether the candidate's discipline is the listing's, or another one where it asks for that."""
    if candidate.discipline is None or not listing.disciplines:
        return False
    return (candidate.discipline in listing.disciplines) != listing.crossing


def match(
    candidate: Candidate,
    interests: Mapping[str, Interest],
    listing: Listing,
    market: Market,
    weights: Weights,
    hopes: float | None = None,
) -> Match | None:
    """The match of the two with all its reasons, strongest first; None where they have nothing in common.

    ``interests`` are the candidate's with what was heard in sessions, ``hopes`` the sum of the ``strongest`` of them, where it is
    known. Eligibility is not looked at.
    """
    masteries = {key: mastery for key in listing.requested_terms if key in interests and (mastery := interests[key].mastery)}
    of_term: dict[str, tuple[float, float, float]] = {}  # what it adds to a, to b, and (as demand) to both
    for key, asked in term_contributions(listing, market, weights, masteries).items():
        fit = min(1.0, masteries[key] / asked.suffices)
        of_term[key] = masteries[key], asked.gain * fit, asked.demand * fit
    met = sorted(candidate.met.keys() & set(listing.mentor_ids))
    if not of_term and not met:
        return None

    in_common = sum(mastery for mastery, _, _ in of_term.values())
    hopes = strongest(interests) if hopes is None else hopes
    to_a = weights.content / max(hopes, in_common) if in_common else 0.0
    mutual: list[tuple[float, dict[str, Any]]] = []
    if met:
        where = candidate.met[met[0]] or None
        mutual.append((weights.met, {"kind": "met", "person_id": met[0], "conference_id": where}))
    if discipline_fits(candidate, listing):
        mutual.append((weights.discipline, {"kind": "discipline", "term": candidate.discipline}))
    if conferences := sorted(candidate.conference_ids.intersection(listing.conference_ids)):
        mutual.append((weights.conference, {"kind": "conference", "conference_id": conferences[0]}))
    extra = sum(weight for weight, _ in mutual) + sum(demand for _, _, demand in of_term.values())
    a = extra + to_a * in_common
    b = extra + sum(gain for _, gain, _ in of_term.values())
    if not a or not b:
        return None

    here = 1.0 - market.crowding(listing.id)
    by_a, by_b = here * 2 * b * b / (a + b) ** 2, here * 2 * a * a / (a + b) ** 2  # the score's growth with a and with b
    reasons = [Reason(contribution=weight * (by_a + by_b), **said) for weight, said in mutual]
    for key, (mastery, gain, demand) in of_term.items():
        kind, name = listing.requested_terms[key].kind, listing.requested_terms[key].name
        reasons.append(_of_term(kind, name, mastery * to_a * by_a + gain * by_b, interests[key]))
        if demand:
            reasons.append(Reason(kind="demand", term=name, contribution=demand * (by_a + by_b)))
    reasons.sort(key=lambda reason: (-reason.contribution, reason.kind, reason.term or ""))
    # All of it is ours, and was checked when it came: to check ten matches of each attendee again takes longer than to find them.
    return Match.model_construct(
        listing_id=listing.id,
        title=listing.title,
        organization=listing.organization,
        url=listing.url,
        score=min(1.0, sum(reason.contribution for reason in reasons)),
        reasons=reasons,
        crowding=market.crowding(listing.id),
    )


def _of_term(kind: Kind, name: str, contribution: float, interest: Interest) -> Reason:
    session, title = next(iter(interest.sessions.items()), (None, None))
    return Reason(
        kind=kind,
        term=name,
        contribution=contribution,
        conference_id=session.conference_id if session else None,
        session_id=session.session_id if session else None,
        session_title=title or None,
        declared=interest.declared,
    )
