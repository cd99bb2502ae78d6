"""Which model belongs to the ``type`` of a message on Kafka.

The contract's events are known by ``events.TYPES``. A service declares a command that it sends to itself beside its own code::

    @command("matching.rescore_listing.v1")
    class RescoreListing(Payload): ...

and names the type in an internal topic (``Topic.internal``). Such a command gets no schema, no example and no AsyncAPI entry.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from shared.contract.events import NAMES, TYPES

Model = TypeVar("Model", bound=type[BaseModel])

_models = dict(TYPES)
_names = dict(NAMES)


def command(name: str) -> Callable[[Model], Model]:
    """Declare the decorated model as the command of this type.

    Raises:
        ValueError: another model has this type already.
    """

    def declare(model: Model) -> Model:
        if name in _models:
            raise ValueError(f"the type {name!r} belongs to {_models[name].__name__} already; choose another one")
        _models[name] = model
        _names[model] = name
        return model

    return declare


def model_of(name: str) -> type[BaseModel]:
    """The model of this type. Raises ``KeyError`` if nobody declared it."""
    return _models[name]


def name_of(model: type[BaseModel]) -> str:
    """The type of this model. Raises ``KeyError`` if nobody declared it."""
    return _names[model]
