"""Finds the known form that a misspelt term stands for, by edit distance."""

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 5
"""Shorter terms are not corrected: ``jest`` is not ``nest``."""
LONGEST = 40
"""Longer terms are not corrected: they are phrases, and differ by words."""


class Misspellings:
    """Known forms, by first letter and length, so that a look-up compares only a few dozen of them.

    The distance is that of optimal string alignment (insertions, deletions, substitutions, and swaps of neighbours, each of which
    counts 1). It may be 1, or 2 from ten letters on. In terms under seven letters, only the order of letters may be wrong,
    because similar short names usually name something else. The first letter and the digits must agree.
    """

    def __init__(self, forms: Iterable[str]) -> None:
        self._by_shape: dict[tuple[str, int], list[str]] = defaultdict(list)
        for form in forms:
            if SHORTEST <= len(form) <= LONGEST:
                self._by_shape[form[0], len(form)].append(form)

    def find(self, form: str) -> list[str]:
        """The nearest known forms: several if equally near, none if none is near enough."""
        size = len(form)
        if not SHORTEST <= size <= LONGEST:
            return []
        most = 2 if size >= 10 else 1
        reach = range(size - most, size + most + 1)
        near = [
            (distance, known)
            for length in reach
            for known, distance, _ in process.extract(
                form, self._by_shape.get((form[0], length), ()), scorer=OSA.distance, score_cutoff=most, limit=None
            )
            if _digits(known) == _digits(form) and (max(size, length) >= 7 or sorted(known) == sorted(form))
        ]
        least = min(near, default=(0, ""))[0]
        return [known for distance, known in near if distance == least]


def _digits(form: str) -> str:
    return "".join(filter(str.isdigit, form))
