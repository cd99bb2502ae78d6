"""The result of each choice, in one word: why an applicant got a seat or did not."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from matching.engine.match_day.participants import Applicant, Assignment, Host

NO_RESULTS: Mapping[str, str] = MappingProxyType({})


class ChoiceResults:
    """The results of all choices in a stable assignment. Built once, in linear time, then read by applicant."""

    def __init__(self, applicants: Iterable[Applicant], hosts: Iterable[Host], result: Assignment) -> None:
        self._applicants = {applicant.id: applicant for applicant in applicants}
        self._hosts = {host.id: host for host in hosts}
        self._result = result
        self._places: dict[str, dict[str, int]] = {}
        self._full: dict[tuple[str, str | None], int] = {}
        self._seated: dict[str, list[str]] = {id: [] for id in self._hosts}
        for applicant, listing in result.seats.items():
            if listing is not None:
                self._seated[listing].append(applicant)

    def of(self, applicant_id: str, known: Mapping[str, str] = NO_RESULTS) -> list[tuple[str, str]]:
        """Each listing in the applicant's ranking, in order, with a ``Choice.result`` of the contract.

        ``matched``: their seat; ``not_needed``: ranked below their seat; ``not_ranked``: the host does not rank them; ``filled``:
        the seats went to applicants ranked higher, or there are none; ``discipline_full``: there was a seat, but not for their
        discipline; both with ``_by_lot`` if applicants on the same rank were drawn before them. ``known`` has results that the
        caller knows (``ineligible``); they override all but ``matched``. A listing that is not in the round is ``withdrawn``.
        Raises ``KeyError`` if the id is not an applicant's.
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
        if listing not in self._places:
            self._places[listing] = {id: place for place, id in enumerate(self._hosts[listing].ranking)}
        place = self._places[listing].get(applicant.id)
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
        return "filled_by_lot" if place >= full_at else "discipline_full_by_lot"

    def _full_at(self, listing: str, discipline: str | None) -> int:
        """The first place in the host's ranking at which no seat was left, or none for the discipline."""
        key = listing, discipline
        if key not in self._full:
            host, places = self._hosts[listing], self._places[listing]
            seats = self._result.capacities[listing] if discipline is None else host.caps.get(discipline, len(places))
            taken = sorted(places[id] for id in self._seated[listing] if discipline in (None, self._applicants[id].discipline))
            self._full[key] = 0 if seats == 0 else taken[seats - 1] + 1 if len(taken) >= seats else len(places)
        return self._full[key]
