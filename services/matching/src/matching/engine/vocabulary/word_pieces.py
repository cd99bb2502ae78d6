"""BERT's word pieces. Most are ordinary English words."""

import gzip
from importlib.resources import files


def read() -> list[str]:
    """All 30,522 pieces, by number. A piece that continues a word begins with ``##``."""
    with files(__package__).joinpath("wordpieces.txt.gz").open("rb") as packed:
        return gzip.decompress(packed.read()).decode().splitlines()


def ordinary_words() -> frozenset[str]:
    """The pieces that are whole words of letters only."""
    return frozenset(piece for piece in read() if piece.isalpha())
