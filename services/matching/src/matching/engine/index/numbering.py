"""Numbers for terms, listings, countries and masteries, so that arrays can hold them (dictionary encoding)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.growable import GrowableArray
from shared.contract.events.fields import Discipline

DISCIPLINES: Final[dict[str | None, int]] = {name: number for number, name in enumerate((*get_args(Discipline), None))}
"""The number of each discipline. The last one stands for an unknown discipline."""
UNKNOWN: Final = -1

NEVER: Final = 2**31 - 1
"""Larger than any day, any number of hours and any score."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Numbering:
    """Gives each term, word, listing, country, set of countries and mastery the next free number when it is first seen.

    Numbers are never freed: an entry takes about 200 bytes, and their count is limited by the vocabulary and what people add to
    it. Persons and conferences have no numbers; arrays hold their ``hashes``.
    """

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self.term_keys: list[str] = []
        self.words: dict[str, int] = {}
        self.listings: dict[str, int] = {}
        self.listing_ids: list[str] = []
        self.countries: dict[str | None, int] = {None: 0}
        self.places: dict[frozenset[str] | None, int] = {None: 0}
        """The number of each set of countries. An unknown set, None, is 0."""
        self._masteries: dict[float, int] = {}
        self._values = GrowableArray(np.float64)
        self._sets_with: dict[int, GrowableArray] = {}

    def term(self, key: str) -> int:
        """The number of a term."""
        number = self.terms.setdefault(key, len(self.terms))
        if number == len(self.term_keys):
            self.term_keys.append(key)
        return number

    def word(self, stem: str) -> int:
        """The number of a word."""
        return self.words.setdefault(stem, len(self.words))

    def listing(self, id: str) -> int:
        """The number of a listing."""
        number = self.listings.setdefault(id, len(self.listings))
        if number == len(self.listing_ids):
            self.listing_ids.append(id)
        return number

    def country(self, country: str | None) -> int:
        """The number of a country; 0 if none is named."""
        return self.countries.setdefault(country or None, len(self.countries))

    def mastery(self, mastery: float) -> int:
        """The number of a mastery of a term, or of a word's share. There are some hundreds of each."""
        number = self._masteries.setdefault(mastery, len(self._masteries))
        if number == len(self._values):
            self._values.append([mastery])
        return number

    def masteries(self) -> NDArray[np.float64]:
        """All masteries, in the order of their numbers."""
        return self._values.rows

    def place(self, countries: frozenset[str] | None) -> int:
        """The number of a set of countries."""
        return self.places.setdefault(countries, len(self.places))

    def sets_with(self, country: int) -> NDArray[np.bool_]:
        """(places,): whether each set contains the country. An unknown set or country excludes nothing."""
        column = self._sets_with.setdefault(country, GrowableArray(np.bool_))
        name = list(self.countries)[country]
        new = islice(self.places, len(column), None)
        column.append([name is None or place is None or name in place for place in new])
        return column.rows


def hashes(ids: Iterable[str]) -> list[int]:
    """64 bits of each id, by Python's keyed hash. Among 100 million ids, two collide with a probability of 0.0003.

    They are only valid within one process.
    """
    return [hash(id) for id in ids]


def ordinal(day: date | None, unknown: int) -> int:
    """The day's number in the proleptic Gregorian calendar."""
    return unknown if day is None else day.toordinal()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
