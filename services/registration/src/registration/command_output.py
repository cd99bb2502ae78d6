"""The output of a command, as text or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under their titles, or a note if there are no rows."""
    if not rows:
        return "There are none."
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def moment(time: datetime) -> str:
    """A time to the minute, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")


def _plain(data: object) -> object:
    if isinstance(data, BaseModel):
        return data.model_dump(mode="json")
    return [_plain(item) for item in data] if isinstance(data, Sequence) else data
