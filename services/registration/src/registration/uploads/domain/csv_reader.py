"""CSV (RFC 4180) of any size, piece by piece: its header, and its rows with the lines on which they begin."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from registration.uploads.domain.export_formats import (
    COLUMNS,
    HeaderRefused,
    RequestedColumns,
    format_of,
    is_header,
    is_of_webinar,
    is_title_of_table,
    is_value,
    known_titles,
    name_of,
    plain,
    there_are,
)

MAX_ROW_BYTES: Final = 64 * 1024
MAX_COLUMNS: Final = 200
_DELIMITERS: Final = ",;\t"
_SEPARATOR: Final = re.compile(rb"\"?sep=([,;\t|])\"?[ \t,;]{0,200}(?:\r\n|\n|\r)", re.IGNORECASE)
"""The first line by which Excel is told what separates values."""
_MAX_PREAMBLE: Final = 500
"""Rows of a report before its table."""
_BOM: Final = b"\xef\xbb\xbf"
_NOT_UTF_8: Final = "is not UTF-8 text; where the file is in another charset, send it, as in ?charset=windows-1252"


@dataclass(frozen=True, slots=True)
class Header:
    """How a file is written: what separates its values, and what stands in each column ("" where that is not used).

    ``format`` is the system whose export it is, if that is known; ``titles`` are the columns' own names. Where there is a value
    for all rows it has the name of a column in ``fixed``.
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


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its first line, its values, and where the next row begins. Without values it could not be read; see ``fault``."""

    line: int
    values: list[str]
    fault: str
    end: int
    next_line: int


class CsvReader:
    """Reads rows from ``offset`` on, which is the beginning of a row on ``line``, of pieces of any size.

    Lines end in CR LF, LF or CR. A row of more than ``MAX_ROW_BYTES`` cannot be read: most likely a quotation mark is not
    closed. Reading goes on behind the line at which it became too long. Whatever the pieces are, the rows are the same.
    """

    def __init__(self, delimiter: str, offset: int, line: int) -> None:
        self._delimiter = delimiter
        self._offset = offset
        self._line = line
        self._rest = b""

    def feed(self, piece: bytes, last: bool) -> Iterator[Row]:
        """The rows that end in this piece; with the ``last`` one, those that are left. Blank rows are left out."""
        lines, rest = _split(self._rest + piece, last)
        source = _Lines(lines)
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        begin = 0
        while True:
            source.begin_row()
            values: list[str] = []
            fault = ""
            try:
                values = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                fault = _mend(error)
            if source.ended and not last:
                break  # the row goes on in the next piece
            line = self._line
            self._offset += source.bytes
            self._line += source.newlines
            begin = source.index
            if source.not_utf_8:
                values, fault = [], _NOT_UTF_8
            if fault or any(values):
                yield Row(line, values, fault, self._offset, self._line)
        self._rest = b"".join(lines[begin:]) + rest


class _Lines:
    """The lines for ``csv.reader``, which takes a further one only while a quoted value goes on."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self.index = 0
        self.ended = False

    def begin_row(self) -> None:
        self.bytes = self.newlines = 0
        self.not_utf_8 = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.index == len(self._lines):
            self.ended = True
            raise StopIteration
        line = self._lines[self.index]
        self.index += 1
        self.bytes += len(line)
        self.newlines += line.endswith((b"\n", b"\r"))
        if self.bytes > MAX_ROW_BYTES:
            raise csv.Error("too long")
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.not_utf_8 = True
            return line.decode(errors="replace")


def _split(piece: bytes, last: bool) -> tuple[list[bytes], bytes]:
    """The lines of a piece with their ends, and the rest, whose line may go on in the next piece."""
    lines = piece.splitlines(keepends=True)
    # A CR at the end may be the first half of CR LF.
    rest = b"" if last or not lines or lines[-1].endswith(b"\n") else lines.pop()
    longest = MAX_ROW_BYTES + 1
    if any(len(line) > longest for line in lines):
        lines = [line[start : start + longest] for line in lines for start in range(0, len(line), longest)]
    while len(rest) > longest:
        lines.append(rest[:longest])
        rest = rest[longest:]
    return lines, rest


def _mend(error: csv.Error) -> str:
    text = str(error)
    if text == "too long":
        return f"is longer than {MAX_ROW_BYTES:,} bytes; is a quotation mark not closed?"
    if text == "unexpected end of data":
        return "a quotation mark is not closed"
    return "after a quoted value comes something else; a quotation mark inside quotation marks must be doubled"


def read_header(
    beginning: bytes, complete: bool, known: tuple[str, ...] = COLUMNS, requested: RequestedColumns | None = None
) -> tuple[Header, int, int] | None:
    """The header in the beginning of a file, with the offset and line at which the rows begin.

    The columns are those that the request gives, then those of a known system's export, else those that are named as we do.
    None where there is no whole row yet; ``complete`` says that there is no more of the file.

    Raises:
        HeaderRefused: the first row cannot be read, names a column twice, or lacks one that the request names.
    """
    requested = requested or RequestedColumns()
    skipped, line, delimiters = (len(_BOM) if beginning.startswith(_BOM) else 0), 1, _DELIMITERS
    if separator := _SEPARATOR.match(beginning, skipped):
        skipped, line, delimiters = separator.end(), 2, separator[1].decode()
    elif not complete and len(beginning) < skipped + 6 and b"sep=".startswith(beginning[skipped:].lower().lstrip(b'"')[:4]):
        return None  # it may still become that line
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
            return None  # the table of a report is still to come
        row = first
    if row.fault:
        raise HeaderRefused(f"the first row, which must name the columns, {row.fault}")
    if len(row.values) > MAX_COLUMNS:
        raise HeaderRefused(f"there are {len(row.values)} columns; at most {MAX_COLUMNS} are read")
    return _header(row, delimiter, known, requested), row.end, row.next_line


def _header_row(rows: list[Row], complete: bool, requested: RequestedColumns) -> Row | None:
    """The row that names the columns: the first, but in a report with something before its table. None if it is not there."""
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
            raise HeaderRefused(f"there is no column {title[:100]!r} for {column}; {there_are(titles)}")
    format = None if {"kind", "time"} <= set(names) else format_of(names)
    of_system = format.columns if format else {name: (name,) for name in known}
    for column, theirs in of_system.items():
        if column in requested.columns or (column == "attended" and "time" in columns and "time" not in requested.columns):
            continue  # who has a time was there
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
        raise HeaderRefused(f"two columns are named {name[:100]}")
    return names.index(name) if name in names else None
