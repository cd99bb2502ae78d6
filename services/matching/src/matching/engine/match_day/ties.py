"""Ties, broken so that everybody can repeat it."""

from collections.abc import Mapping
from hashlib import sha256
from math import isfinite


def break_ties(scores: Mapping[str, float], seed: str) -> tuple[str, ...]:
    """The ids by score, the highest first; equal scores by SHA-256 of the seed and the id together, the least first, in UTF-8.

    The seed is published before the rankings are, so the lottery can be repeated and not be chosen. One number per id and
    round: an applicant draws the same for all listings (single tie-breaking, Abdulkadiroglu, Pathak & Roth 2009).

    Raises ValueError for a score that is not a finite number.
    """
    for id, score in scores.items():
        if not isfinite(score):
            raise ValueError(f"the score of {id!r} is {score!r}; it must be a finite number")
    return tuple(sorted(scores, key=lambda one: (-scores[one], sha256(f"{seed}{one}".encode()).digest())))
