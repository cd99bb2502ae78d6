"""The skills of ESCO, the European classification of skills, by their names. Pure."""

import gzip
import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_ADDRESS: Final = "http://data.europa.eu/esco/skill/"
_QUALIFIER: Final = re.compile(r" \(.*\)$")


class EscoSkill(NamedTuple):
    """A concept of ESCO."""

    label: str
    """Its preferred label in English."""
    uri: str


def find(term: str) -> EscoSkill | None:
    """The skill with this preferred label. ESCO's additions in brackets may be omitted: "Python (computer programming)".

    Only an exact name matches: a signed document should name no concept rather than a similar one.
    """
    return _skills().get(_plain(term))


@cache
def _skills() -> dict[str, EscoSkill]:
    """All skills by plain name. They take 10 MiB, and are loaded when the first credential is made."""
    packed = files(__package__).joinpath("esco.tsv.gz").read_bytes()
    rows = [line.split("\t") for line in gzip.decompress(packed).decode().splitlines()]
    skills = {_plain(_QUALIFIER.sub("", label)): EscoSkill(label, _ADDRESS + id) for label, id in rows}
    return skills | {_plain(label): EscoSkill(label, _ADDRESS + id) for label, id in rows}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
