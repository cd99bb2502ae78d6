"""Generates people: random combinations of names in `data/names.json`, with addresses at `example.org`."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from demo import data

DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"  # the one letter of the list that does not decompose


@dataclass(frozen=True)
class Person:
    """A generated person."""

    name: str
    email: str


def people(rng: random.Random) -> Iterator[Person]:
    """Yield people with distinct names and addresses, in an order that depends only on `rng`'s state.

    Ends after every given name has met every family name (more than 5,000 people).
    """
    names = data.names()
    pairs = [(given, family) for given in names["given"] for family in names["family"]]
    rng.shuffle(pairs)
    for given, family in pairs:
        yield Person(f"{given} {family}", f"{_ascii(given)}.{_ascii(family)}@example.org")


def _ascii(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace(DOTLESS_I, "i"))
    return "".join(letter for letter in decomposed if letter.isascii()).lower()
