"""Checks an assignment by the definition of stability alone. It shares no code with the algorithm."""

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from matching.engine.match_day.participants import NO_LIMITS, Applicant, Assignment, Host, Limits

Pairs = Iterable[tuple[str, Host]]
"""Applicants with a listing that ranks them, the best first."""


def blocking_pairs(
    applicants: Iterable[Applicant],
    hosts: Iterable[Host],
    result: Assignment,
    limits: Limits = NO_LIMITS,
    together: Collection[str] = (),
) -> list[tuple[str, str]]:
    """All pairs (applicant, listing), sorted, that prefer each other to what they got. A stable assignment has none.

    A pair blocks if the applicant prefers the listing to what they have and the listing's choice from its matched and this
    applicant includes the applicant (Roth & Sotomayor 1990, ch. 5 and 6; with caps as in Abdulkadiroglu & Sonmez 2003). A
    listing's choice goes down its ranking and takes each applicant for whom it has a seat left, within their discipline's cap.
    With reserves, it first goes down it once for those within their discipline's reserve (Hafalir, Yenmez & Yildirim 2013).
    Listings under a limit choose together, from one ranking of pairs, each applicant once. Applicants in ``together``, who have
    seats as a couple, form no pair of their own (``dissatisfied_couples``).

    Raises:
        ValueError: the result is no valid assignment. Somebody is missing, a seat was not asked for by both sides, a listing
            exceeds its seats, a cap or a limit, or seats did not revert correctly.
    """
    by_id = {host.id: host for host in hosts}
    people: dict[str, Applicant] = {}
    seated: dict[str, set[str]] = {id: set() for id in by_id}
    envious: dict[str, set[str]] = {id: set() for id in by_id}
    for applicant in applicants:
        people[applicant.id] = applicant
        if applicant.id not in result.seats:
            raise ValueError(f"the result says nothing about applicant {applicant.id!r}")
        seat = result.seats[applicant.id]
        if seat is not None:
            if seat not in by_id or seat not in applicant.ranking:
                raise ValueError(
                    f"applicant {applicant.id!r} has a seat at {seat!r}, a listing that they did not rank or that is not there"
                )
            seated[seat].add(applicant.id)
        for listing in applicant.ranking:
            if listing == seat or applicant.id in together:
                break
            if listing in envious:
                envious[listing].add(applicant.id)
    if strangers := result.seats.keys() - people.keys():
        raise ValueError(f"the result has a seat for {min(strangers)!r}, who is no applicant")
    _check_capacities(by_id, result.capacities, seated)
    pairs: list[tuple[str, str]] = []
    limited: dict[str, list[Host]] = {}
    for host in by_id.values():
        if host.limit in limits:
            limited.setdefault(host.limit or "", []).append(host)
        elif host.reserves:
            pairs += _blocking_with_reserves(host, result.capacities[host.id], seated[host.id], envious[host.id], people)
        else:
            alone = ((applicant, host) for applicant in host.ranking)
            pairs += _blocking(alone, result.capacities[host.id], [host], result, seated, envious, people)
    for limit, its in limited.items():
        pairs += _blocking(_in_order(its, people), limits[limit], its, result, seated, envious, people)
    return sorted(pairs)


def _in_order(hosts: Iterable[Host], people: Mapping[str, Applicant]) -> Pairs:
    """All pairs of these listings by rank, then by lot. Of one applicant's, the one that the applicant prefers comes first."""
    keyed = [
        (host.ranks[place] if host.ranks else place + 1, people[id].lot, people[id].ranking.index(host.id), id, host)
        for host in hosts
        for place, id in enumerate(host.ranking)
        if id in people and host.id in people[id].ranking
    ]
    return ((id, host) for _, _, _, id, host in sorted(keyed, key=lambda one: one[:3]))


def _check_capacities(hosts: Mapping[str, Host], capacities: Mapping[str, int], seated: Mapping[str, set[str]]) -> None:
    """Check that seats moved only by reversion, and that every unfilled seat that should revert did."""
    if capacities.keys() != hosts.keys():
        raise ValueError(
            f"the result must tell the seats of all listings and no others: {min(capacities.keys() ^ hosts.keys())!r}"
        )
    receivers = {host.reverts_to for host in hosts.values()}
    for id, host in hosts.items():
        gives = host.reverts_to in hosts
        if (capacities[id] < host.seats and not gives) or (capacities[id] > host.seats and id not in receivers):
            raise ValueError(f"listing {id!r} has {capacities[id]} seats instead of {host.seats}, though none reverted")
        if gives and capacities[id] > len(seated[id]):
            raise ValueError(f"listing {id!r} keeps {capacities[id] - len(seated[id])} unfilled seats, though they revert")
    if sum(capacities.values()) != sum(host.seats for host in hosts.values()):
        raise ValueError("seats were lost or made by reversion")


def _blocking(
    pairs: Pairs,
    most: int,
    hosts: Iterable[Host],
    result: Assignment,
    seated: Mapping[str, set[str]],
    envious: Mapping[str, set[str]],
    people: Mapping[str, Applicant],
) -> list[tuple[str, str]]:
    """Go down the pairs once. An envious applicant whom a listing would take at this place forms a blocking pair.

    ``most``: the seats of these listings together.
    """
    blocking = []
    left = {host.id: result.capacities[host.id] for host in hosts}
    cap_left = {host.id: dict(host.caps) for host in hosts}
    not_reached = {id: len(seated[id]) for id in left}
    placed: set[str] = set()
    for id, host in pairs:
        if most <= 0 and not any(not_reached.values()):
            break
        discipline = people[id].discipline if id in people else None
        would_take = most > 0 and left[host.id] > 0 and (discipline is None or cap_left[host.id].get(discipline, 1) > 0)
        if id in seated[host.id]:
            if not would_take:
                raise ValueError(
                    f"listing {host.id!r} has more than its {result.capacities[host.id]} seats, more of {discipline!r} than its "
                    f"cap, or more than the limit {host.limit!r}"
                )
            placed.add(id)
            not_reached[host.id] -= 1
            most -= 1
            left[host.id] -= 1
            if discipline in cap_left[host.id]:
                cap_left[host.id][discipline] -= 1
        elif would_take and id in envious[host.id] and id not in placed:
            blocking.append((id, host.id))
    for host_id, count in not_reached.items():
        if count:
            raise ValueError(f"listing {host_id!r} has a seat for {count} whom it did not rank")
    return blocking


def _blocking_with_reserves(
    host: Host, seats: int, seated: AbstractSet[str], envious: AbstractSet[str], people: Mapping[str, Applicant]
) -> list[tuple[str, str]]:
    """The envious applicants whom the listing would choose beside those it has, who must be its own choice."""
    places = {id: place for place, id in enumerate(host.ranking) if id in seated or id in envious}
    if strangers := seated - places.keys():
        raise ValueError(f"listing {host.id!r} has a seat for {len(strangers)} whom it did not rank")
    its = sorted((places[id], people[id].discipline) for id in seated)
    if _choice(host, seats, its) != {place for place, _ in its}:
        raise ValueError(f"listing {host.id!r} has more than its {seats} seats, or more of a discipline than its cap")

    @cache
    def chosen(discipline: str | None, above: int) -> bool:
        """Whether it would choose somebody of this discipline between the seated ones, with this many of them above."""
        between = (its[above - 1][0] if above else -1) + 0.5
        return between in _choice(host, seats, [*its[:above], (between, discipline), *its[above:]])

    return [(id, host.id) for id in envious if id in places and chosen(people[id].discipline, bisect(its, (places[id],)))]


def _choice(host: Host, seats: int, ranked: Sequence[tuple[float, str | None]]) -> set[float]:
    """The places that the listing chooses from these, given with their disciplines, best first."""
    chosen: set[float] = set()
    taken: Counter[str | None] = Counter()
    for quotas, unlimited in ((host.reserves, False), (host.caps, True)):
        for place, discipline in ranked:
            quota = None if discipline is None else quotas.get(discipline)
            below = unlimited if quota is None else taken[discipline] < quota
            if below and len(chosen) < seats and place not in chosen:
                chosen.add(place)
                taken[discipline] += 1
    return chosen
