"""The score of a candidate and a listing, with its reasons: the one formula.

The score looks at both sides. How much of what the listing asks for does the candidate have (``q``)? How much of what the
candidate is interested in does the listing use (``p``)? Mutual parts add to both (``e``). The score is the harmonic mean of both
sides, as in reciprocal recommenders (Pizzato et al. 2010), so the weaker side dominates::

    b = q + e        how the candidate suits the listing
    a = p + e        how the listing suits the candidate
    score = 2ab / (a + b) * (1 - crowding)

Each part is at most its weight (see ``Weights``, which add up to 1):

- ``q``: over the terms ``t`` that the listing asks for, of each kind (skill, topic, research)
  ``weight(kind) * sum(share(t) * rarity(t) * fit(t))``, where ``share(t)`` is the term's part of ``weight(t) * rarity(t)`` among
  those of its kind, ``rarity(t) = ln(1 + N / n(t)) / ln(1 + N)`` is the inverse document frequency (Spärck Jones 1972) of t among
  N listings (1 for a term of a single one), and ``fit(t) = min(1, mastery(t) / suffices(t))``. The weights of the kinds that a
  listing does not ask for go to the others.
- ``p``: ``weight(skill + topic + research) * min(1, sum(mastery(t) * rarity(t)) / m)`` over the terms in common, where m is the
  sum of the candidate's ten strongest masteries.
- ``e``: *similarity* (see below), *met* (the candidate met one of the mentors), *discipline* (the same; or another one, if the
  host asks for that), *conference* (one in common, times ``ln(N / n) / ln(1 + N)``: 0 if all listings share it), and *demand*:
  ``weight * sum(share(t) * fit(t) * scarcity(t))`` over the skills with a mastery of ``SURE`` and more, where
  ``scarcity(t) = max(0, 1 - 2h / d)`` compares the share d of the listings that ask for t with the share h of the candidates who
  have it.

A *nomination* for a leadership programme, which the candidate agreed to, adds its own part to ``e``: ``NOMINATION``. The other
weights of such a pair are scaled so that all still add up to 1. It makes the pair a match, even if they have nothing else in
common. Nobody else is matched with a programme, so this needs no kernel: ``engine.snapshot`` scores such pairs one by one.

*similarity* compares all words of both, whether the vocabulary knows them or not::

    weight * min(1, sum(share(w) * counts(w) * rarity(w)))

over the shared words ``w`` that are not common among the listings, where ``share(w)`` is the word's share of what the candidate
has to do with, and ``counts(w)`` its weight in the listing (both from ``model.words``).

``crowding`` is the share of its score that a listing loses because it is, or is expected to be, recommended to more people than
it has seats for; it is below 0 for a listing that is recommended to few (``engine.supply_and_demand``).

Any other pair that has no term or word in common and has not met is not a match, whatever else they share. A term that the
candidate has with a mastery of 0 is not in common.

The score is homogeneous of degree one in what the reasons add to a and b. So by Euler's theorem, the contributions (each reason's
share times the derivative of the score; in cost sharing, the Aumann-Shapley prices) add up to the score.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from heapq import nlargest
from math import isfinite
from typing import Any, Final

from matching.engine.supply_and_demand import Market
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Kind, Listing
from matching.model.words import stems
from shared.contract.events.matching import Match, Reason

BEST: Final = 10
"""How many matches an attendee's list holds."""

MIN_SCORE: Final = 0.08
"""A match with a lower score is not recommended."""

WORTH: Final = (3, 10)
"""A match that scores less than this fraction of a candidate's best one is not recommended."""

NAMED: Final = 3
"""How many common words a match names, each as one reason."""

STRONGEST: Final = 10
"""How many of a candidate's interests one listing can be expected to serve."""

SURE: Final = 0.5
"""The mastery from which on a skill counts as one that somebody has, if it is in short supply: one session about it."""

NOMINATION: Final = 0.2
"""The most that a nomination adds to a score. For nominated pairs, the other weights are scaled to add up to the rest."""

NO_WORDS: Final[Mapping[str, float]] = {}

KINDS: Final[tuple[Kind, ...]] = ("skill", "topic", "research")


@dataclass(frozen=True, slots=True)
class Weights:
    """The most that each kind of reason can add to a score. They are scaled to add up to 1.

    Raises:
        ValueError: a weight is negative or not finite, or the weights of all terms are 0.
    """

    skill: float = 0.30
    topic: float = 0.11
    research: float = 0.08
    similarity: float = 0.25
    demand: float = 0.04
    met: float = 0.11
    discipline: float = 0.07
    conference: float = 0.04

    def __post_init__(self) -> None:
        values = {weight.name: getattr(self, weight.name) for weight in fields(self)}
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
        """The weight of all terms together."""
        return self.skill + self.topic + self.research


def least_beside(best: int) -> int:
    """The score, in millionths, that a match needs to be recommended besides the best one."""
    part, whole = WORTH
    return max(round(MIN_SCORE * 1_000_000), -(-best * part // whole))


@dataclass(frozen=True, slots=True)
class TermContribution:
    """What one of a listing's terms adds to the score if the candidate's mastery suffices: ``gain`` to q, ``demand`` to e."""

    gain: float
    demand: float
    rarity: float
    suffices: float


def term_contributions(listing: Listing, market: Market, weights: Weights, keys: Collection[str]) -> dict[str, TermContribution]:
    """The contributions of the listing's terms with these keys, by key."""
    counts: dict[str, float] = {}
    totals = dict.fromkeys(KINDS, 0.0)
    rarities = market.rarities(listing.requested_terms)
    for key, term in listing.requested_terms.items():
        counts[key] = count = term.weight * (rarities[key] * market.loudest)  # a factor that keeps every weight above 0
        totals[term.kind] += count
    requested = sum(getattr(weights, kind) for kind in KINDS if totals[kind]) or 1.0
    contributions = {}
    for key in keys:
        term = listing.requested_terms[key]
        share, rarity = counts[key] / totals[term.kind], rarities[key]
        demand = share * weights.demand * market.scarcity(key) if term.kind == "skill" else 0.0
        contributions[key] = TermContribution(
            share * rarity * getattr(weights, term.kind) * weights.content / requested, demand, rarity, term.suffices
        )
    return contributions


def expected_rivals(market: Market, weights: Weights) -> dict[str, float]:
    """The rivals that each listing is expected to have, by its id: how much people have of what it asks for, on average.

    They are expected to have a term as often as listings ask for it.
    """
    return {
        id: sum(
            one.gain * market.share_asking(key)
            for key, one in term_contributions(listing, market, weights, sorted(listing.requested_terms)).items()
        )
        for id, listing in market.listings.items()
    }


def sum_of_strongest(interests: Mapping[str, Interest]) -> float:
    """The sum of the ten strongest masteries."""
    return sum(nlargest(STRONGEST, (interest.mastery for interest in interests.values())))


def echoes(words: Mapping[str, float], listing: Listing, market: Market) -> dict[str, float]:
    """How much each common word adds to the similarity of candidate and listing, by stem."""
    return {
        stem: words[stem] * (listing.words[stem].weight * rarity)
        for stem in sorted(listing.words.keys() & words.keys())
        if (rarity := market.rarity_of_word(stem))
    }


def discipline_fits(candidate: Candidate, listing: Listing) -> bool:
    """Whether the candidate's discipline is among the listing's; for a ``crossing`` listing, whether it is not."""
    if candidate.discipline is None or not listing.disciplines:
        return False
    return (candidate.discipline in listing.disciplines) != listing.crossing


def match(
    candidate: Candidate,
    interests: Mapping[str, Interest],
    listing: Listing,
    market: Market,
    weights: Weights,
    strongest_sum: float | None = None,
    *,
    words: Mapping[str, float] = NO_WORDS,
    nominated: bool = False,
    crowding: float | None = None,
) -> Match | None:
    """The match of the two with its reasons, strongest first; None if they have nothing in common.

    ``interests`` and ``words``: the candidate's, including attended sessions; ``strongest_sum``: their
    ``sum_of_strongest``, if known; ``nominated``: whether the candidate agreed to be nominated for the listing, a programme;
    ``crowding``: the listing's ``Market.crowding``, if known.
    This does not check whether something rules the pair out.
    """
    rest = 1.0 - NOMINATION if nominated else 1.0
    masteries = {key: mastery for key in listing.requested_terms if key in interests and (mastery := interests[key].mastery)}
    gains: dict[str, tuple[float, float, float]] = {}  # mastery times rarity, gain and demand
    for key, term in term_contributions(listing, market, weights, masteries).items():
        fit = min(1.0, masteries[key] / term.suffices)
        demand = rest * term.demand * fit if masteries[key] >= SURE else 0.0
        gains[key] = masteries[key] * term.rarity, rest * term.gain * fit, demand
    met = sorted(candidate.met.keys() & set(listing.mentor_ids))
    alike = echoes(words, listing, market)
    if not (gains or met or nominated or alike):
        return None

    in_common = sum(held for held, _, _ in gains.values())
    strongest_sum = sum_of_strongest(interests) if strongest_sum is None else strongest_sum
    slope = rest * weights.content / max(strongest_sum, in_common) if in_common else 0.0
    mutual: list[tuple[float, dict[str, Any]]] = _of_words(
        alike, rest * weights.similarity, listing, {stem for key in gains for stem in stems(listing.requested_terms[key].name)}
    )
    if met:
        conference_id = candidate.met[met[0]] or None
        mutual.append((rest * weights.met, {"kind": "met", "person_id": met[0], "conference_id": conference_id}))
    if discipline_fits(candidate, listing):
        mutual.append((rest * weights.discipline, {"kind": "discipline", "term": candidate.discipline}))
    if conferences := sorted(candidate.conference_ids.intersection(listing.conference_ids)):
        rarest = max(conferences, key=market.rarity_of_conference)
        if part := rest * weights.conference * market.rarity_of_conference(rarest):
            mutual.append((part, {"kind": "conference", "conference_id": rarest}))
    if nominated:
        mutual.append((NOMINATION, {"kind": "nomination", "term": listing.kind}))
    extra = sum(weight for weight, _ in mutual) + sum(demand for _, _, demand in gains.values())
    a = extra + slope * in_common
    b = extra + sum(gain for _, gain, _ in gains.values())
    if not a or not b:
        return None

    crowding = market.crowding(listing.id, expected_rivals(market, weights)) if crowding is None else crowding
    uncrowded = min(1.0 - crowding, (a + b) / (2 * a * b))  # no score is above 1, even with a bonus
    # The score's derivatives with respect to a and b.
    by_a, by_b = uncrowded * 2 * b * b / (a + b) ** 2, uncrowded * 2 * a * a / (a + b) ** 2
    reasons = [Reason(contribution=weight * (by_a + by_b), **attributes) for weight, attributes in mutual]
    for key, (held, gain, demand) in gains.items():
        kind, name = listing.requested_terms[key].kind, listing.requested_terms[key].name
        reasons.append(_of_term(kind, name, held * slope * by_a + gain * by_b, interests[key]))
        if demand:
            reasons.append(Reason(kind="demand", term=name, contribution=demand * (by_a + by_b)))
    reasons.sort(key=lambda reason: (-reason.contribution, reason.kind, reason.term or ""))
    # Without validation: everything was checked on arrival, and checking again takes longer than finding the matches.
    return Match.model_construct(
        listing_id=listing.id,
        title=listing.title,
        organization=listing.organization,
        url=listing.url,
        score=min(1.0, sum(reason.contribution for reason in reasons)),
        reasons=reasons,
        crowding=max(0.0, crowding),
    )


def _of_words(
    alike: Mapping[str, float], weight: float, listing: Listing, told: Collection[str]
) -> list[tuple[float, dict[str, Any]]]:
    """The reasons for similarity: its contribution, divided among the strongest common words that no term has ``told``."""
    strongest = sorted(alike.items(), key=lambda one: (one[0] in told, -one[1]))[:NAMED]
    strongest = [one for one in strongest if one[0] not in told] or strongest
    part = weight * min(1.0, sum(alike.values())) / (sum(echo for _, echo in strongest) or 1.0)
    return [(part * echo, {"kind": "similarity", "term": listing.words[stem].name}) for stem, echo in strongest if weight]


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
