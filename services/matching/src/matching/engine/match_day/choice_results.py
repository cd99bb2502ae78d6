"""The result of each choice, in one word: why an applicant got a seat or did not."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from math import inf
from types import MappingProxyType

from matching.engine.match_day.participants import NO_LIMITS, Applicant, Assignment, Host, Limits

NO_RESULTS: Mapping[str, str] = MappingProxyType({})


class ChoiceResults:
    """The results of all choices in a stable assignment. Built once, in linear time, then read by applicant."""

    def __init__(
        self, applicants: Iterable[Applicant], hosts: Iterable[Host], result: Assignment, limits: Limits = NO_LIMITS
    ) -> None:
        self._applicants = {applicant.id: applicant for applicant in applicants}
        self._hosts = {host.id: host for host in hosts}
        self._result = result
        self._limits = limits
        self._lowest_ranks: dict[str, float] | None = None
        self._places: dict[str, dict[str, int]] = {}
        self._full: dict[tuple[str, str | None], int] = {}
        self._open_full: dict[tuple[str, str | None], int] = {}
        self._seated: dict[str, list[str]] = {id: [] for id in self._hosts}
        for applicant, listing in result.seats.items():
            if listing is not None:
                self._seated[listing].append(applicant)

    def of(self, applicant_id: str, known: Mapping[str, str] = NO_RESULTS) -> list[tuple[str, str]]:
        """Each listing in the applicant's ranking, in order, with a ``Choice.result`` of the contract.

        ``matched``: their seat; ``not_needed``: ranked below their seat; ``not_ranked``: the host does not rank them; ``filled``:
        the seats went to applicants ranked higher, or there are none; ``discipline_full``: there was a seat, but not for their
        discipline; ``reserved``: the last seats went to applicants ranked lower, by their disciplines' reserves; ``limit_full``:
        there was a seat, but not within the limit. The last four end in ``_by_lot`` if applicants on the same rank were drawn
        before them. Otherwise, they would have got it but for the other half of their couple: ``not_together``. ``known`` has
        results that the caller knows (``ineligible``); they override all but ``matched``. A listing that is not in the round is
        ``withdrawn``. Raises ``KeyError`` if the id is not an applicant's.
        """
        applicant = self._applicants[applicant_id]
        seat = self._result.seats[applicant_id]
        results = []
        above_seat = True
        for listing in applicant.ranking:
            if listing == seat:
                result, above_seat = "matched", False
            elif listing in known:
                result = known[listing]
            elif listing not in self._hosts:
                result = "withdrawn"
            elif not above_seat:
                result = "not_needed"
            else:
                result = self._why_refused(applicant, listing)
            results.append((listing, result))
        return results

    def _why_refused(self, applicant: Applicant, listing: str) -> str:
        place = self._places_in(listing).get(applicant.id)
        if place is None:
            return "not_ranked"
        # Those on one rank are in drawn order. Refused even as the first of them, an applicant lost to higher ranks, else by lot.
        ranks = self._hosts[listing].ranks
        first = bisect_left(ranks, ranks[place]) if ranks else place
        full_at, discipline_full_at = self._full_at(listing, None), self._full_at(listing, applicant.discipline)
        if first >= full_at:
            return "filled"
        if first >= discipline_full_at:
            return "discipline_full"
        if first >= self._open_full_at(listing, applicant.discipline):
            return "reserved"
        if self._rank(listing, place) > self._lowest_rank(self._hosts[listing].limit):
            return "limit_full"
        if place >= full_at:
            return "filled_by_lot"
        if place >= discipline_full_at:
            return "discipline_full_by_lot"
        if place >= self._open_full_at(listing, applicant.discipline):
            return "reserved_by_lot"
        return "not_together" if self._lowest_rank(self._hosts[listing].limit) == inf else "limit_full_by_lot"

    def _places_in(self, listing: str) -> Mapping[str, int]:
        if listing not in self._places:
            self._places[listing] = {id: place for place, id in enumerate(self._hosts[listing].ranking)}
        return self._places[listing]

    def _rank(self, listing: str, place: int) -> int:
        ranks = self._hosts[listing].ranks
        return ranks[place] if ranks else place + 1

    def _lowest_rank(self, limit: str | None) -> float:
        """The lowest rank for which a limit left a seat."""
        if self._lowest_ranks is None:
            seated: dict[str, list[int]] = {limit: [] for limit in self._limits}
            for id, host in self._hosts.items():
                if host.limit in seated:
                    seated[host.limit or ""] += [self._rank(id, self._places_in(id)[one]) for one in self._seated[id]]
            self._lowest_ranks = {
                limit: inf if len(seated[limit]) < seats else sorted(seated[limit])[seats - 1] if seats else 0
                for limit, seats in self._limits.items()
            }
        return self._lowest_ranks.get(limit or "", inf)

    def _open_full_at(self, listing: str, discipline: str | None) -> float:
        """The first place at which no seat was left besides those that reserves gave to other disciplines."""
        host, places = self._hosts[listing], self._places_in(listing)
        if not host.reserves:
            return inf
        key = listing, discipline
        if key not in self._open_full:
            seated: dict[str | None, list[int]] = {}
            for id in self._seated[listing]:
                seated.setdefault(self._applicants[id].discipline, []).append(places[id])
            open_to_all = (
                max(its) for one, its in seated.items() if one == discipline or len(its) > host.reserves.get(one or "", 0)
            )
            self._open_full[key] = max(open_to_all, default=-1) + 1
        return self._open_full[key]

    def _full_at(self, listing: str, discipline: str | None) -> int:
        """The first place in the host's ranking at which no seat was left, or none for the discipline."""
        key = listing, discipline
        if key not in self._full:
            host, places = self._hosts[listing], self._places_in(listing)
            seats = self._result.capacities[listing] if discipline is None else host.caps.get(discipline, len(places))
            taken = sorted(places[id] for id in self._seated[listing] if discipline in (None, self._applicants[id].discipline))
            self._full[key] = 0 if seats == 0 else taken[seats - 1] + 1 if len(taken) >= seats else len(places)
        return self._full[key]
