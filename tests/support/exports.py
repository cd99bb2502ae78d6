"""Exports of other systems, as their rows are read; times are Berlin's."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from registration.uploads.domain.csv_reader import CsvReader
from registration.uploads.domain.export_formats import RequestedColumns
from registration.uploads.domain.header import Header, check_columns, read_header
from registration.uploads.domain.row_parser import ParsedRow, RowParser
from registration.uploads.domain.upload import Fault

KEY = SecretStr("a key of the tests")
BERLIN = ZoneInfo("Europe/Berlin")


def header_of(content: str | bytes, columns: Mapping[str, str] | None = None, dates: str = "") -> tuple[Header, int, int]:
    body = content.encode() if isinstance(content, str) else content
    found = read_header(body, True, requested=RequestedColumns(columns or {}, dates))
    assert found is not None
    check_columns(found[0])
    return found


def load(
    content: str | bytes, columns: Mapping[str, str] | None = None, dates: str = ""
) -> tuple[list[ParsedRow], list[Fault], int]:
    """What is stated in a file, what is refused in it, and how many rows are skipped. Times are Berlin's."""
    body = content.encode() if isinstance(content, str) else content
    header, offset, line = header_of(body, columns, dates)
    parser = RowParser(header, "c1", {"s1"}, BERLIN, KEY)
    results = [parser.read(row) for row in CsvReader(header.delimiter, offset, line).feed(body[offset:], True)]
    stated = [one for one in results if isinstance(one, ParsedRow)]
    faults = [fault for one in results if isinstance(one, list) for fault in one]
    return stated, faults, sum(one is None for one in results)


def people(stated: list[ParsedRow]) -> list[tuple[str | None, str | None]]:
    return [(one.data.attendee.email, one.data.attendee.name) for one in stated]


TEN = datetime(2026, 7, 8, 8, tzinfo=UTC)
