"""The word list that gives sessions and listings their skills and topics, so that both sides meet.

The originals carry almost no tags. A term counts when it, or one of its other spellings, stands in the text
as a word of its own; nothing is guessed. Which words count is written in `data/vocabulary.json`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from demo import data


@dataclass(frozen=True)
class Terms:
    """The skills and topics found in one text, by their display names, in the word list's order."""

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
    # A word of its own: the "C" of "C++" or "C#" is not the language C.
    start, end = r"(?<![\w+#])", r"(?![\w+#])"
    # Some names are everyday words, or single letters: they count only as their owners write them.
    if spelling in exact_case:
        return f"{start}{re.escape(spelling)}{end}"
    return f"(?i:{start}{re.escape(spelling)}s?{end})"


def find(text: str) -> Terms:
    """Return the skills and topics that `text` names."""
    found = {
        kind: tuple(name for name, pattern in patterns.items() if pattern.search(text)) for kind, patterns in _patterns().items()
    }
    return Terms(**found)
