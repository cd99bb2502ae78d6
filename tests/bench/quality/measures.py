"""What lists are measured by."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import log2

import numpy as np

Lists = Mapping[str, Sequence[str]]
"""The ids of listings for each person, best first."""


def recall(lists: Lists, wanted: Mapping[str, Collection[str]], most: int) -> float:
    """The part of what each person wants that is among the first ``most``, or of ``most`` if they want more; on average."""
    found = [len(set(lists[person][:most]).intersection(own)) / min(most, len(own)) for person, own in wanted.items()]
    return float(np.mean(found))


def ndcg(lists: Lists, grades: Mapping[str, Mapping[str, float]], most: int) -> float:
    """The normalised discounted cumulative gain, on average (Järvelin and Kekäläinen 2002), with a gain of 2^grade - 1.

    An empty place gains nothing. People for whom nothing is right are left out.
    """
    found = []
    for person, graded in grades.items():
        if best := _gain(sorted(graded.values(), reverse=True)[:most]):
            found.append(_gain([graded.get(listing, 0.0) for listing in lists[person][:most]]) / best)
    return float(np.mean(found))


def _gain(grades: Sequence[float]) -> float:
    return float(sum((2.0**grade - 1.0) / log2(place + 2) for place, grade in enumerate(grades)))


def bad(lists: Lists, grades: Mapping[str, Mapping[str, float]], most: int) -> float:
    """How many of the first ``most`` have the grade 0, on average. An empty place is not bad: nobody is sent astray by it."""
    return float(np.mean([sum(not graded.get(one) for one in lists[person][:most]) for person, graded in grades.items()]))


def weighted_kappa(one: Sequence[int], other: Sequence[int], grades: int) -> float:
    """Cohen's kappa with quadratic weights: 1 is full agreement, 0 what chance gives."""
    counts = np.zeros((grades, grades))
    for pair, count in Counter(zip(one, other, strict=True)).items():
        counts[pair] = count
    place = np.arange(grades)
    weights = np.square(place[:, None] - place)
    by_chance = np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    return float(1.0 - (weights * counts).sum() / (weights * by_chance).sum())


def gini(shown: Sequence[float]) -> float:
    """The Gini coefficient, from 0 (all the same) to 1."""
    each = np.sort(np.asarray(shown, np.float64))
    ranks = np.arange(1, len(each) + 1)
    return float(2 * (ranks * each).sum() / (len(each) * each.sum()) - (len(each) + 1) / len(each))


def different(traits: Sequence[Sequence[object]], most: int) -> float:
    """The part of the first ``most`` of each list that are the first of their kind, on average over lists of two and more."""
    return float(np.mean([len(set(its[:most])) / len(its[:most]) for its in traits if len(its) > 1]))


def kept(lists: Lists, others: Lists, most: int) -> float:
    """The part of the first ``most`` of each list that are among the first ``most`` of the other one, on average."""
    found = [len(set(its[:most]).intersection(others[person][:most])) / len(its[:most]) for person, its in lists.items() if its]
    return float(np.mean(found))
