"""Checks an assignment by the definition of stability alone. It shares no code with the algorithm."""

from collections.abc import Iterable, Mapping

from matching.engine.match_day.participants import Applicant, Assignment, Host


def blocking_pairs(applicants: Iterable[Applicant], hosts: Iterable[Host], result: Assignment) -> list[tuple[str, str]]:
    """All pairs (applicant, listing), sorted, that prefer each other to what they got. A stable assignment has none.

    A pair blocks if the applicant prefers the listing to what they have and the listing's choice from its matched and this
    applicant includes the applicant (Roth & Sotomayor 1990, ch. 5 and 6; with caps as in Abdulkadiroglu & Sonmez 2003). A
    listing's choice goes down its ranking and takes each applicant for whom it has a seat left, within their discipline's cap.

    Raises:
        ValueError: the result is no valid assignment. Somebody is missing, a seat was not asked for by both sides, a listing
            exceeds its seats or a cap, or seats did not revert correctly.
    """
    by_id = {host.id: host for host in hosts}
    disciplines: dict[str, str | None] = {}
    seated: dict[str, set[str]] = {id: set() for id in by_id}
    envious: dict[str, set[str]] = {id: set() for id in by_id}
    for applicant in applicants:
        disciplines[applicant.id] = applicant.discipline
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
            if listing == seat:
                break
            if listing in envious:
                envious[listing].add(applicant.id)
    if strangers := result.seats.keys() - disciplines.keys():
        raise ValueError(f"the result has a seat for {min(strangers)!r}, who is no applicant")
    _check_capacities(by_id, result.capacities, seated)
    return sorted(
        pair
        for id, host in by_id.items()
        for pair in _blocking(host, result.capacities[id], seated[id], envious[id], disciplines)
    )


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
    host: Host, capacity: int, seated: set[str], envious: set[str], disciplines: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Go down the ranking once. An envious applicant whom the host would take at their rank forms a blocking pair."""
    pairs = []
    left = capacity
    cap_left = dict(host.caps)
    not_reached = len(seated)
    for applicant in host.ranking:
        if left <= 0 and not not_reached:
            break
        discipline = disciplines.get(applicant)
        would_take = left > 0 and (discipline is None or cap_left.get(discipline, 1) > 0)
        if applicant in seated:
            if not would_take:
                raise ValueError(f"listing {host.id!r} has more than its {capacity} seats or more of {discipline!r} than its cap")
            not_reached -= 1
            left -= 1
            if discipline in cap_left:
                cap_left[discipline] -= 1
        elif would_take and applicant in envious:
            pairs.append((applicant, host.id))
    if not_reached:
        raise ValueError(f"listing {host.id!r} has a seat for {not_reached} whom it did not rank")
    return pairs
