"""Why each applicant has what they have."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from matching.engine.match_day.participants import Applicant, Assignment, Host

NOTHING: Mapping[str, str] = MappingProxyType({})


class ChoiceResults:
    """Why, for a stable result. Made once for a result, in the time of reading it, then asked by applicant."""

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

    def why(self, applicant_id: str, known: Mapping[str, str] = NOTHING) -> list[tuple[str, str]]:
        """Each listing of the applicant's ranking, in its order, with a ``Choice.result`` of the contract.

        ``matched``; ``not_needed`` below the seat they have; ``not_ranked`` by the host; ``filled`` by candidates ranked higher
        (or without any seat); ``discipline_full``: a seat was to be had, but not for their discipline. What the caller knows
        of a listing (``withdrawn``, ``ineligible``) goes before all but ``matched``, and a listing that is not in the round is
        ``withdrawn``. Raises KeyError for who is no applicant.
        """
        applicant = self._applicants[applicant_id]
        seat = self._result.seats[applicant_id]
        words = []
        better = True
        for listing in applicant.ranking:
            if listing == seat:
                word, better = "matched", False
            elif listing in known:
                word = known[listing]
            elif listing not in self._hosts:
                word = "withdrawn"
            elif not better:
                word = "not_needed"
            else:
                word = self._refused(applicant, listing)
            words.append((listing, word))
        return words

    def _refused(self, applicant: Applicant, listing: str) -> str:
        if listing not in self._ranks:
            host = self._hosts[listing]
            ranks = self._ranks[listing] = {id: rank for rank, id in enumerate(host.ranking)}
            taken = sorted(ranks[id] for id in self._seated[listing])
            capacity = self._result.capacities[listing]
            # From which rank on no seat was left when the host's choice came to it.
            self._full_at[listing] = 0 if not capacity else taken[capacity - 1] if len(taken) >= capacity else len(ranks)
        rank = self._ranks[listing].get(applicant.id)
        if rank is None:
            return "not_ranked"
        return "filled" if rank >= self._full_at[listing] else "discipline_full"
