"""All that is open and what sessions are about, ready for matching: an immutable snapshot."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from matching.domain.candidates import Attended, Candidate, Interest, obstacle
from matching.domain.census import Census
from matching.domain.conferences import Conference
from matching.domain.openings import Opening
from matching.engine import score
from matching.engine.index import Names, Openings
from matching.engine.market import Market
from matching.engine.score import Weights
from shared.events.matching import Match


class Catalogue:
    """Openings and conferences by their ids, with the market that they and the candidates make."""

    def __init__(
        self,
        openings: Mapping[str, Opening],
        conferences: Mapping[str, Conference],
        censuses: Iterable[Census],
        weights: Weights,
        names: Names,
    ) -> None:
        self.openings = {id: opening for id, opening in openings.items() if opening.open}
        self.market = Market(self.openings.values(), sum(censuses, Census()))
        self.index = Openings(self.openings.values(), self.market, weights, names)
        self._weights = weights
        self._sessions = {
            Attended(conference.id, session.id): (session.title, session.terms)
            for conference in conferences.values()
            for session in conference.sessions
        }

    def interests(self, candidate: Candidate) -> dict[str, Interest]:
        """The candidate's interests, with all that is known of the sessions attended."""
        return candidate.heard(self._sessions)

    def best_matches(self, candidate: Candidate, now: datetime) -> list[Match]:
        """The candidate's best matches, best first, equals by id; at most ``score.BEST``."""
        interests = self.interests(candidate)
        found = (self.match(candidate, interests, id) for id, _ in self.index.best(candidate, interests, now))
        return [one for one in found if one]

    def match(self, candidate: Candidate, interests: Mapping[str, Interest], opening_id: str) -> Match | None:
        """The match of the two, whether it is possible or not; None where they have nothing in common."""
        return score.match(candidate, interests, self.openings[opening_id], self.market, self._weights)

    def obstacle(self, candidate: Candidate, opening_id: str, now: datetime) -> str | None:
        """What rules the pair out, as a word; None where nothing does."""
        opening = self.openings.get(opening_id)
        if opening is None:
            return "closed"
        return opening.obstacle(now) or obstacle(candidate.availability, opening)


def says_the_same(matches: list[Match], others: list[Match]) -> bool:
    """Whether two lists tell the attendee the same: the same listings in the same order, for the same reasons.

    A score alone, and demand, move with every opening that comes or goes, and are no news.
    """
    return [_told(match) for match in matches] == [_told(match) for match in others]


def _told(match: Match) -> tuple[object, ...]:
    reasons = frozenset((reason.kind, reason.term, reason.session_id) for reason in match.reasons if reason.kind != "demand")
    return match.listing_id, match.title, match.organization, match.url, reasons
