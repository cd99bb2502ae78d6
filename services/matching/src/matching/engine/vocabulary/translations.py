"""Reads terms in German, Spanish and French as English ones, word by word.

Many words of science differ in spelling only: *neurology*, *Neurologie*, *neurología*. Others are in ``word_translations.csv``. A
term is then found by its words in any order, because *histoire de l'art* and *Kunstgeschichte* are both *art history*. Only what
comes to the words of exactly one known term counts.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain, islice, product
from typing import Final
from unicodedata import combining, normalize

MOST_WORDS: Final = 5
MOST_READINGS: Final = 64
"""How many ways to read a term are tried."""
SHORTEST: Final = 6
"""Shorter single words that only sound alike may be different ones."""
LONGEST: Final = 40
"""Longer words are not read."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "æ": "ae"})
_LINKS = frozenset(
    "a al and au aux d das de del der des die du e el en et for für in l la las le les los of on the und von y zu zur".split()  # noqa: SIM905
)
"""Words between those of a term."""
_ENDINGS: Final = (
    (r"(?:is|iz)(?:ierung|acion|ation)(?:en|es|s)?", "isation"),
    (r"[tcsz]ion(?:en|es|s)?", "tion"),
    (r"it(?:y|ies|aet|aeten|e|es)|idad(?:es)?", "iti"),
    (r"ism(?:us|o|os|e|es|s)?", "ism"),
    (r"(?:ic|ico|ica|ik|iqu|isch)(?:e|es|er|en|s|as|os|al|ale|ales)?", "ic"),
    (r"(?:en[zc]|an[zc])(?:e|ia|y|en|ias|es)?", "enc"),
    (r"(?:iv|if)(?:e|o|a|es|os|as)?", "iv"),
    (r"(?:al|ell)(?:e|es|er|en|s)?|aux", "al"),
    (r"(?:y|ie|ia|ies|ien|ias|ios)", "i"),
    (r"[aeo]?s|[aeo]|en", ""),
)
_ENDING = re.compile("(?<=..)(?:" + "|".join(f"({pattern})" for pattern, _ in _ENDINGS) + ")$")
_SPELLING = re.compile(r"ph|th|rh|ch|qu|k|ae|oe|y|(.)\1")
_SPELT = {"ph": "f", "th": "t", "rh": "r", "ch": "c", "qu": "c", "k": "c", "ae": "e", "oe": "e", "y": "i"}
_ELIDED = re.compile(r"[dl][haeiouéèêàâîôœ]\w{3}")
_GERMAN_ENDING = re.compile(r"(?<=...)(?:e[nrsm]?|s)$")

Bag = tuple[str, ...]
"""The words of a term, as they sound, sorted."""

Reading = tuple[str, ...]
"""A way to read a term: English words, or words that may sound like them."""


def _plain(word: str) -> str:
    """The word without umlauts and accents."""
    if word.isascii():
        return word
    return "".join(letter for letter in normalize("NFD", word.translate(_UMLAUTS)) if not combining(letter))


@lru_cache(50_000)
def sound(word: str) -> str:
    """A form that is equal for a word and its counterparts in other languages, if they come from the same one."""
    word = _plain(word[:LONGEST])
    if found := _ENDING.search(word):
        word = word[: found.start()] + _ENDINGS[(found.lastindex or 1) - 1][1]
    return _SPELLING.sub(lambda found: _SPELT.get(found[0], found[0][:1]), word)


def _words(spaced: str) -> list[str]:
    return [word for word in spaced.split() if word not in _LINKS]


class Translations:
    """The known terms by the words of their English names. A term is a number."""

    def __init__(self, names: Iterable[tuple[int, str]], forms: Mapping[str, int]) -> None:
        """``names``: the English name of each term, as ``forms.words`` gives it; ``forms``: the terms by all their forms."""
        self._forms = forms
        self._terms: dict[Bag, int | None] = {}
        self._sounds: set[str] = set()
        for number, name in names:
            words = _words(name)
            if not 1 <= len(words) <= MOST_WORDS:
                continue
            bag = tuple(sorted(map(sound, words)))
            self._sounds.update(bag)
            self._terms[bag] = number if self._terms.get(bag, number) == number else None  # two terms: it says nothing
        self._english = _translations()

    def find(self, spaced: str) -> int | None:
        """The term that the words mean; None if there is none, or several."""
        words = _words(spaced)
        if not 1 <= len(words) <= MOST_WORDS:
            return None
        readings = product(*(list(self._readings(word)) for word in words))
        found = {
            number
            for reading in islice(readings, MOST_READINGS)
            if (number := self._term(tuple(chain.from_iterable(reading)), words)) is not None
        }
        return found.pop() if len(found) == 1 else None

    def _term(self, reading: Reading, words: Sequence[str]) -> int | None:
        """The term that is meant, if the term's ``words`` are read like this."""
        if list(reading) != words:
            for order in (reading, reading[::-1]):
                if (number := self._forms.get("".join(order))) is not None:
                    return number
        if len(reading) == 1 and len(words[0]) < SHORTEST and reading[0] == words[0]:
            return None
        return self._terms.get(tuple(sorted(map(sound, reading))))

    def _readings(self, word: str) -> Iterator[Reading]:
        """The ways to read one word: as other languages' words for something, as it is, as a German compound."""
        word = word[:LONGEST]
        plain = _plain(word)
        meanings = dict.fromkeys((*self._meanings(plain), word))
        if _ELIDED.match(word):  # the apostrophe of d'images was dropped
            meanings.update(dict.fromkeys((*self._meanings(plain[1:]), word[1:])))
        yield from ((one,) for one in meanings)
        for at in range(3, len(plain) - 2):
            if first := self._part(plain[:at]):
                yield from product(first, self._part(plain[at:]))

    def _meanings(self, plain: str) -> Iterator[str]:
        yield from self._english.get(plain, ())
        yield from self._english.get(_GERMAN_ENDING.sub("", plain), ())

    def _part(self, plain: str) -> Iterable[str]:
        """What a part of a compound may mean."""
        found = dict.fromkeys(self._meanings(plain))
        if len(plain) > 3 and sound(plain) in self._sounds:
            found.setdefault(plain)
        return found


def _translations() -> dict[str, list[str]]:
    """The English words that each word of another language may mean."""
    english: dict[str, list[str]] = defaultdict(list)
    text = files(__package__).joinpath("word_translations.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        meaning = row.pop("english")
        for word in " ".join(row.values()).split():
            english[word].append(meaning)
    return dict(english)
