"""The model of each ``type`` of message on Kafka.

``events.TYPES`` has the events of the contract. A service declares a command that it sends to itself in its own code::

    @command("matching.rescore_listing.v1")
    class RescoreListing(Payload): ...

and lists the type in an internal topic (``Topic.internal``). A command has no schema, no example and no AsyncAPI entry.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from shared.contract.events import NAMES, TYPES

Model = TypeVar("Model", bound=type[BaseModel])

_models = dict(TYPES)
_names = dict(NAMES)


def command(name: str) -> Callable[[Model], Model]:
    """Declares the decorated model as the command of this type.

    Raises:
        ValueError: another model has this type.
    """

    def declare(model: Model) -> Model:
        if name in _models:
            raise ValueError(f"the type {name!r} already belongs to {_models[name].__name__}; choose another one")
        _models[name] = model
        _names[model] = name
        return model

    return declare


def model_of(name: str) -> type[BaseModel]:
    """The model of this type. Raises ``KeyError`` if it was not declared."""
    return _models[name]


def name_of(model: type[BaseModel]) -> str:
    """The type of this model. Raises ``KeyError`` if it was not declared."""
    return _names[model]
