"""The words of texts, which show how alike a person and a listing are even if they share no term. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import hypot
from typing import Final, NamedTuple
from unicodedata import normalize

LONGEST: Final = 20_000
"""How many characters of a text are read."""
MOST: Final = 150
"""How many different words of a listing count. The most frequent ones are used."""
MOST_OF_PERSON: Final = 60
"""How many different words of a person count. The ones that they know best are used."""
TITLE, ABSTRACT = 0.5, 0.25
"""How much one session adds for words in its title, and in its abstract: half, and a quarter, of the remaining gap to 1."""
_TYPICAL: Final = 100
_SATURATION: Final = 1.2
_LENGTH: Final = 0.6
"""As in Okapi BM25 (Robertson and Zaragoza 2009): repeating a word adds little, and a word in a long text counts less."""

_ADDRESS = re.compile(r"https?://\S{1,500}|\S{1,64}@\S{1,255}")
_WORD = re.compile(r"[^\W\d_][^\W_]+[+#]{0,2}")
_ENDING = re.compile(r"(?<=....)(?:ization|isation|ational|ation|ating|ators|ator|ing|ed|er|ive|ity|al|ic|e|y)$")
_PLURAL = re.compile(r"(?<=...)(?:(?<=[^suioa])s|ies)$")
_STOP = frozenset(
    """
    about above across after again against all allow allows along already also although always am among an and another any
    anybody anyone anything are around as at based be became because become been before began behind being below best better
    between beyond big both but by came can cannot come could day did different do does doing done down during each easily
    easy either else end enough etc even ever every everybody everyone everything example far few find first for from further
    gave get gets getting give given gives go goes going good got great had has have having he help helps her here him his
    hope how however idea if in instead into is it its itself just keep kept kind know known large last later learn learned
    learning learnt least less let like likely little long look looked looking lot made main make makes making many may maybe
    me might mine more most much must my need needed needs never new next no nor not nothing now of off often on once one ones
    only or other others our out over own part people per perhaps please plus possible put quite rather read really right said
    same say see seem seen several shall she should show shows since small so some somebody someone something soon still such
    take taken takes talk tell than that the their them then there these they thing things think this those three through thus
    time to today together told too took toward towards tried try trying two under until up upon us use used useful user users
    uses using very via want wants was way ways we well went were what when where whether which while who whole whom whose why
    will with within without work worked working works would year years yes yet you your
    aber als am auch auf aus bei bin bis das dass dein dem den der des die dies diese dieser doch du durch ein eine einem
    einen einer eines er es euch für hat haben hier ich ihr ihre im in ist ja kann kein keine können man mehr mein mit nach
    nicht noch nur oder ohne schon sein seine sich sie sind so über um und uns unser unter vom von vor war was wenn werden wie
    wir wird zu zum zur
    au aux avec ce ces cette comme dans de des du elle en est et être il ils je la le les leur leurs lui mais même ne nos
    notre nous on ont ou où par pas plus pour que qui sa se ses son sont sur un une vos votre vous
    al como con cada cuando de del desde donde el ella ellos en entre es esta este están está fue ha han hasta la las lo los
    más me mi muy no nos o para pero por porque que se ser si sin sobre son su sus también un una uno y ya
    """.split()  # noqa: SIM905 - a list of so many words would be five times as long
)


class Word(NamedTuple):
    """A word of a listing."""

    name: str
    """The word as it first occurs in the listing."""
    weight: float
    """The word's weight in the listing, from 0 to 1."""


def read(text: str) -> list[tuple[str, str]]:
    """The words of a text in order, each with its stem and its spelling, without stop words."""
    text = _ADDRESS.sub(" ", normalize("NFC", text[:LONGEST])[:LONGEST])
    return [(stem(folded), word) for word in _WORD.findall(text) if (folded := word.casefold()) not in _STOP]


@lru_cache(50_000)
def stem(word: str) -> str:
    """A word in lower case without its endings: ``manuscripts`` and ``manuscript`` are one word."""
    return _ENDING.sub("", _PLURAL.sub("", word[:40]))


@lru_cache(50_000)
def stems(text: str) -> frozenset[str]:
    """The stems of a short text's words."""
    return frozenset(stem for stem, _ in read(text))


def words_of_listing(texts: Iterable[str]) -> dict[str, Word]:
    """The words of a listing with their weights."""
    written = [pair for text in texts for pair in read(text)]
    counts = Counter(stem for stem, _ in written)
    names = dict(reversed(written))
    longer = _SATURATION * (1 - _LENGTH + _LENGTH * len(written) / _TYPICAL)
    return {stem: Word(names[stem][:60], round(count / (count + longer), 3)) for stem, count in counts.most_common(MOST)}


def words_of_session(title: str, abstract: str) -> dict[str, float]:
    """How much a session adds for each of its words."""
    return dict.fromkeys(sorted(stems(abstract)), ABSTRACT) | dict.fromkeys(sorted(stems(title)), TITLE)


def words_of_person(declared: Mapping[str, float], sessions: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The words that somebody has to do with, each with its share: a vector of length 1, rounded to three digits.

    ``declared``: the mastery of each term that the person named; ``sessions``: what each attended session adds.
    """
    missing: dict[str, float] = {}
    for term, mastery in declared.items():
        for word in stems(term):
            missing[word] = min(missing.get(word, 1.0), 1.0 - mastery)
    for session in sessions:
        for word, part in session.items():
            missing[word] = missing.get(word, 1.0) * (1.0 - part)
    if len(missing) > MOST_OF_PERSON:
        missing = dict(sorted(missing.items(), key=lambda one: (round(one[1], 2), one[0]))[:MOST_OF_PERSON])
    length = hypot(*(1.0 - rest for rest in missing.values())) or 1.0
    return {word: share for word, rest in missing.items() if (share := round((1.0 - rest) / length, 3))}
