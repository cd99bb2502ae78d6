"""Matches applicants and hosts that are given by their ids: converts them to arrays, matches these, and converts back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from matching.engine.match_day.participants import MOST, NO_LIMITS, Applicant, Assignment, Host, Limits
from matching.engine.match_day.round_arrays import NumberLists, RankedTwice, RoundArrays, cycle_of, match_arrays

NO_WISHES: Final[Mapping[str, str]] = MappingProxyType({})


def match(applicants: Iterable[Applicant], hosts: Iterable[Host], limits: Limits = NO_LIMITS) -> Assignment:
    """The stable assignment that is best for every applicant at once, by applicant-proposing deferred acceptance.

    For given rankings there is exactly one, so neither the order of the arguments nor the machine matters. Nobody can get a
    better seat by ranking untruthfully, because the hosts' choice is substitutable and monotone in size (Hatfield & Milgrom
    2005): seats, caps and limits are nested, and reserves only change who comes first. With reverting seats, that holds for each
    step, not for all steps together. Ids that are not in the round are skipped, in rankings and in ``reverts_to``, and so are
    unknown limits.

    Raises:
        ValueError: an id is given twice, somebody is ranked twice, or seats revert in a circle.
    """
    return Assigner(list(applicants), list(hosts), limits).match()


class Assigner:
    """A round in arrays, which can be matched again with other wishes of some applicants."""

    def __init__(self, applicants: Sequence[Applicant], hosts: Sequence[Host], limits: Limits) -> None:
        self._applicants = applicants
        self._hosts = hosts
        self._applicant_numbers = _numbers("applicant", [applicant.id for applicant in applicants])
        self._host_numbers = _numbers("listing", [host.id for host in hosts])
        self._arrays = _arrays(applicants, hosts, limits, self._applicant_numbers, self._host_numbers)

    def match(self, only: Mapping[str, str] = NO_WISHES) -> Assignment:
        """As the function ``match``. ``only``: applicants who want this listing of their ranking alone."""
        arrays = self._arrays
        if only:
            starts, items = arrays.applicants.starts, arrays.applicants.items.copy()
            for applicant, listing in only.items():
                number = self._applicant_numbers[applicant]
                items[starts[number] : starts[number + 1]] = -1
                items[starts[number]] = self._host_numbers[listing]
            arrays = replace(arrays, applicants=NumberLists(starts, items))
        try:
            matched, capacities = match_arrays(arrays)
        except RankedTwice as error:
            applicants, hosts = self._applicants, self._hosts
            if error.by == "applicant":
                who, whom = f"applicant {applicants[error.number].id!r}", f"listing {hosts[error.named].id!r}"
            else:
                who, whom = f"listing {hosts[error.number].id!r}", f"applicant {applicants[error.named].id!r}"
            raise ValueError(f"{who} ranks {whom} twice; each may be ranked once") from None
        host_ids: list[str | None] = [host.id for host in self._hosts]
        host_ids.append(None)  # the index -1 means no host
        seats = zip(self._applicants, matched.tolist(), strict=True)
        totals = zip(self._hosts, capacities.tolist(), strict=True)
        return Assignment(
            seats=dict(sorted((applicant.id, host_ids[host]) for applicant, host in seats)),
            capacities=dict(sorted((host.id, total) for host, total in totals)),
        )


def _arrays(
    applicants: Sequence[Applicant],
    hosts: Sequence[Host],
    limits: Limits,
    applicant_numbers: Mapping[str, int],
    host_numbers: Mapping[str, int],
) -> RoundArrays:
    discipline_numbers: dict[str, int] = {}
    for applicant in applicants:
        if applicant.discipline is not None:
            discipline_numbers.setdefault(applicant.discipline, len(discipline_numbers))
    reverts_to = np.array(
        [-1 if host.reverts_to is None else host_numbers.get(host.reverts_to, -1) for host in hosts], dtype=np.int32
    )
    if cycle := cycle_of(reverts_to):
        names = " to ".join(repr(hosts[number].id) for number in [*cycle, cycle[0]])
        raise ValueError(f"seats revert in a circle, {names}; remove one of these reversions")
    capped = [tuple({**host.caps, **host.reserves}) if host.reserves else tuple(host.caps) for host in hosts]
    disciplines = [-1 if each.discipline is None else discipline_numbers[each.discipline] for each in applicants]
    return RoundArrays(
        applicants=_lists([applicant.ranking for applicant in applicants], host_numbers),
        hosts=_lists([host.ranking for host in hosts], applicant_numbers),
        seats=np.array([host.seats for host in hosts], dtype=np.int64),
        disciplines=np.array(disciplines, dtype=np.int32),
        capped=_lists(capped, discipline_numbers),
        caps=np.array([host.caps.get(one, MOST) for host, its in zip(hosts, capped, strict=True) for one in its], dtype=np.int64),
        reserves=np.array(
            [host.reserves.get(one, 0) for host, its in zip(hosts, capped, strict=True) for one in its], dtype=np.int64
        ),
        reverts_to=reverts_to,
        **_limited(applicants, hosts, applicant_numbers, limits),
    )


def _limited(
    applicants: Sequence[Applicant], hosts: Sequence[Host], applicant_numbers: Mapping[str, int], limits: Limits
) -> dict[str, Any]:
    """The fields of ``RoundArrays`` about limits."""
    numbers = {limit: number for number, limit in enumerate(limits)}
    order: list[list[tuple[int, int, int]]] = [[] for _ in numbers]
    start = 0
    for host in hosts:
        if host.limit in numbers:
            for place, id in enumerate(host.ranking):
                if id in applicant_numbers:
                    rank = host.ranks[place] if host.ranks else place + 1
                    order[numbers[host.limit]].append((rank, applicants[applicant_numbers[id]].lot, start + place))
        start += len(host.ranking)
    slots = [[slot for _, _, slot in sorted(its)] for its in order]
    return {
        "limit_of": np.array([numbers.get(host.limit or "", -1) for host in hosts], dtype=np.int32),
        "limited": NumberLists(
            np.cumsum([0, *map(len, slots)], dtype=np.int64), np.array([*chain.from_iterable(slots)], dtype=np.int32)
        ),
        "limits": np.array([*limits.values()], dtype=np.int64),
    }


def _numbers(what: str, ids: Sequence[str]) -> dict[str, int]:
    # Copies are adjacent in memory, which makes the look-ups of ranked ids a third faster.
    copies = "\n".join(ids).split("\n")
    if len(copies) != len(ids):  # an id contains a line break
        copies = list(ids)
    numbers = dict(zip(copies, range(len(ids)), strict=True))
    if len(numbers) < len(ids):
        twice = next(id for number, id in enumerate(ids) if numbers[id] != number)
        raise ValueError(f"{what} {twice!r} is given twice; give each once")
    return numbers


def _lists(rankings: Sequence[Sequence[str]], numbers: Mapping[str, int]) -> NumberLists:
    starts = np.zeros(len(rankings) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, rankings), dtype=np.int64, count=len(rankings)), out=starts[1:])
    items = map(numbers.get, chain.from_iterable(rankings), repeat(-1))
    return NumberLists(starts, np.fromiter(items, dtype=np.int32, count=int(starts[-1])))
