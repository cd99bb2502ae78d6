"""The check of a result, from the definition of stability alone: it shares nothing with the algorithm."""

from collections.abc import Iterable

from matching.engine.match_day.participants import Applicant, Host, Result


def blocking_pairs(applicants: Iterable[Applicant], hosts: Iterable[Host], result: Result) -> list[tuple[str, str]]:
    """All pairs (applicant, listing) that would rather have each other than what the result gives them, in order; none if stable.

    A pair blocks if the applicant prefers the listing to what they have and the listing's choice from its matched and this
    applicant includes the applicant (Roth & Sotomayor 1990, ch. 5 and 6; with caps as in Abdulkadiroglu & Sonmez 2003). A
    listing's choice goes down its ranking and takes whoever still finds a seat, and room under their discipline's cap, at their
    turn.

    Raises ValueError if the result is no matching of these: somebody without an entry, a seat that either side did not ask
    for, a listing with more than its seats or over a cap.
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
    return sorted(
        pair
        for id, host in by_id.items()
        for pair in _blocking(host, result.capacities.get(id, -1), seated[id], envious[id], disciplines)
    )


def _blocking(
    host: Host, capacity: int, seated: set[str], envious: set[str], disciplines: dict[str, str | None]
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
