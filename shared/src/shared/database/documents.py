"""Documents of MongoDB as dataclasses."""

from collections.abc import Callable, Mapping
from functools import cache
from inspect import signature
from typing import Any, TypeVar

Stored = TypeVar("Stored")


def from_document(kind: Callable[..., Stored], document: Mapping[str, Any], **values: Any) -> Stored:
    """The document as this dataclass or named tuple. ``values`` are fields that the document lacks, or holds in another form.

    What else the document holds is left out: a newer release, which runs beside this one or was rolled back, may have added it.
    """
    return kind(**{name: document[name] for name in _fields(kind) if name in document} | values)


@cache
def _fields(kind: Callable[..., object]) -> tuple[str, ...]:
    return tuple(signature(kind).parameters)
