"""The calendars in a stream of iCalendar (RFC 5545, 3.4), and their events, with the lines that are asked for.

Values in quoted-printable, as vCalendar 1.0 has them and some write them still, are decoded.
"""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from quopri import decodestring
from typing import Final

from registration.charsets import known_codec
from registration.schedules.schedule import Unreadable

_LINE_END: Final = re.compile(rb"\r+\n?")
_NAME: Final = re.compile(rb"[A-Za-z0-9-]{1,50}")
_BORDER: Final = re.compile(rb"(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]+)\s*", re.IGNORECASE)
_QUOTED: Final = re.compile(rb"\A[^:]*;ENCODING=QUOTED-PRINTABLE(?:;[^:]*)?:", re.IGNORECASE)
_CHARSET: Final = re.compile(rb";CHARSET=\"?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_OF_VCALENDAR: Final = re.compile(rb";(?:ENCODING|CHARSET)=[^;:]*", re.IGNORECASE)
_MAX_DEPTH: Final = 10
_MAX_LINES: Final = 500
"""Lines of one component that are kept: no event has as many categories."""
MAX_CHARACTERS: Final = 50_000
"""Characters of one line that are kept."""


@dataclass(slots=True)
class Component:
    """An event, or a calendar without what is in it: its first line's number, and its lines, unfolded."""

    line: int
    lines: list[str] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    """The numbers of the lines that were left out, or of which the end was."""


@dataclass(slots=True)
class Calendar:
    """One of the calendars in a stream."""

    properties: Component
    events: list[Component] = field(default_factory=list)


def calendars(body: bytes, wanted: Container[bytes], max_events: int, note: Callable[[str, str], None]) -> list[Calendar]:
    """The calendars, with the lines whose names are ``wanted``.

    The rest is not looked at: time zones, which can hold rules without end, alarms, attachments. Events elsewhere than in a
    calendar, and what stands between calendars, are told to ``note``: the place, and why it is left out.

    Raises:
        Unreadable: components are not closed, or begin outside a calendar; there are more than ``max_events`` events; a line
            that is wanted is not UTF-8.
    """
    found: list[Calendar] = []
    within: list[bytes] = []
    events = number = 0
    for number, line in _rejoined(_unfolded(body)):
        name = _NAME.match(line)
        border = _BORDER.fullmatch(line) if name and name[0].upper() in (b"BEGIN", b"END") else None
        begins, component = (border[1].upper() == b"BEGIN", border[2].upper()) if border else (False, b"")
        if begins:
            within.append(component)
            if len(within) > _MAX_DEPTH:
                raise Unreadable(f"line {number}", f"is nested deeper than {_MAX_DEPTH} components")
            if within == [b"VCALENDAR"]:
                found.append(Calendar(Component(number)))
            elif _is_event(within):
                events += 1
                if events > max_events:
                    raise Unreadable(f"line {number}", f"there are more than {max_events:,} events")
                found[-1].events.append(Component(number))
            elif component == b"VEVENT" and within[0] == b"VCALENDAR":
                note(f"line {number}", "is an event inside of something else than a calendar; left out")
        if line.strip() and within[:1] != [b"VCALENDAR"]:
            if within or not found:
                raise Unreadable(
                    f"line {number}",
                    "expected BEGIN:VCALENDAR; put that line before the first event, and END:VCALENDAR behind the last one",
                )
            note(f"line {number}", "stands behind the calendar; left out")
            continue
        if name and name[0].upper() in wanted:
            if len(within) == 1:
                _keep(number, line, found[-1].properties)
            elif _is_event(within):
                _keep(number, line, found[-1].events[-1])
        if border and not begins and within.pop() != component:
            raise Unreadable(f"line {number}", f"END:{component[:50].decode()} ends what has not begun")
    if within or not found:
        raise Unreadable(f"line {number}", "the file ends before END:VCALENDAR")
    return found


def _is_event(within: list[bytes]) -> bool:
    """Whether this is an event of a calendar, which may by mistake be inside of another."""
    return len(within) > 1 and within[-1] == b"VEVENT" and set(within[:-1]) == {b"VCALENDAR"}


def _unfolded(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines, each with its number. As bytes: a line may be folded inside a character (RFC 5545, 3.1)."""
    begun, parts = 1, [b""]
    for number, ended in enumerate(BytesIO(_LINE_END.sub(b"\n", body)), 1):
        line = ended.removesuffix(b"\n")
        if line[:1] in (b" ", b"\t") and number > 1:
            parts.append(line[1:])
            continue
        if number > 1:
            yield begun, b"".join(parts)
        begun, parts = number, [line]
    yield begun, b"".join(parts)


def _rejoined(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The lines, with those in one whose ends are a quoted-printable "=" (RFC 2045, 6.7)."""
    begun, parts = 0, list[bytes]()
    for number, line in lines:
        if parts and _BORDER.fullmatch(line):
            yield begun, b"".join(parts)
            parts = []
        begun = begun if parts else number
        if line.endswith(b"=") and (parts or _QUOTED.match(line)):
            parts.append(line[:-1])
            continue
        yield begun, b"".join((*parts, line))
        parts = []
    if parts:
        yield begun, b"".join(parts)


def _decoded(line: bytes) -> bytes:
    """The line in UTF-8, and as iCalendar has it, if its value is quoted-printable."""
    if not (found := _QUOTED.match(line)):
        return line
    head, value = found[0], decodestring(line[found.end() :])
    charset = _CHARSET.search(head)
    codec = known_codec(charset[1].decode("ascii", "replace")) if charset else None
    text = value.decode(codec or "utf-8", errors="replace" if codec else "strict")
    return _OF_VCALENDAR.sub(b"", head) + re.sub(r"\r\n|\r|\n", r"\\n", text).encode()


def _keep(number: int, line: bytes, component: Component) -> None:
    try:
        text = _decoded(line).decode()
    except UnicodeDecodeError:
        raise Unreadable(
            f"line {number}",
            "is not UTF-8, which an iCalendar file must be; save it so, or say what it is in, as in "
            "content-type: text/calendar; charset=windows-1252",
        ) from None
    if len(text) > MAX_CHARACTERS or len(component.lines) >= _MAX_LINES:
        component.cut.append(number)
    if len(component.lines) < _MAX_LINES:
        component.lines.append(text[:MAX_CHARACTERS])
