"""The output of a command, as text or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class Output:
    """The same result for people and for programs."""

    text: str
    data: BaseModel | Sequence[BaseModel] | dict[str, Any]

    def show(self, *, as_json: bool) -> None:
        """Print it."""
        print(json.dumps(_plain(self.data), indent=2) if as_json else self.text)


def _plain(data: object) -> object:
    if isinstance(data, BaseModel):
        return data.model_dump(mode="json")
    return [_plain(item) for item in data] if isinstance(data, Sequence) else data
