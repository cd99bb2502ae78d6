"""Small numbers for what is named by text, so that arrays can hold it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.growable import GrowableArray
from shared.contract.events.fields import Discipline

DISCIPLINES: Final[dict[str | None, int]] = {one: number for number, one in enumerate((*get_args(Discipline), None))}
"""Their numbers; the last one is that of an unknown one."""
UNKNOWN: Final = -1

NEVER: Final = 2**31 - 1
"""Later than any day, more than any number of hours, better than any score."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Names:
    """The numbers of terms, listings, countries, sets of these and masteries, in the order in which they were first seen.

    Nothing is ever forgotten: a name costs about 200 bytes, and there are no more than a vocabulary and what people add to it.
    Persons and conferences are not kept by name but by ``hashes``.
    """

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self.term_keys: list[str] = []
        self.listings: dict[str, int] = {}
        self.listing_ids: list[str] = []
        self.countries: dict[str | None, int] = {None: 0}
        self.places: dict[frozenset[str] | None, int] = {None: 0}
        """Sets of countries; None, where nothing is known, is 0."""
        self._masteries: dict[float, int] = {}
        self._having: dict[int, GrowableArray] = {}

    def term(self, key: str) -> int:
        """The number of a term, a new one if need be."""
        number = self.terms.setdefault(key, len(self.terms))
        if number == len(self.term_keys):
            self.term_keys.append(key)
        return number

    def listing(self, id: str) -> int:
        """The number of a listing, a new one if need be."""
        number = self.listings.setdefault(id, len(self.listings))
        if number == len(self.listing_ids):
            self.listing_ids.append(id)
        return number

    def country(self, country: str | None) -> int:
        """The number of a country, a new one if need be. None, where no country is named, is 0."""
        return self.countries.setdefault(country or None, len(self.countries))

    def mastery(self, mastery: float) -> int:
        """The number of a mastery: there are no more than levels times what sessions make of them, some hundreds."""
        return self._masteries.setdefault(mastery, len(self._masteries))

    def masteries(self) -> NDArray[np.float64]:
        """Every mastery, by its number."""
        return np.fromiter(self._masteries, np.float64)

    def place(self, countries: frozenset[str] | None) -> int:
        """The number of a set of countries, a new one if need be."""
        return self.places.setdefault(countries, len(self.places))

    def having(self, country: int) -> NDArray[np.bool_]:
        """(places,): whether the country is in each set; what is not known excludes nothing. Only new sets are looked at."""
        column = self._having.setdefault(country, GrowableArray(np.bool_))
        name = list(self.countries)[country]
        new = islice(self.places, len(column), None)
        column.append([name is None or place is None or name in place for place in new])
        return column.rows


def hashes(ids: Iterable[str]) -> list[int]:
    """64 bits of each id, by Python's own keyed hash: among 100 million ids two are the same with a probability of 0.0003.

    They are only good within one process.
    """
    return [hash(id) for id in ids]


def ordinal(day: date | None, unknown: int) -> int:
    """The day's number in the calendar."""
    return unknown if day is None else day.toordinal()


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
