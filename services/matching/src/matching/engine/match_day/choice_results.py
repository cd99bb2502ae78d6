"""The result of each choice, in one word: why an applicant got a seat or did not."""

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
        self._ranks: dict[str, dict[str, int]] = {}
        self._full_at: dict[str, int] = {}
        self._seated: dict[str, list[str]] = {id: [] for id in self._hosts}
        for applicant, listing in result.seats.items():
            if listing is not None:
                self._seated[listing].append(applicant)

    def of(self, applicant_id: str, known: Mapping[str, str] = NO_RESULTS) -> list[tuple[str, str]]:
        """Each listing in the applicant's ranking, in order, with a ``Choice.result`` of the contract.

        ``matched``: their seat; ``not_needed``: ranked below their seat; ``not_ranked``: the host does not rank them; ``filled``:
        the seats went to applicants ranked higher, or there are none; ``discipline_full``: there was a seat, but not for their
        discipline. ``known`` has results that the caller knows (``ineligible``); they override all but ``matched``. A listing
        that is not in the round is ``withdrawn``. Raises ``KeyError`` if the id is not an applicant's.
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
        if listing not in self._ranks:
            host = self._hosts[listing]
            ranks = self._ranks[listing] = {id: rank for rank, id in enumerate(host.ranking)}
            taken = sorted(ranks[id] for id in self._seated[listing])
            capacity = self._result.capacities[listing]
            # The first rank at which no seat was left when the host went down its ranking.
            self._full_at[listing] = 0 if not capacity else taken[capacity - 1] if len(taken) >= capacity else len(ranks)
        rank = self._ranks[listing].get(applicant.id)
        if rank is None:
            return "not_ranked"
        return "filled" if rank >= self._full_at[listing] else "discipline_full"
