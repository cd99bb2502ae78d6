"""All that is open and what sessions are about, ready for matching: an immutable snapshot."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime

from matching.engine import score
from matching.engine.index import ListingColumns, ListingIndex, Numbering, holders_by_term
from matching.engine.market import Market
from matching.engine.score import Weights
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Attended, Candidate, Interest, obstacle
from matching.model.conferences import Conference
from matching.model.listings import Listing
from shared.contract.events.matching import Match


class CatalogueSnapshot:
    """Listings and conferences by their ids, with the market that they and the candidates make. Never changed."""

    def __init__(self, weights: Weights, numbering: Numbering) -> None:
        """An empty one."""
        self._weights = weights
        self._numbering = numbering
        self.listings: dict[str, Listing] = {}
        self._sessions: dict[Attended, tuple[str, list[str]]] = {}
        self._conferences: dict[str, Conference] = {}
        self._counts_by_shard: dict[int, CandidateCounts] = {}
        self._market = Market()
        self._parts = ListingColumns()
        self._holders = holders_by_term(CandidateCounts(), numbering)
        self.index = ListingIndex(self._parts, self._market, self._holders, weights, numbering)

    def changed(
        self, listings: Iterable[Listing], conferences: Iterable[Conference], counts_by_shard: Mapping[int, CandidateCounts]
    ) -> "CatalogueSnapshot":
        """The catalogue where these are as they are now, the counts of candidates by their shards; all else stays.

        That costs milliseconds for thousands of listings: every share depends on how many listings there are, and is
        computed anew, but from arrays.
        """
        new = copy(self)
        new._change(list(listings), list(conferences), counts_by_shard)  # noqa: SLF001 - of its own class
        return new

    def _change(
        self, listings: list[Listing], conferences: list[Conference], counts_by_shard: Mapping[int, CandidateCounts]
    ) -> None:
        latest = {listing.id: listing for listing in listings}
        before = [self.listings[id] for id in latest if id in self.listings]
        self.listings = self.listings | latest
        for id in (id for id, one in latest.items() if not one.open):
            del self.listings[id]

        if conferences:
            self._conferences = self._conferences | {conference.id: conference for conference in conferences}
            self._sessions = {
                Attended(conference.id, session.id): (session.title, session.terms)
                for conference in self._conferences.values()
                for session in conference.sessions
            }

        candidate_counts = self._market.candidate_counts
        if counts_by_shard:
            self._counts_by_shard = self._counts_by_shard | dict(counts_by_shard)
            candidate_counts = sum(self._counts_by_shard.values(), CandidateCounts())
            self._holders = holders_by_term(candidate_counts, self._numbering)

        self._market = self._market.changed(before, [one for one in latest.values() if one.open], candidate_counts)
        self._parts = self._parts.changed(latest.values(), self._numbering)
        self.index = ListingIndex(self._parts, self._market, self._holders, self._weights, self._numbering)

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
        self, candidate: Candidate, interests: Mapping[str, Interest], listing_id: str, hopes: float | None = None
    ) -> Match | None:
        """The match of the two, whether it is possible or not; None where they have nothing in common. See ``score.match``."""
        return score.match(candidate, interests, self.listings[listing_id], self._market, self._weights, hopes)

    def obstacle(self, candidate: Candidate, listing_id: str, now: datetime) -> str | None:
        """What rules the pair out, as a word; None where nothing does."""
        listing = self.listings.get(listing_id)
        if listing is None:
            return "closed"
        return listing.obstacle(now) or obstacle(candidate.availability, listing)


def same_content(matches: list[Match], others: list[Match]) -> bool:
    """Whether two lists tell the attendee the same: the same listings in the same order, for the same reasons.

    A score alone, and demand, move with every listing that comes or goes, and are no news.
    """
    return [_content(match) for match in matches] == [_content(match) for match in others]


def _content(match: Match) -> tuple[object, ...]:
    reasons = frozenset((reason.kind, reason.term, reason.session_id) for reason in match.reasons if reason.kind != "demand")
    return match.listing_id, match.title, match.organization, match.url, reasons
