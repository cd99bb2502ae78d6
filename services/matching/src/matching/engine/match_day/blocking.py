"""The check of a result, from the definition of stability alone: it shares nothing with the algorithm."""

from collections.abc import Iterable, Mapping

from matching.engine.match_day.participants import Applicant, Assignment, Host


def blocking_pairs(applicants: Iterable[Applicant], hosts: Iterable[Host], result: Assignment) -> list[tuple[str, str]]:
    """All pairs (applicant, listing) that would rather have each other than what the result gives them, in order; none if stable.

    A pair blocks if the applicant prefers the listing to what they have and the listing's choice from its matched and this
    applicant includes the applicant (Roth & Sotomayor 1990, ch. 5 and 6; with caps as in Abdulkadiroglu & Sonmez 2003). A
    listing's choice goes down its ranking and takes whoever still finds a seat, and room under their discipline's cap, at their
    turn.

    Raises ValueError if the result is no matching of these: somebody without an entry, a seat that either side did not ask
    for, a listing with more than its seats or over a cap, seats that are there without having reverted, or are left though
    they revert.
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
    """Seats only move from a listing that reverts, to the one it names, and none that could is left unfilled."""
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
    """Go down the ranking once: whoever envies and would be taken at their turn, with those seated above them, blocks."""
    pairs = []
    left = capacity
    room = dict(host.caps)
    missing = len(seated)
    for applicant in host.ranking:
        if left <= 0 and not missing:
            break
        discipline = disciplines.get(applicant)
        has_room = left > 0 and (discipline is None or room.get(discipline, 1) > 0)
        if applicant in seated:
            if not has_room:
                raise ValueError(f"listing {host.id!r} has more than its {capacity} seats or more of {discipline!r} than its cap")
            missing -= 1
            left -= 1
            if discipline in room:
                room[discipline] -= 1
        elif has_room and applicant in envious:
            pairs.append((applicant, host.id))
    if missing:
        raise ValueError(f"listing {host.id!r} has a seat for {missing} whom it did not rank")
    return pairs
