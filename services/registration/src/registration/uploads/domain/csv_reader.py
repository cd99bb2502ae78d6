"""Reads CSV (RFC 4180) of any size, piece by piece: the rows, each with the line on which it begins."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_ROW_BYTES: Final = 64 * 1024
MAX_COLUMNS: Final = 200
_NOT_UTF_8: Final = "is not UTF-8 text; if the file has another charset, name it, as in ?charset=windows-1252"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its first line, its values, and where the next row begins. If it cannot be read, ``fault`` says why."""

    line: int
    values: list[str]
    fault: str
    end: int
    next_line: int


class CsvReader:
    """Reads rows from a file that arrives in pieces. The rows do not depend on how the file is cut.

    The first piece begins at ``offset`` of the file, with a row on ``line``. Lines end in CR LF, LF or CR. A row of more than
    ``MAX_ROW_BYTES`` cannot be read: most likely a quotation mark is not closed. Reading goes on after the line that made it
    too long.
    """

    def __init__(self, delimiter: str, offset: int, line: int) -> None:
        self._delimiter = delimiter
        self._offset = offset
        self._line = line
        self._rest = b""

    def feed(self, piece: bytes, last: bool) -> Iterator[Row]:
        """The rows that end in this piece; with the ``last`` piece, all remaining rows. Blank rows are omitted."""
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
                fault = _fault(error)
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
    """The lines for ``csv.reader``, which takes another line only while a quoted value goes on."""

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
    """The complete lines of a piece, with their ends, and the rest, which may go on in the next piece."""
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


def _fault(error: csv.Error) -> str:
    text = str(error)
    if text == "too long":
        return f"is longer than {MAX_ROW_BYTES:,} bytes; is a quotation mark not closed?"
    if text == "unexpected end of data":
        return "a quotation mark is not closed; add the closing one"
    return "there is text after a quoted value; double each quotation mark inside quotation marks"
