"""Slow, simple implementations of match day, by the textbook and by exhaustive search, to compare with the engine."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, permutations, product
from random import Random

from hypothesis import strategies as st

from matching.engine.match_day import Applicant, Host, Limits

Seats = dict[str, str | None]


def choice(host: Host, applicants: Iterable[Applicant]) -> list[Applicant]:
    """The host's choice by definition: the best of each discipline up to its reserve, in the order of the ranking; then, down the
    ranking, each applicant for whom a seat is left within their discipline's cap."""
    by_id = {applicant.id: applicant for applicant in applicants}
    ranked = [by_id[id] for id in host.ranking if id in by_id]
    chosen: list[Applicant] = []
    for place, one in enumerate(ranked):
        better = sum(other.discipline == one.discipline for other in ranked[:place])
        if one.discipline is not None and better < host.reserves.get(one.discipline, 0):
            chosen.append(one)
    chosen = chosen[: host.seats]
    for one in ranked:
        same = sum(other.discipline == one.discipline for other in chosen)
        within = one.discipline is None or one.discipline not in host.caps or same < host.caps[one.discipline]
        if within and len(chosen) < host.seats and one not in chosen:
            chosen.append(one)
    return chosen


def textbook(applicants: Sequence[Applicant], hosts: Sequence[Host]) -> Seats:
    """Deferred acceptance as in Gale and Shapley: free applicants propose, hosts keep their choice, until nobody is free."""
    left = {applicant.id: [id for id in applicant.ranking if id in {host.id for host in hosts}] for applicant in applicants}
    kept: dict[str, list[Applicant]] = {host.id: [] for host in hosts}
    while True:
        seated = {one.id for some in kept.values() for one in some}
        free = [applicant for applicant in applicants if applicant.id not in seated and left[applicant.id]]
        if not free:
            seats: Seats = {applicant.id: None for applicant in applicants}
            return seats | {one.id: id for id, some in kept.items() for one in some}
        proposals: dict[str, list[Applicant]] = {}
        for applicant in free:
            proposals.setdefault(left[applicant.id].pop(0), []).append(applicant)
        for host in hosts:
            kept[host.id] = choice(host, kept[host.id] + proposals.get(host.id, []))


def with_reversion(applicants: Sequence[Applicant], hosts: Sequence[Host]) -> Iterator[tuple[Seats, dict[str, int]]]:
    """The textbook's matching and the seats after each step of reversion; the last one is the result."""
    while True:
        seats = textbook(applicants, hosts)
        now = {host.id: host.seats for host in hosts}
        yield seats, dict(now)
        for host in hosts:
            unfilled = host.seats - sum(listing == host.id for listing in seats.values())
            if unfilled and host.reverts_to in now:
                now[host.id] -= unfilled
                now[host.reverts_to] += unfilled
        if now == {host.id: host.seats for host in hosts}:
            return
        hosts = [replace(host, seats=now[host.id]) for host in hosts]


def blocks(applicant: Applicant, host: Host, seats: Seats, applicants: Iterable[Applicant]) -> bool:
    """Whether the two prefer each other, by the literal definition."""
    if host.id not in applicant.ranking or seats[applicant.id] == host.id:
        return False
    seat = seats[applicant.id]
    if seat is not None and applicant.ranking.index(seat) < applicant.ranking.index(host.id):
        return False
    matched = [one for one in applicants if seats[one.id] == host.id]
    return applicant in choice(host, [*matched, applicant])


def drawn_first(applicant: Applicant, host: Host) -> Host:
    """The host with the applicant as the first on their rank."""
    place = host.ranking.index(applicant.id)
    first = host.ranks.index(host.ranks[place]) if host.ranks else place
    others = host.ranking[:place] + host.ranking[place + 1 :]
    return replace(host, ranking=(*others[:first], applicant.id, *others[first:]))


def stable_matchings(applicants: Sequence[Applicant], hosts: Sequence[Host]) -> Iterator[Seats]:
    """All stable matchings, by exhaustive search."""
    by_id = {host.id: host for host in hosts}
    for given in product(*([None, *(id for id in one.ranking if id in by_id)] for one in applicants)):
        seats = dict(zip((one.id for one in applicants), given, strict=True))
        matched = {id: [one for one in applicants if seats[one.id] == id] for id in by_id}
        if any(len(choice(host, matched[host.id])) < len(matched[host.id]) for host in hosts):
            continue
        if not any(blocks(applicant, host, seats, applicants) for applicant in applicants for host in hosts):
            yield seats


def rank(applicant: Applicant, seat: str | None) -> int:
    """The seat's position in the applicant's ranking. Having no seat ranks below all seats."""
    return len(applicant.ranking) if seat is None else applicant.ranking.index(seat)


def reports(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every possible ranking of some or all ids."""
    for length in range(len(ids) + 1):
        yield from permutations(ids, length)


def small_round(random: Random, applicants: int = 5, hosts: int = 3) -> tuple[list[Applicant], list[Host]]:
    """A round with scarce seats, incomplete rankings, unranked applicants, caps and reserves."""
    applicant_ids, host_ids = [f"a{n}" for n in range(applicants)], [f"h{n}" for n in range(hosts)]

    def some(ids: list[str]) -> tuple[str, ...]:
        return tuple(random.sample(ids, random.randint(0, len(ids))))

    def reserves(caps: dict[str, int]) -> dict[str, int]:
        return {name: random.randint(0, caps.get(name, 2)) for name in ("biology", "physics") if random.random() < 0.4}

    caps = [{name: random.randint(0, 2) for name in ("biology", "physics", "history") if random.random() < 0.5} for _ in host_ids]
    return (
        [Applicant(id, some(host_ids), random.choice(["biology", "physics", None])) for id in applicant_ids],
        [
            Host(
                id,
                random.randint(0, 3),
                some(applicant_ids) if random.random() < 0.3 else tuple(random.sample(applicant_ids, applicants)),
                its_caps,
                reserves=reserves(its_caps),
            )
            for id, its_caps in zip(host_ids, caps, strict=True)
        ],
    )


def tight_round(random: Random, size: int = 4) -> tuple[list[Applicant], list[Host]]:
    """A round with as many seats as applicants, and complete rankings on both sides. It may have several stable matchings."""
    applicants, hosts = [f"a{n}" for n in range(size)], [f"h{n}" for n in range(size)]
    return (
        [Applicant(id, tuple(random.sample(hosts, size)), random.choice(["biology", "physics"])) for id in applicants],
        [Host(id, 1, tuple(random.sample(applicants, size)), {"biology": random.randint(0, 1)}) for id in hosts],
    )


@st.composite
def rounds(draw: st.DrawFn, applicants: int = 6, hosts: int = 4, reversion: bool = True) -> tuple[list[Applicant], list[Host]]:
    """Rounds of at most this size, small enough to shrink: unknown ids, caps, reserves, and reversions in chains but no circle."""
    applicant_ids = [f"a{n}" for n in range(draw(st.integers(0, applicants)))]
    host_ids = [f"h{n}" for n in range(draw(st.integers(0, hosts)))]

    def ranking(ids: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
        return st.lists(st.sampled_from([*ids, "unknown"]), unique=True).map(tuple)

    def host(number: int, id: str) -> Host:
        # Most hosts rank everybody, because otherwise hardly any seat is contested.
        ranked = draw(st.permutations(applicant_ids).map(tuple) | ranking(applicant_ids))
        caps = draw(st.dictionaries(st.sampled_from(["biology", "physics", "history"]), st.integers(0, 2)))
        reserves = draw(st.dictionaries(st.sampled_from(["biology", "physics", "history"]), st.integers(0, 2)))
        return Host(
            id,
            draw(st.integers(0, 3)),
            ranked,
            caps,
            draw(st.sampled_from([None, "unknown", *host_ids[number + 1 :]])) if reversion else None,
            tuple(1 + steps for steps in accumulate(draw(st.sampled_from([0, 0, 1])) for _ in ranked)),
            reserves={name: min(least, caps.get(name, least)) for name, least in reserves.items()},
        )

    return (
        [Applicant(id, draw(ranking(host_ids)), draw(st.sampled_from(["biology", "physics", None]))) for id in applicant_ids],
        [host(number, id) for number, id in enumerate(host_ids)],
    )


@st.composite
def limited_rounds(
    draw: st.DrawFn, applicants: int = 6, hosts: int = 4, reversion: bool = True
) -> tuple[list[Applicant], list[Host], Limits]:
    """Rounds whose listings may share limits. On each rank, the applicants are in the order of their lots."""
    people, listings = draw(rounds(applicants, hosts, reversion))
    lots = dict(zip([one.id for one in people], draw(st.permutations(range(len(people)))), strict=True))

    def drawn(host: Host) -> Host:
        order = sorted(zip(host.ranks, host.ranking, strict=True), key=lambda one: (one[0], lots.get(one[1], 0)))
        limit = draw(st.sampled_from([None, "x", "y", "unknown"]))
        return replace(host, ranking=tuple(id for _, id in order), limit=limit, reserves={} if limit else host.reserves)

    limits = {"x": draw(st.integers(0, 3)), "y": draw(st.integers(0, 3))}
    return [replace(one, lot=lots[one.id]) for one in people], [drawn(host) for host in listings], limits


def chosen_together(hosts: Sequence[Host], most: int, pairs: Iterable[tuple[Applicant, Host]]) -> list[tuple[Applicant, Host]]:
    """What listings under a limit choose by definition: down all pairs by rank and lot, each that leaves nobody with two seats, no
    listing over its seats or caps, and all together within the limit. Between pairs of one applicant, the applicant decides."""

    def key(pair: tuple[Applicant, Host]) -> tuple[int, int, int]:
        applicant, host = pair
        place = host.ranking.index(applicant.id)
        return host.ranks[place] if host.ranks else place + 1, applicant.lot, applicant.ranking.index(host.id)

    taken: list[tuple[Applicant, Host]] = []
    for applicant, host in sorted((pair for pair in pairs if pair[0].id in pair[1].ranking), key=key):
        wanted = [*(one for one, other in taken if other is host), applicant]
        if len(taken) < most and applicant not in [one for one, _ in taken] and len(choice(host, wanted)) == len(wanted):
            taken.append((applicant, host))
    return taken


def blocks_together(
    applicant: Applicant, host: Host, seats: Seats, people: Sequence[Applicant], hosts: Sequence[Host], limits: Limits
) -> bool:
    """Whether the two prefer each other, by the definition of the choice of all listings under the host's limit."""
    if host.limit not in limits:
        return blocks(applicant, host, seats, people)
    if host.id not in applicant.ranking or rank(applicant, seats[applicant.id]) <= rank(applicant, host.id):
        return False
    its = [one for one in hosts if one.limit == host.limit]
    held = [(person, one) for one in its for person in people if seats[person.id] == one.id]
    return (applicant, host) in chosen_together(its, limits[host.limit or ""], [*held, (applicant, host)])
