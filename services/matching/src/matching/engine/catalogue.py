"""All that is open and what sessions are about, ready for matching: an immutable snapshot."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime

from matching.engine import score
from matching.engine.index import Names, Openings, Parts, counted
from matching.engine.market import Market
from matching.engine.score import Weights
from matching.model.candidates import Attended, Candidate, Interest, obstacle
from matching.model.census import Census
from matching.model.conferences import Conference
from matching.model.openings import Opening
from shared.contract.events.matching import Match


class Catalogue:
    """Openings and conferences by their ids, with the market that they and the candidates make. Never changed."""

    def __init__(self, weights: Weights, names: Names) -> None:
        """An empty one."""
        self._weights = weights
        self._names = names
        self.openings: dict[str, Opening] = {}
        self._sessions: dict[Attended, tuple[str, list[str]]] = {}
        self._conferences: dict[str, Conference] = {}
        self._censuses: dict[int, Census] = {}
        self._market = Market()
        self._parts = Parts()
        self._held = counted(Census(), names)
        self.index = Openings(self._parts, self._market, self._held, weights, names)

    def changed(
        self, openings: Iterable[Opening], conferences: Iterable[Conference], censuses: Mapping[int, Census]
    ) -> "Catalogue":
        """The catalogue where these are as they are now, the censuses by their shards; all else stays.

        That costs milliseconds for thousands of openings: every share depends on how many openings there are, and is
        computed anew, but from arrays.
        """
        new = copy(self)
        new._change(list(openings), list(conferences), censuses)  # noqa: SLF001 - of its own class
        return new

    def _change(self, openings: list[Opening], conferences: list[Conference], censuses: Mapping[int, Census]) -> None:
        latest = {opening.id: opening for opening in openings}
        before = [self.openings[id] for id in latest if id in self.openings]
        self.openings = self.openings | latest
        for id in (id for id, one in latest.items() if not one.open):
            del self.openings[id]

        if conferences:
            self._conferences = self._conferences | {conference.id: conference for conference in conferences}
            self._sessions = {
                Attended(conference.id, session.id): (session.title, session.terms)
                for conference in self._conferences.values()
                for session in conference.sessions
            }

        census = self._market.census
        if censuses:
            self._censuses = self._censuses | dict(censuses)
            census = sum(self._censuses.values(), Census())
            self._held = counted(census, self._names)

        self._market = self._market.changed(before, [one for one in latest.values() if one.open], census)
        self._parts = self._parts.changed(latest.values(), self._names)
        self.index = Openings(self._parts, self._market, self._held, self._weights, self._names)

    def interests(self, candidate: Candidate) -> dict[str, Interest]:
        """The candidate's interests, with all that is known of the sessions attended."""
        return candidate.heard(self._sessions)

    def best_matches(self, candidate: Candidate, now: datetime) -> list[Match]:
        """The candidate's best matches, best first, equals by id; at most ``score.BEST``."""
        interests = self.interests(candidate)
        hopes = score.strongest(interests)
        found = (self.match(candidate, interests, id, hopes) for id, _ in self.index.best(candidate, interests, now))
        return [one for one in found if one]

    def match(
        self, candidate: Candidate, interests: Mapping[str, Interest], opening_id: str, hopes: float | None = None
    ) -> Match | None:
        """The match of the two, whether it is possible or not; None where they have nothing in common. See ``score.match``."""
        return score.match(candidate, interests, self.openings[opening_id], self._market, self._weights, hopes)

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
