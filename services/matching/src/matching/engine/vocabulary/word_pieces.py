"""The word pieces of BERT, most of which are the ordinary words of English."""

import gzip
from importlib.resources import files


def read() -> list[str]:
    """All 30,522 of them, by number. A piece that goes on with a word begins with ``##``."""
    with files(__package__).joinpath("wordpieces.txt.gz").open("rb") as packed:
        return gzip.decompress(packed.read()).decode().splitlines()


def ordinary_words() -> frozenset[str]:
    """Those that are words of letters only."""
    return frozenset(piece for piece in read() if piece.isalpha())
