"""The vocabulary: known terms by all their names."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from unicodedata import normalize

from matching.engine.vocabulary import forms, word_pieces
from matching.engine.vocabulary.misspellings import Misspellings
from matching.engine.vocabulary.term_finder import TermFinder
from matching.engine.vocabulary.translations import Translations

REMEMBERED = 8192
"""How many unknown terms are cached, because a conference's terms recur."""


@dataclass(frozen=True, slots=True)
class VocabularyRow:
    """A term with the forms by which it is known (see ``forms``).

    In prose, ``plain`` forms count anywhere, ``cased`` as written, ``cue`` as written and beside another term, ``other`` never.
    ``esco_plain`` and ``esco_other`` come from ESCO. ``senses`` are forms that count only near one of the words after the colon.
    """

    name: str
    plain: tuple[str, ...]
    cased: tuple[str, ...]
    cue: tuple[str, ...]
    other: tuple[str, ...]
    esco_plain: tuple[str, ...]
    esco_other: tuple[str, ...]
    senses: tuple[str, ...] = ()

    @property
    def cues(self) -> dict[str, list[str]]:
        """The words beside which each of the ``senses`` means the term, by its form."""
        return {form: words.split(",") for form, _, words in (sense.partition(":") for sense in self.senses)}

    @property
    def product(self) -> bool:
        """Whether it is only known as a product, from a list of these."""
        return not (self.plain or self.cased or self.cue or self.esco_plain or self.esco_other or self.senses)

    @property
    def forms(self) -> tuple[str, ...]:
        """All forms, as used for look-up."""
        written = (*map(forms.form, self.cased), *map(forms.form, self.cue))
        return (*self.plain, *written, *self.other, *self.esco_plain, *self.esco_other, *self.cues)


def read() -> Iterable[VocabularyRow]:
    """The terms in the file shipped with this package, which ``services/matching/vocabulary/build.py`` generates."""
    with (
        files(__package__).joinpath("vocabulary.tsv.gz").open("rb") as packed,
        gzip.open(packed, "rt", encoding="utf-8") as lines,
    ):
        for line in lines:
            name, *columns = line.rstrip("\n").split("\t")
            yield VocabularyRow(name, *(tuple(column.split("|")) if column else () for column in columns))


class Vocabulary:
    """Skills and topics by all their names.

    A term's key is its name in lower case: ``kubernetes``, ``c++``, ``machine learning``. Keys are stored and compared
    elsewhere. An unknown term is its own key, in normal form.
    """

    def __init__(self, rows: Iterable[VocabularyRow], ordinary_words: frozenset[str] = frozenset()) -> None:
        """``ordinary_words`` are spelt correctly: a term that consists of them is not corrected."""
        self._ordinary_words = ordinary_words
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}  # form -> position of the name
        self._own: set[int] = set()  # positions of the names that are not only of other lists
        prose = TermFinder()
        near: list[str] = []
        english: list[tuple[int, str]] = []
        for number, row in enumerate(rows):
            self._names.append(row.name)
            self._numbers.update(dict.fromkeys(row.forms, number))
            if row.plain or row.cased or row.cue or row.senses:
                self._own.add(number)
            prose.add(number, row.plain, row.esco_plain, row.cased, row.cue, row.cues)
            near += (*row.plain, *row.esco_plain, *row.cues)
            if not row.product:
                english.append((number, forms.words(row.name)))
            near += (form for form in map(forms.form, row.cased + row.cue))
        self._prose = prose
        self._near = Misspellings(near)
        self._translations = Translations(english, self._numbers)
        self._unknown = lru_cache(REMEMBERED)(self._look_further)

    @classmethod
    def load(cls) -> "Vocabulary":
        """The vocabulary that this package ships: 0.3 s, 30 MiB."""
        return cls(read(), word_pieces.ordinary_words())

    def __len__(self) -> int:
        return len(self._names)

    def known(self, text: str) -> bool:
        """Whether the text names a term of the vocabulary, in any form."""
        return self.normalise(text) in self

    def __contains__(self, key: str) -> bool:
        number = self._numbers.get(forms.form(key))
        return number is not None and _key(self._names[number]) == key

    def normalise(self, text: str) -> str:
        """The key of the term that the text means: by its names, else by other forms, else by a similar spelling.

        An unknown text gets its words in lower case, the last one in the singular; a text without any word gets "". Only the
        first ``forms.LONGEST`` characters are read.
        """
        spaced = forms.words(text)
        number = self._numbers.get(forms.compact(spaced))
        if number is not None:
            return _key(self._names[number])
        return self._unknown(text[: forms.LONGEST], spaced)

    def _look_further(self, text: str, spaced: str) -> str:
        for form in forms.variants(text, spaced):
            if (number := self._numbers.get(form)) is not None:
                return _key(self._names[number])
        one = forms.singular(spaced)
        if self._ordinary_words.issuperset(spaced.split()):
            return one
        for form in dict.fromkeys((forms.compact(spaced), forms.compact(one))):
            if len(meant := {self._numbers[near] for near in self._near.find(form)}) == 1:
                return _key(self._names[meant.pop()])
        number = self._translations.find(one)
        return one if number is None else _key(self._names[number])

    def name(self, key: str) -> str:
        """How people write the term with this key, such as ``Kubernetes``. An unknown key is its own name."""
        number = self._numbers.get(forms.form(key))
        return key if number is None else self._names[number]

    def find(self, text: str) -> list[str]:
        """The keys of the terms that a text names, in order, each once, without doubtful ones."""
        return [_key(self._names[number]) for number in self._prose.find(text)]

    def completions(self, text: str) -> list[str]:
        """The names in which a word begins with this text.

        First come those of our own list, then those that begin with the text; short ones come before long ones.
        """
        start = forms.words(text)
        if not start:
            return []
        found = [
            (number not in self._own, not spaced.startswith(start), len(spaced), spaced, number)
            for number, spaced in enumerate(self._spaced_names)
            if f" {start}" in f" {spaced}"
        ]
        return [self._names[number] for *_, number in sorted(found)]

    @cached_property
    def _spaced_names(self) -> list[str]:
        return [forms.words(name) for name in self._names]


def _key(name: str) -> str:
    return normalize("NFKC", name.casefold())
