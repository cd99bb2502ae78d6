"""Matches a round given as arrays. Participants are numbered from 0."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.match_day.deferred_acceptance import deferred_acceptance, slots_of

Ints = NDArray[Any]


class RankedTwice(ValueError):
    """A ranking names somebody twice."""

    def __init__(self, by: str, number: int, named: int) -> None:
        other = "host" if by == "applicant" else "applicant"
        super().__init__(f"{by} {number} ranks {other} {named} twice; each may be named once")
        self.by, self.number, self.named = by, number, named


@dataclass(frozen=True, slots=True)
class NumberLists:
    """Lists of numbers, one after the other (as CSR): list ``i`` is ``items[starts[i]:starts[i + 1]]``.

    Raises ValueError if the starts do not fit the items.
    """

    starts: Ints
    """int64[lists + 1], from 0 to the number of items, never falling."""
    items: Ints
    """int32[items]; -1 names nobody."""

    def __post_init__(self) -> None:
        starts, items = self.starts, self.items
        _check_size("items", items, items.size)
        _check_size("starts", starts, max(1, starts.size))
        if starts[0] != 0 or starts[-1] != len(items) or (starts[1:] < starts[:-1]).any():
            raise ValueError(f"starts must rise from 0 to the number of items, {len(items)}")

    @classmethod
    def empty(cls, lists: int) -> "NumberLists":
        return cls(np.zeros(lists + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class RoundArrays:
    """A round in arrays of integers."""

    applicants: NumberLists
    """Each applicant's hosts, best first."""
    hosts: NumberLists
    """Each host's applicants, best first."""
    seats: Ints
    """[hosts]: 0 or more."""
    disciplines: Ints | None = None
    """[applicants]: negative for none; None if nobody has one."""
    capped: NumberLists | None = None
    """Each host's disciplines with a cap or a reserve, each once."""
    caps: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """[items of ``capped``]: the most seats for each."""
    reserves: Ints | None = None
    """[items of ``capped``]: the seats that go to its best applicants first, at most its cap; None for no reserves."""
    reverts_to: Ints | None = None
    """[hosts]: the host that gets unfilled seats; negative for none."""
    limit_of: Ints | None = None
    """[hosts]: the limit that the host is under; negative for none."""
    limited: NumberLists | None = None
    """Each limit's places in ``hosts.items``, those of all its hosts in one list, best first."""
    limits: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """[limits]: the most seats of its hosts together."""


def match_arrays(arrays: RoundArrays) -> tuple[Ints, Ints]:
    """The host of each applicant, or -1, as int32[applicants], and each host's final number of seats, as int64[hosts].

    This is the stable assignment that is best for every applicant at once (Gale & Shapley 1962). Unfilled seats that revert go to
    the other host, and everybody proposes again, until no seat moves (Roth & Peranson 1999). This terminates, because seats move
    along chains without a cycle. No repetition makes an applicant worse off: without the unfilled seats, the last assignment is
    still stable, and more seats elsewhere harm no applicant.

    The time is proportional to the length of the lists, the caps of a host, and the number of successive reversions.

    Raises:
        ValueError: the arrays do not fit together, somebody is ranked twice, or reversions go in a circle.
    """
    _check(arrays)
    applicants, hosts = len(arrays.applicants), len(arrays.hosts)
    choice_starts, choices = _contiguous(arrays.applicants)
    slot_starts, ranking = _contiguous(arrays.hosts)
    slots, choice, slot = slots_of(choice_starts, choices, slot_starts, ranking)
    if choice >= 0:
        raise RankedTwice("applicant", int(np.searchsorted(choice_starts, choice, "right")) - 1, int(choices[choice]))
    if slot >= 0:
        raise RankedTwice("host", int(np.searchsorted(slot_starts, slot, "right")) - 1, int(ranking[slot]))
    disciplines = np.full(applicants, -1) if arrays.disciplines is None else arrays.disciplines
    cap_starts, capped = _contiguous(arrays.capped if arrays.capped is not None else NumberLists.empty(hosts))
    limit_of = np.full(hosts, -1) if arrays.limit_of is None else arrays.limit_of
    limit_starts, limited = _contiguous(arrays.limited if arrays.limited is not None else NumberLists.empty(0))
    rules = (
        np.ascontiguousarray(disciplines, dtype=np.int32),
        cap_starts,
        capped,
        np.ascontiguousarray(arrays.caps, np.int64),
        np.zeros(len(arrays.caps), np.int64) if arrays.reserves is None else np.ascontiguousarray(arrays.reserves, np.int64),
        np.ascontiguousarray(limit_of, np.int32),
        limit_starts,
        limited,
        np.ascontiguousarray(arrays.limits, np.int64),
    )
    seats = np.array(arrays.seats, dtype=np.int64)
    while True:
        matched = deferred_acceptance(choice_starts, choices, slots, slot_starts, ranking, seats, *rules)
        if arrays.reverts_to is None or not _revert(arrays.reverts_to, seats, matched):
            return matched, seats


def _revert(reverts_to: Ints, seats: Ints, matched: Ints) -> bool:
    """Move all unfilled seats to the hosts that they revert to. Returns whether any moved."""
    unfilled = seats - np.bincount(matched[matched >= 0], minlength=len(seats))
    given = np.flatnonzero((unfilled > 0) & (reverts_to >= 0))
    np.add.at(seats, reverts_to[given], unfilled[given])
    seats[given] -= unfilled[given]
    return len(given) > 0


def _contiguous(lists: NumberLists) -> tuple[Ints, Ints]:
    return np.ascontiguousarray(lists.starts, dtype=np.int64), np.ascontiguousarray(lists.items, dtype=np.int32)


def _check(arrays: RoundArrays) -> None:
    applicants, hosts = len(arrays.applicants), len(arrays.hosts)
    _check_lists("applicants", arrays.applicants, applicants, hosts)
    _check_lists("hosts", arrays.hosts, hosts, applicants)
    _check_size("seats", arrays.seats, hosts)
    if arrays.disciplines is not None:
        _check_size("disciplines", arrays.disciplines, applicants)
    if arrays.capped is not None:
        _check_lists("capped", arrays.capped, hosts, np.iinfo(np.int32).max)
        host = np.repeat(np.arange(hosts), np.diff(arrays.capped.starts))
        order = np.lexsort((arrays.capped.items, host))
        host, capped = host[order], arrays.capped.items[order]
        twice = np.flatnonzero((host[1:] == host[:-1]) & (capped[1:] == capped[:-1]) & (capped[1:] >= 0))
        if len(twice):
            raise ValueError(f"host {host[twice[0]]} has two caps for {capped[twice[0]]}; each discipline may have one")
    _check_size("caps", arrays.caps, len(arrays.capped.items) if arrays.capped is not None else 0)
    reserves = np.zeros(len(arrays.caps), np.int64) if arrays.reserves is None else arrays.reserves
    _check_size("reserves", reserves, len(arrays.caps))
    for name, counts in (("seats", arrays.seats), ("caps", arrays.caps), ("reserves", reserves)):
        if len(counts) and counts.min() < 0:
            raise ValueError(f"{name}[{int(counts.argmin())}] is {counts.min()}; it must be 0 or more")
    if arrays.limit_of is not None:
        _check_size("limit_of", arrays.limit_of, hosts)
        if hosts and arrays.limit_of.max() >= len(arrays.limits):
            raise ValueError(
                f"limit_of[{int(arrays.limit_of.argmax())}] is {arrays.limit_of.max()} of {len(arrays.limits)} limits"
            )
    if (above := np.flatnonzero(reserves > arrays.caps)).size:
        raise ValueError(f"reserves[{above[0]}] is above its cap")
    if arrays.capped is not None and arrays.limit_of is not None:
        limited = np.repeat(arrays.limit_of, np.diff(arrays.capped.starts)) >= 0
        if (both := np.flatnonzero(limited & (reserves > 0))).size:
            raise ValueError(f"reserves[{both[0]}] is of a host under a limit, which can have none")
    if arrays.limited is not None:
        _check_lists("limited", arrays.limited, len(arrays.limits), len(arrays.hosts.items))
    if arrays.reverts_to is not None:
        _check_size("reverts_to", arrays.reverts_to, hosts)
        if hosts and arrays.reverts_to.max() >= hosts:
            raise ValueError(f"reverts_to[{int(arrays.reverts_to.argmax())}] is {arrays.reverts_to.max()} of {hosts} hosts")
        if cycle := cycle_of(arrays.reverts_to):
            raise ValueError(f"seats revert in a circle: hosts {' to '.join(map(str, [*cycle, cycle[0]]))}")


def _check_lists(name: str, lists: NumberLists, count: int, below: int) -> None:
    if len(lists) != count:
        raise ValueError(f"{name} must be {count} lists, not {len(lists)}")
    if len(lists.items) and lists.items.max() >= below:
        raise ValueError(f"{name}.items[{int(lists.items.argmax())}] is {lists.items.max()}; there are {below} of them")


def _check_size(name: str, values: Ints, size: int) -> None:
    if values.ndim != 1 or len(values) != size or values.dtype.kind not in "iu":
        raise ValueError(f"{name} must be {size} integers, not {values.dtype} of shape {values.shape}")


def cycle_of(reverts_to: Ints) -> list[int]:
    """The hosts of a circle of reversions, the lowest number first; empty if there is none."""
    following = reverts_to.tolist()
    safe = [to < 0 for to in following]
    for first in range(len(following)):
        path: list[int] = []
        on_path: set[int] = set()
        host = first
        while not safe[host] and host not in on_path:
            path.append(host)
            on_path.add(host)
            host = following[host]
        if not safe[host]:
            cycle = path[path.index(host) :]
            start = cycle.index(min(cycle))
            return cycle[start:] + cycle[:start]
        for host in path:
            safe[host] = True
    return []
