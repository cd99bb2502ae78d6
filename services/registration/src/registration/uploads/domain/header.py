"""The header of an attendance file: what separates its values, and what stands in each column."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from registration.uploads.domain.csv_reader import MAX_COLUMNS, MAX_ROW_BYTES, CsvReader, Row
from registration.uploads.domain.export_formats import (
    COLUMNS,
    HeaderRefused,
    RequestedColumns,
    column_list,
    format_of,
    is_header,
    is_of_webinar,
    is_title_of_table,
    is_value,
    known_titles,
    name_of,
    plain,
)

_DELIMITERS: Final = ",;\t"
_SEPARATOR: Final = re.compile(rb"\"?sep=([,;\t|])\"?[ \t,;]{0,200}(?:\r\n|\n|\r)", re.IGNORECASE)
"""The first line that tells Excel which character separates values."""
_MAX_PREAMBLE: Final = 500
"""How many rows of a report may precede its table."""
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Header:
    """How a file is written: what separates its values, and what each column contains (empty if the column is not used).

    ``format`` names the system whose export it is, if that is recognised. ``titles`` are the columns' own names. ``fixed`` has
    values that hold for all rows, with the columns that they replace.
    """

    delimiter: str
    columns: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    format: str = ""
    fixed: tuple[tuple[str, str], ...] = ()
    dates: str = ""
    charset: str = "utf-8"
    requested: tuple[str, ...] = ()
    """The columns that the request named."""


def read_header(
    beginning: bytes, complete: bool, known: tuple[str, ...] = COLUMNS, requested: RequestedColumns | None = None
) -> tuple[Header, int, int] | None:
    """The header at the beginning of a file, with the offset and line at which the rows begin.

    The columns are the ones named in the request, then a known system's, else the ones with our own names. Returns None if no
    complete row has arrived yet; ``complete`` says that this is the whole file.

    Raises:
        HeaderRefused: the first row cannot be read, names a column twice, or lacks a column that the request names.
    """
    requested = requested or RequestedColumns()
    skipped, line, delimiters = (len(_BOM) if beginning.startswith(_BOM) else 0), 1, _DELIMITERS
    if separator := _SEPARATOR.match(beginning, skipped):
        skipped, line, delimiters = separator.end(), 2, separator[1].decode()
    elif not complete and len(beginning) < skipped + 6 and b"sep=".startswith(beginning[skipped:].lower().lstrip(b'"')[:4]):
        return None  # it may become that line
    vocabulary = known_titles() | {name_of(title) for title in requested.columns.values()}
    found = []
    for delimiter in delimiters:
        rows = list(islice(CsvReader(delimiter, skipped, line).feed(beginning[skipped:], complete), _MAX_PREAMBLE))
        if not rows:
            return None
        row = _header_row(rows, complete, requested)
        names = [name_of(value) for value in (row or rows[0]).values]
        found.append((sum(name in vocabulary for name in names), max(len(names), 1), row, rows[0], delimiter))
    _, _, row, first, delimiter = max(found, key=lambda one: one[:2])
    if row is None:
        if not complete and len(beginning) <= MAX_ROW_BYTES:
            return None  # the table of a report may follow
        row = first
    if row.fault:
        raise HeaderRefused(f"the first row, which must name the columns, {row.fault}")
    if len(row.values) > MAX_COLUMNS:
        raise HeaderRefused(f"there are {len(row.values)} columns; at most {MAX_COLUMNS} are allowed")
    return _header(row, delimiter, known, requested), row.end, row.next_line


def _header_row(rows: list[Row], complete: bool, requested: RequestedColumns) -> Row | None:
    """The row that names the columns. In a report it may follow other rows. None if it was not found."""
    names = [[name_of(value) for value in row.values] for row in rows]
    if is_header(names[0], requested):
        return rows[0]
    titled = next((row for before, row in zip(names, rows[1:], strict=False) if is_title_of_table(before)), None)
    if titled or (is_of_webinar(names[0]) and not complete):
        return titled
    return next((row for row, of_row in zip(rows, names, strict=True) if is_header(of_row, requested)), None)


def _header(row: Row, delimiter: str, known: tuple[str, ...], requested: RequestedColumns) -> Header:
    titles = [plain(value) for value in row.values]
    names = [name_of(title) for title in titles]
    columns = [""] * len(names)
    fixed = {}
    for column, title in requested.columns.items():
        wanted = titles if title.strip() in titles else names
        position = _position(title.strip() if wanted is titles else name_of(title), wanted)
        if position is not None:
            columns[position] = column
        elif is_value(column, title.strip()):
            fixed[column] = title.strip()
        else:
            raise HeaderRefused(f"there is no column {title[:100]!r} for {column}; {column_list(titles)}")
    format = None if {"kind", "time"} <= set(names) else format_of(names)
    of_system = format.columns if format else {name: (name,) for name in known}
    for column, theirs in of_system.items():
        if column in requested.columns or (column == "attended" and "time" in columns and "time" not in requested.columns):
            continue  # a time already says that somebody was there
        name = next((name for name in theirs if name in names), None)
        position = None if name is None else _position(name, names)
        if position is not None and not columns[position]:
            columns[position] = column
    if format and format.kind and "kind" not in columns:
        fixed.setdefault("kind", format.kind)
    ignored = tuple(title[:100] for title, column in zip(titles, columns, strict=True) if title and not column)
    used = tuple(title[:100] if column else "" for title, column in zip(titles, columns, strict=True))
    return Header(
        delimiter,
        tuple(columns),
        ignored,
        used,
        format.name if format else "",
        tuple(fixed.items()),
        requested.dates,
        requested=tuple(requested.columns),
    )


def _position(name: str, names: list[str]) -> int | None:
    if names.count(name) > 1:
        raise HeaderRefused(f"two columns are named {name[:100]}; rename one of them")
    return names.index(name) if name in names else None


def check_columns(header: Header) -> None:
    """Raises ``HeaderRefused`` if a column is missing that every row needs."""
    there = {*header.columns, *dict(header.fixed)}
    missing = tuple(name for name in ("kind", "time") if name not in there)
    if not {"email", "account"} & there:
        missing = (*missing, "email")
    if not missing:
        return
    titles = [title for title in (*header.titles, *header.ignored) if title]
    if header.format and missing == ("time",):
        raise HeaderRefused(
            f"this is an export of {header.format} without a column for when somebody was there; missing: time. Name "
            f"one in the request, or give one time for all: ?time=2026-07-08T10:00:00%2B02:00. {column_list(titles)}",
            missing,
        )
    raise HeaderRefused(
        f"the first row must name the columns; missing: {', '.join(missing)} (known: {', '.join(COLUMNS)}). Name other "
        "columns, or the kind of all rows, in the request, as in ?kind=checked_in&time=Checked%20in&email=E-mail. "
        f"{column_list(titles)}",
        missing,
    )
