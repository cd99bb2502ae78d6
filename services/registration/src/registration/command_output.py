"""Command output: tables and times."""

from collections.abc import Sequence
from datetime import UTC, datetime


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under their titles, or a note if there are no rows."""
    if not rows:
        return "None."
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def moment(time: datetime) -> str:
    """A time to the minute, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
