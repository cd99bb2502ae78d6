"""An immutable snapshot of the catalogue, indexed for matching."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime

from matching.engine import score
from matching.engine.index import ListingColumns, ListingIndex, Numbering, holders_by_term
from matching.engine.order import in_order
from matching.engine.score import Weights
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Attended, Candidate, Interest, obstacle
from matching.model.commitments import FREE, Commitments, commitment_of
from matching.model.conferences import Conference
from matching.model.listings import Listing
from shared.commitments import clashing
from shared.contract.events.matching import Match


class CatalogueSnapshot:
    """The open listings, the conferences and the market at one moment. Immutable."""

    def __init__(self, weights: Weights, numbering: Numbering) -> None:
        """Create an empty snapshot."""
        self._weights = weights
        self._numbering = numbering
        self.listings: dict[str, Listing] = {}
        self._sessions: dict[Attended, tuple[str, Mapping[str, bool]]] = {}
        self._words: dict[Attended, Mapping[str, float]] = {}
        self.conferences: dict[str, Conference] = {}
        self._counts_by_shard: dict[int, CandidateCounts] = {}
        self._market = Market()
        self._columns = ListingColumns()
        self._holders = holders_by_term(CandidateCounts(), numbering)
        self.index = ListingIndex(self._columns, self._market, self._holders, weights, numbering)

    def changed(
        self, listings: Iterable[Listing], conferences: Iterable[Conference], counts_by_shard: Mapping[int, CandidateCounts]
    ) -> "CatalogueSnapshot":
        """A new snapshot in which these listings, conferences and counts are up to date. Everything else is unchanged.

        It takes milliseconds for thousands of listings: rarity depends on the number of listings, so all gains are recomputed
        from arrays.
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
        for id in (id for id, listing in latest.items() if not listing.open):
            del self.listings[id]

        if conferences:
            self.conferences = self.conferences | {conference.id: conference for conference in conferences}
            self._sessions = {
                Attended(conference.id, session.id): (session.title, session.heard)
                for conference in self.conferences.values()
                for session in conference.sessions
            }

            self._words = {
                Attended(conference.id, session.id): session.words
                for conference in self.conferences.values()
                for session in conference.sessions
            }

        candidate_counts = self._market.candidate_counts
        if counts_by_shard:
            self._counts_by_shard = self._counts_by_shard | dict(counts_by_shard)
            candidate_counts = sum(self._counts_by_shard.values(), CandidateCounts())
            self._holders = holders_by_term(candidate_counts, self._numbering)

        self._market = self._market.changed(before, [listing for listing in latest.values() if listing.open], candidate_counts)
        self._columns = self._columns.changed(latest.values(), self._numbering)
        self.index = ListingIndex(self._columns, self._market, self._holders, self._weights, self._numbering)

    def interests(self, candidate: Candidate) -> dict[str, Interest]:
        """The candidate's interests, with the terms of the sessions attended."""
        return candidate.interests_with_sessions(self._sessions)

    def holders(self, term: str) -> int:
        """How many candidates have the term with this key."""
        return self._market.candidate_counts.held.get(term, 0)

    def words(self, candidate: Candidate) -> dict[str, float]:
        """The share of each of the candidate's words, by its stem; see ``model.words.words_of_person``."""
        return candidate.words(self._words)

    def best_matches(self, candidate: Candidate, now: datetime, commitments: Commitments = FREE) -> list[Match]:
        """The candidate's best matches, at most ``score.BEST``, as ordered by ``engine.order``."""
        interests, words = self.interests(candidate), self.words(candidate)
        strongest_sum = score.sum_of_strongest(interests)
        found = []
        for id, rank in self.index.best(candidate, interests, now, commitments=commitments, words=words):
            if match := self.match(candidate, interests, id, strongest_sum, words=words):
                found.append((-rank, id, match))
        programmes = self._programmes(candidate, interests, words, now, commitments, strongest_sum)
        if programmes:
            found = sorted([*found, *programmes], key=lambda one: one[:2])[: score.BEST]
        least = score.least_beside(round(-found[0][0] * 1_000_000)) if found else 0
        worthwhile = [match for rank, _, match in found if round(-rank * 1_000_000) >= least]
        return in_order(
            worthwhile,
            lambda match: self.listings[match.listing_id].organization_id,
            lambda match: self.index.crowding(match.listing_id),
        )

    def _programmes(
        self,
        candidate: Candidate,
        interests: Mapping[str, Interest],
        words: Mapping[str, float],
        now: datetime,
        commitments: Commitments,
        strongest_sum: float,
    ) -> list[tuple[float, str, Match]]:
        """The leadership programmes that can be recommended to the nominee, each with its score below 0 and its id.

        The index has no nominations, so these few pairs are scored one by one, and compared in whole millionths like all others.
        """
        found = []
        for id in set(commitments.nominated_for).difference(commitments.listing_ids) if not candidate.empty else ():
            listing = self.listings.get(id)
            if listing is None or listing.recruits or self.obstacle(candidate, id, now, nominated=True):
                continue
            if clashing(commitment_of(listing.conditions), commitments.placements, candidate.availability.hours_per_week):
                continue
            match = self.match(candidate, interests, id, strongest_sum, words=words, nominated=True)
            if match and round(match.score, 6) >= score.MIN_SCORE:
                found.append((-round(match.score, 6), id, match))
        return found

    def match(
        self,
        candidate: Candidate,
        interests: Mapping[str, Interest],
        listing_id: str,
        strongest_sum: float | None = None,
        *,
        words: Mapping[str, float] | None = None,
        nominated: bool = False,
    ) -> Match | None:
        """The match of the two, even if something rules it out; None if they have nothing in common. See ``score.match``."""
        listing = self.listings[listing_id]
        words = self.words(candidate) if words is None else words
        return score.match(
            candidate,
            interests,
            listing,
            self._market,
            self._weights,
            strongest_sum,
            words=words,
            nominated=nominated,
            crowding=self.index.crowding(listing_id),
        )

    def obstacle(self, candidate: Candidate, listing_id: str, now: datetime, *, nominated: bool = False) -> str | None:
        """What rules the pair out; None if nothing does. ``nominated``: whether the candidate is nominated for this listing."""
        listing = self.listings.get(listing_id)
        if listing is None:
            return "closed"
        author = None if listing.author_only_until is None else "only for the author of its idea so far"
        return listing.obstacle(now, nominated=nominated) or author or obstacle(candidate.availability, listing)


def same_content(matches: list[Match], others: list[Match]) -> bool:
    """Whether two lists mean the same to the attendee: the same listings in the same order, for the same reasons.

    Scores, demand and common words are not compared, because they change with every listing that is added or removed.
    """
    return [_content(match) for match in matches] == [_content(match) for match in others]


def _content(match: Match) -> tuple[object, ...]:
    reasons = frozenset(
        (reason.kind, reason.term, reason.session_id) for reason in match.reasons if reason.kind not in ("demand", "similarity")
    )
    return match.listing_id, match.title, match.organization, match.url, reasons
