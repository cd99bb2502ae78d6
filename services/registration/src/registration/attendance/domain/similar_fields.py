"""Finds unknown fields of an event that look like a known field: most likely a mistake of the publisher.

Other unknown fields are fine: a publisher may know more than we do.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import islice, takewhile
from typing import Any, Final, get_args

from pydantic import BaseModel

from shared.contract.events import TYPES

ATTRIBUTES: Final = frozenset({"specversion", "id", "source", "type", "time", "correlationid", "data", "data_base64"})
"""The attributes that we read."""
_OTHER_ATTRIBUTES: Final = frozenset(
    {"subject", "datacontenttype", "dataschema", "dataref", "partitionkey", "sequence", "sequencetype"}
    | {"sampledrate", "traceparent", "tracestate", "recordedtime", "expirytime", "severitytext", "authtype", "authid"}
)
"""Attributes that CloudEvents or its extensions define and we do not read: they are no mistakes."""

MAX_COMPARED: Final = 100
"""How many unknown names of one request are compared, however many it has."""
_MAX_COMPARED_PER_OBJECT: Final = 20
_MAX_WARNINGS: Final = 10
_MAX_NAME: Final = 32
"""The most characters of a name that can be a misspelled known name."""
_MIN_LIKENESS: Final = 0.75
_MIN_LIKENESS_SHORT: Final = 0.85
_SHORT: Final = 5
_MIN_STEM: Final = 4
_MAX_SUFFIX: Final = 3


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields of an object, and the shapes of the objects within it."""

    names: frozenset[str]
    within: Mapping[str, "_Shape"]


@dataclass(slots=True)
class SimilarFields:
    """Finds these fields in the events of one request. Its work is bounded, and each name is compared once."""

    _left: int = MAX_COMPARED
    _seen: dict[tuple[frozenset[str], str], str] = field(default_factory=dict)

    def of(self, type: str, data: Any) -> list[tuple[str, str]]:
        """Find similar fields in the data of an event of this type. Returns the path of each, with a warning."""
        model = TYPES.get(type)
        found = self._walk(data, _shape(model), "") if model else iter(())
        return list(islice(found, _MAX_WARNINGS))

    def of_attributes(self, attributes: Iterable[str]) -> list[tuple[str, str]]:
        """Find similar names among an event's attributes. Returns each name, with a warning."""
        return list(islice(self._similar(attributes, ATTRIBUTES, _OTHER_ATTRIBUTES, ""), _MAX_WARNINGS))

    def _walk(self, value: Any, shape: _Shape, path: str) -> Iterator[tuple[str, str]]:
        if not isinstance(value, dict):
            return
        yield from self._similar(value, shape.names, frozenset(), path)
        for name, inner in shape.within.items():
            if name in value:
                yield from self._walk(value[name], inner, f"{path}{name}.")

    def _similar(
        self, value: Iterable[str], known: frozenset[str], others: frozenset[str], path: str
    ) -> Iterator[tuple[str, str]]:
        if known.issuperset(value):  # the usual case
            return
        unknown = (name for name in value if name not in known and name not in others and len(name) <= _MAX_NAME)
        for name in islice(unknown, _MAX_COMPARED_PER_OBJECT):
            if meant := self._meant(name, known):
                yield f"{path}{name}", f"is not a known field; did you mean `{meant}`?"

    def _meant(self, name: str, known: frozenset[str]) -> str:
        """The known name that this one resembles; empty if there is none, or if too many names were compared."""
        if (known, name) not in self._seen:
            if self._left <= 0:
                return ""
            self._left -= 1
            self._seen[known, name] = _nearest(name, known)
        return self._seen[known, name]


@lru_cache(maxsize=1024)  # a publisher's own fields are the same in each of its events
def _nearest(name: str, known: frozenset[str]) -> str:
    plain = _plain(name)
    likeness, nearest = max((_likeness(plain, _plain(one)), one) for one in sorted(known))
    return nearest if likeness else ""


def _likeness(name: str, known: str) -> float:
    """How similar the names are, from 0 to 1. They may differ in a few letters, or in their endings."""
    if name == known:
        return 1.0
    if name[:1] == known[:1] and sorted(name) == sorted(known):  # letters swapped
        return 0.99
    matcher = SequenceMatcher(None, name, known, autojunk=False)
    needed = _MIN_LIKENESS if len(known) >= _SHORT else _MIN_LIKENESS_SHORT
    if matcher.real_quick_ratio() >= needed and (ratio := matcher.ratio()) >= needed:
        return ratio
    stem = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], zip(name, known, strict=False)))  # shared, sharing
    return 0.5 if stem >= _MIN_STEM and max(len(name), len(known)) - stem <= _MAX_SUFFIX else 0.0


def _plain(name: str) -> str:
    """The name without differences in spelling such as ``timeZone``, ``time-zone`` and ``TIME_ZONE``."""
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


@cache
def _shape(model: type[BaseModel]) -> _Shape:
    within = {name: _shape(inner) for name, one in model.model_fields.items() for inner in _models(one.annotation)}
    return _Shape(frozenset(model.model_fields), within)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models of objects in a field's type: of ``Consent | None``, ``Consent``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for one in get_args(annotation) for model in _models(one)]
