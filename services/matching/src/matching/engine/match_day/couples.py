"""Couples: applicants who want to go together (Roth & Peranson 1999).

A stable assignment may not exist, and no fast way to find one is known (Ronn 1990). So couples are moved one after the other, and
everybody else is assigned anew each time. Whatever comes of it is stable for everybody but couples.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from matching.engine.match_day.assignment import Assigner, match
from matching.engine.match_day.participants import NO_LIMITS, Applicant, Assignment, Couple, Host, Limits

MOST_ORDERS: Final = 10
"""In how many orders couples are moved, each beginning with another one."""
MOST_STATES: Final = 100
"""How many assignments are tried in each order."""


def match_couples(
    applicants: Iterable[Applicant], hosts: Iterable[Host], couples: Sequence[Couple], limits: Limits = NO_LIMITS
) -> Assignment:
    """The assignment in which the fewest couples would rather have, and would get, another pair of seats.

    It is stable if there are none, and the first such assignment is returned. Whoever is in no couple, or in one without seats
    together, is assigned as by ``match``. The order of the couples matters; that of applicants and hosts does not.

    Raises:
        ValueError: as ``match``, or somebody is in two couples.
    """
    if not couples:
        return match(applicants, hosts, limits)
    assigner = _Couples(list(applicants), list(hosts), couples, limits)
    best: tuple[int, Assignment] | None = None
    for first in range(min(len(couples), MOST_ORDERS)):
        for result, dissatisfied in assigner.states([*range(first, len(couples)), *range(first)]):
            if best is None or dissatisfied < best[0]:
                best = dissatisfied, result
            if not dissatisfied:
                return result
    assert best  # each order has a first state  # noqa: S101
    return best[1]


class _Couples:
    def __init__(self, applicants: Sequence[Applicant], hosts: Sequence[Host], couples: Sequence[Couple], limits: Limits) -> None:
        self._assigner = Assigner(applicants, hosts, limits)
        self._applicants = {applicant.id: applicant for applicant in applicants}
        self._hosts = {host.id: host for host in hosts}
        self._limits = limits
        self._couples = couples
        self._places: dict[str, dict[str, int]] = {}
        members = [id for couple in couples for id in couple.members]
        if len(set(members)) < len(members):
            raise ValueError("somebody is in two couples; everybody may be in one")

    def seat(self, at: Mapping[int, int]) -> Assignment:
        """The assignment with these couples at these places of their pairs. The others are apart."""
        wanted: dict[str, str] = {}
        for couple, place in at.items():
            wanted |= dict(zip(self._couples[couple].members, self._couples[couple].pairs[place], strict=True))
        return self._assigner.match(wanted)

    def states(self, order: Sequence[int]) -> Iterator[tuple[Assignment, int]]:
        """Assignments with each couple in a pair of seats or apart, and how many couples are dissatisfied with them.

        All couples begin with their best pair. One that does not get it moves on to the next pair that it would get. Once all
        have theirs, a dissatisfied one moves back to the best pair that it would get now. This ends when none is left, or
        goes in a circle.
        """
        at = dict.fromkeys(order, 0)
        seen: set[tuple[int, ...]] = set()
        while len(seen) < MOST_STATES:
            result = self.seat({couple: place for couple, place in at.items() if place < len(self._couples[couple].pairs)})
            seated: defaultdict[str | None, list[str]] = defaultdict(list)
            for applicant, listing in result.seats.items():
                seated[listing].append(applicant)
            lost = [couple for couple, place in at.items() if not self._has(couple, place, result)]
            for couple in lost:
                at[couple] = self._first(couple, range(at[couple] + 1, len(self._couples[couple].pairs)), result, seated)
            if lost:
                continue
            wishes = {couple: self._first(couple, range(place), result, seated) for couple, place in at.items()}
            dissatisfied = [couple for couple in order if wishes[couple] < at[couple]]
            yield result, len(dissatisfied)
            state = tuple(at.values())
            if not dissatisfied or state in seen:
                return
            seen.add(state)
            at[dissatisfied[0]] = wishes[dissatisfied[0]]

    def _has(self, couple: int, place: int, result: Assignment) -> bool:
        its = self._couples[couple]
        return place == len(its.pairs) or its.pairs[place] == tuple(result.seats[id] for id in its.members)

    def _first(self, couple: int, places: range, result: Assignment, seated: Mapping[str | None, Sequence[str]]) -> int:
        """The first of these places at which the couple would be taken; the end of the range if there is none."""
        return next((place for place in places if self._would_get(couple, place, result, seated)), places.stop)

    def _would_get(self, couple: int, place: int, result: Assignment, seated: Mapping[str | None, Sequence[str]]) -> bool:
        """Whether both listings would choose the couple beside those they have, once it leaves its seats."""
        members, pair = self._couples[couple].members, self._couples[couple].pairs[place]
        limits = {self._hosts[id].limit for id in pair} & self._limits.keys()
        concerned = [*dict.fromkeys(pair), *(id for id, one in self._hosts.items() if one.limit in limits and id not in pair)]
        seats = {one: id for id in concerned for one in seated.get(id, ()) if one not in members}
        seats |= dict(zip(members, pair, strict=True))
        people = [replace(self._applicants[one], ranking=(id,)) for one, id in seats.items()]
        hosts = []
        for id in concerned:
            host, places = self._hosts[id], self._places_in(id)
            known = sorted(places[one] for one, listing in seats.items() if listing == id and one in places)
            ranking, ranks = tuple(host.ranking[one] for one in known), tuple(host.ranks[one] for one in known if host.ranks)
            if host.limit in limits and not host.ranks:
                ranks = tuple(one + 1 for one in known)
            hosts.append(replace(host, seats=result.capacities[id], ranking=ranking, ranks=ranks, reverts_to=None))
        chosen = match(people, hosts, self._limits).seats
        return all(chosen[member] == listing for member, listing in zip(members, pair, strict=True))

    def _places_in(self, listing: str) -> Mapping[str, int]:
        if listing not in self._places:
            self._places[listing] = {id: place for place, id in enumerate(self._hosts[listing].ranking)}
        return self._places[listing]
