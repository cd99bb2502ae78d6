"""Markets for match day, as real ones are: some listings and some applicants are wanted by many."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.engine.match_day import Applicant, Host, NumberLists, RoundArrays

SPREAD = 0.8
"""Of the logarithm of a listing's popularity: the most popular tenth gets about a third of all choices."""
NOISE = 1.0
"""How far hosts differ about an applicant, beside how far applicants differ."""


def market(applicants: int, hosts: int, seats: int, length: int, seed: int = 1) -> RoundArrays:
    """Every applicant ranks ``length`` hosts; every host ranks all who ranked it; ``seats`` in all, at least one each.

    A ranking is drawn from the hosts' popularity without replacement (Plackett & Luce): the popular ones are on more lists, and
    higher. Hosts agree about applicants as far as a common quality, with noise of their own.
    """
    random = np.random.default_rng(seed)
    popularity = np.exp(random.normal(scale=SPREAD, size=hosts))
    if length == hosts:
        choices = np.argsort(random.gumbel(size=(applicants, hosts)) + np.log(popularity), axis=1)[:, ::-1]
    else:
        choices = _draw(random, popularity / popularity.sum(), applicants, length)
    who = np.repeat(np.arange(applicants), length)
    host = choices.ravel()
    liking = random.normal(size=applicants)[who] + random.normal(scale=NOISE, size=len(who))
    ranking = np.lexsort((-liking, host))
    starts = np.concatenate(([0], np.cumsum(np.bincount(host, minlength=hosts))))
    size = np.ones(hosts, dtype=np.int64) + random.multinomial(seats - hosts, random.dirichlet(np.full(hosts, 2.0)))
    return RoundArrays(
        applicants=NumberLists(np.arange(applicants + 1) * length, host.astype(np.int32)),
        hosts=NumberLists(starts, who[ranking].astype(np.int32)),
        seats=size,
    )


def _draw(random: np.random.Generator, share: NDArray[np.float64], rows: int, length: int) -> NDArray[np.int64]:
    """Draws with replacement of which repeats are dropped are draws without replacement."""
    drawn = random.choice(len(share), size=(rows, length), p=share)
    while True:
        order = np.argsort(drawn, axis=1, kind="stable")
        ordered = np.take_along_axis(drawn, order, axis=1)
        repeats = np.zeros_like(drawn, dtype=bool)
        np.put_along_axis(repeats, order[:, 1:], ordered[:, 1:] == ordered[:, :-1], axis=1)
        if not repeats.any():
            return drawn
        # The repeats' places go to the end of the row, in which the next ones are drawn.
        drawn = np.take_along_axis(drawn, np.argsort(repeats, axis=1, kind="stable"), axis=1)
        last = np.sort(repeats, axis=1)
        drawn[last] = random.choice(len(share), size=int(last.sum()), p=share)


def as_read(arrays: RoundArrays) -> tuple[list[Applicant], list[Host]]:
    """The same as applicants and hosts whose ids are strings of 32 characters, each a new one, as they come from a database."""
    applicants = [
        Applicant(_id("a", number), tuple(_id("h", host) for host in row)) for number, row in enumerate(_rows(arrays.applicants))
    ]
    hosts = [
        Host(_id("h", number), seats, tuple(_id("a", one) for one in row))
        for number, (row, seats) in enumerate(zip(_rows(arrays.hosts), arrays.seats.tolist(), strict=True))
    ]
    return applicants, hosts


def _rows(lists: NumberLists) -> list[Sequence[int]]:
    return [row.tolist() for row in np.split(lists.items, lists.starts[1:-1])]


def _id(side: str, number: int) -> str:
    return f"{side}{number:031d}"
