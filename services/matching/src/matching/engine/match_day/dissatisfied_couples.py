"""Finds the couples with a claim to another pair of seats, by the definition alone. It shares no code with the algorithm."""

from collections import Counter
from collections.abc import Iterable, Mapping

from matching.engine.match_day.participants import NO_LIMITS, Applicant, Assignment, Couple, Host, Limits

Seated = list[tuple[Applicant, Host]]


def are_together(couple: Couple, seats: Mapping[str, str | None]) -> bool:
    """Whether the couple has one of its pairs of seats."""
    return tuple(seats.get(id) for id in couple.members) in couple.pairs


def dissatisfied_couples(
    applicants: Iterable[Applicant],
    hosts: Iterable[Host],
    couples: Iterable[Couple],
    result: Assignment,
    limits: Limits = NO_LIMITS,
) -> list[tuple[Couple, tuple[str, str]]]:
    """The couples who prefer a pair of listings to what they have, which would choose them, each with the best such pair.

    The listings choose from those they have, without the couple, and the couple. A stable assignment has no such couples.
    """
    people, by_id = {one.id: one for one in applicants}, {host.id: host for host in hosts}
    seated: dict[str, list[Applicant]] = {id: [] for id in by_id}
    for id, listing in result.seats.items():
        if listing is not None:
            seated[listing].append(people[id])

    def would_get(couple: Couple, pair: tuple[str, str]) -> bool:
        wanted = [(people[id], by_id[listing]) for id, listing in zip(couple.members, pair, strict=True)]
        for _, asked in wanted:
            most = limits.get(asked.limit or "")
            its = [host for host in by_id.values() if host is asked or (most is not None and host.limit == asked.limit)]
            others = [(one, host) for host in its for one in seated[host.id] if one.id not in couple.members]
            asking = [one for one in wanted if one[1] in its]
            chosen = _chosen([*others, *asking], result.capacities, most)
            if not all(one in chosen for one in asking):
                return False
        return True

    found = []
    for couple in couples:
        has = tuple(result.seats.get(id) for id in couple.members)
        better = couple.pairs[: couple.pairs.index(has)] if has in couple.pairs else couple.pairs
        if all(id in people for id in couple.members) and (pair := next((one for one in better if would_get(couple, one)), None)):
            found.append((couple, pair))
    return found


def _chosen(asking: Seated, capacities: Mapping[str, int], most: int | None) -> Seated:
    """Whom listings choose together: down their rankings, first within reserves, then within caps, seats and the limit."""
    chosen: Seated = []
    for reserving in (True, False):
        for applicant, host in sorted((one for one in asking if one[0].id in one[1].ranking), key=_rank):
            its = Counter(one.discipline for one, other in chosen if other is host)
            quota = host.reserves.get(applicant.discipline or "", 0) if reserving else host.caps.get(applicant.discipline or "")
            within = quota is None or (applicant.discipline is None and not reserving) or its[applicant.discipline] < quota
            free = its.total() < capacities[host.id] and (most is None or len(chosen) < most)
            if within and free and (applicant, host) not in chosen:
                chosen.append((applicant, host))
    return chosen


def _rank(one: tuple[Applicant, Host]) -> tuple[int, int]:
    applicant, host = one
    place = host.ranking.index(applicant.id)
    return (host.ranks[place] if host.ranks and host.limit else place + 1), applicant.lot
