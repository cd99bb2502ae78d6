"""Finds skills and topics in the texts of sessions and listings, by the word list in `data/vocabulary.json`.

The original data has almost no tags. A term is found if it, or one of its other spellings, is a whole word of the text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from demo import data


@dataclass(frozen=True)
class Terms:
    """The skills and topics found in a text, by their display names, in the order of the word list."""

    skills: tuple[str, ...]
    topics: tuple[str, ...]


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    words = data.vocabulary()
    exact_case = frozenset(words["exact_case"])
    return {kind: _compile(words[kind], exact_case) for kind in ("skills", "topics")}


def _compile(terms: Mapping[str, Iterable[str]], exact_case: frozenset[str]) -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile("|".join(_word(spelling, exact_case) for spelling in [name, *spellings]))
        for name, spellings in terms.items()
    }


def _word(spelling: str, exact_case: frozenset[str]) -> str:
    # A whole word: the "C" in "C++" or "C#" is not the language C.
    start, end = r"(?<![\w+#])", r"(?![\w+#])"
    # Some names are everyday words or single letters. They are found only in their exact case.
    if spelling in exact_case:
        return f"{start}{re.escape(spelling)}{end}"
    return f"(?i:{start}{re.escape(spelling)}s?{end})"


def find(text: str) -> Terms:
    """Return the skills and topics in `text`."""
    found = {
        kind: tuple(name for name, pattern in patterns.items() if pattern.search(text)) for kind, patterns in _patterns().items()
    }
    return Terms(**found)
