"""The same matching as others find: PyPI's `matching`, the textbook, and trying everything."""

from random import Random

import pytest

from matching.engine.match_day import Applicant, Host, blocking_pairs, match
from support.hospital_resident import PEERS, solved
from support.match_day import rank, small_round, stable_matchings, textbook, tight_round

INSTANCES = 500


def agreed(random: Random) -> tuple[list[Applicant], list[Host]]:
    """A round as the peer takes it: hosts rank exactly who ranked them, everybody somebody, at least one seat each."""
    listings = [f"h{n}" for n in range(random.randint(1, 12))]
    rankings = {f"a{n}": random.sample(listings, random.randint(1, len(listings))) for n in range(random.randint(1, 40))}
    hosts = []
    for listing in listings:
        candidates = [id for id, ranking in rankings.items() if listing in ranking]
        random.shuffle(candidates)
        if candidates:
            hosts.append(Host(listing, random.randint(1, 5), tuple(candidates)))
    return [Applicant(id, tuple(ranking)) for id, ranking in rankings.items()], hosts


def test_it_agrees_with_another_library_on_five_hundred_rounds() -> None:
    if not PEERS.exists():
        pytest.skip(f"the peer is not there: `make setup` puts it to {PEERS}")
    instances = [agreed(Random(seed)) for seed in range(INSTANCES)]
    answers = solved(
        {
            "residents": {one.id: one.ranking for one in applicants},
            "hospitals": {host.id: host.ranking for host in hosts},
            "capacities": {host.id: host.seats for host in hosts},
        }
        for applicants, hosts in instances
    )
    contested = 0
    for (applicants, hosts), answer in zip(instances, answers, strict=True):
        seats = match(applicants, hosts).seats
        assert {id: seat for id, seat in seats.items() if seat} == {
            resident: hospital for hospital, residents in answer["matching"].items() for resident in residents
        }
        contested += sum(rank(one, seats[one.id]) > 0 for one in applicants)
    assert contested > INSTANCES


def test_it_is_the_stable_matching_best_for_every_applicant() -> None:
    several = capped = 0
    for seed in range(400):
        applicants, hosts = (tight_round if seed % 2 else small_round)(Random(seed))
        seats = match(applicants, hosts).seats
        stable = list(stable_matchings(applicants, hosts))
        assert seats in stable
        for other in stable:
            assert all(rank(one, seats[one.id]) <= rank(one, other[one.id]) for one in applicants)
        several += len(stable) > 1
        capped += seats != match(applicants, [Host(host.id, host.seats, host.ranking) for host in hosts]).seats
    # The rounds are such that it matters which stable matching is taken, and that there are caps.
    assert several > 20
    assert capped > 50


@pytest.mark.parametrize("size", [(60, 12), (300, 25)])
def test_it_agrees_with_the_textbook(size: tuple[int, int]) -> None:
    for seed in range(20):
        random = Random(seed)
        applicants, hosts = small_round(random, *size)
        hosts = [
            Host(host.id, host.seats * 3, host.ranking, {name: cap * 2 for name, cap in host.caps.items()}) for host in hosts
        ]
        result = match(applicants, hosts)
        assert result.seats == textbook(applicants, hosts)
        assert blocking_pairs(applicants, hosts, result) == []
