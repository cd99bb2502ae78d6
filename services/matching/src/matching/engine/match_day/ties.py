"""Breaks ties by a lottery that anybody can repeat."""

from collections.abc import Mapping
from hashlib import sha256
from math import isfinite


def ranks_of(scores: Mapping[str, float]) -> dict[str, int]:
    """The rank of each id, from 1 for the highest score. Equal scores share one."""
    rank_of = {score: rank for rank, score in enumerate(sorted(set(scores.values()), reverse=True), 1)}
    return {id: rank_of[score] for id, score in scores.items()}


def break_ties(scores: Mapping[str, float], seed: str) -> tuple[str, ...]:
    """The ids sorted by score, highest first; equal scores by the SHA-256 of seed and id (in UTF-8), lowest first.

    The seed is published before anybody ranks, so the lottery can be repeated but not chosen. An applicant has one lottery number
    for all listings of a round (single tie-breaking, Abdulkadiroglu, Pathak & Roth 2009).

    Raises ValueError for a score that is not a finite number.
    """
    for id, score in scores.items():
        if not isfinite(score):
            raise ValueError(f"the score of {id!r} is {score!r}; it must be a finite number")
    return tuple(sorted(scores, key=lambda applicant: (-scores[applicant], sha256(f"{seed}{applicant}".encode()).digest())))
