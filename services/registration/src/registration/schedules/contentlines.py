"""Splits an iCalendar stream (RFC 5545, 3.4) into calendars and events, with the lines that the caller wants.

Values in quoted-printable are decoded: vCalendar 1.0 has them, and some programs still write them.
"""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from quopri import decodestring
from typing import Final

from registration.charsets import known_codec
from registration.schedules.fields import Unreadable, at_line
from shared.worded import Worded

_LINE_END: Final = re.compile(rb"\r+\n?")
_NAME: Final = re.compile(rb"[A-Za-z0-9-]{1,50}")
_BORDER: Final = re.compile(rb"(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]+)\s*", re.IGNORECASE)
_QUOTED: Final = re.compile(rb"\A[^:]*;ENCODING=QUOTED-PRINTABLE(?:;[^:]*)?:", re.IGNORECASE)
_CHARSET: Final = re.compile(rb";CHARSET=\"?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_OF_VCALENDAR: Final = re.compile(rb";(?:ENCODING|CHARSET)=[^;:]*", re.IGNORECASE)
_MAX_DEPTH: Final = 10
_MAX_LINES: Final = 500
"""How many lines of one component are kept. No event has as many categories."""
MAX_CHARACTERS: Final = 50_000
"""How many characters of one line are kept."""


@dataclass(slots=True)
class Component:
    """An event, or the properties of a calendar: the number of its first line, and its unfolded lines."""

    line: int
    lines: list[str] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    """The numbers of the lines that were omitted or shortened."""


@dataclass(slots=True)
class Calendar:
    """One of the calendars in a stream."""

    properties: Component
    events: list[Component] = field(default_factory=list)


def calendars(body: bytes, wanted: Container[bytes], max_events: int, note: Callable[[str, str], None]) -> list[Calendar]:
    """The calendars, with the lines whose names are ``wanted``.

    Everything else is skipped: time zones, which may have endless rules, alarms and attachments. ``note`` is called with the
    place of each event outside a calendar, and of text between calendars, and the reason why it is omitted.

    Raises:
        Unreadable: components are not closed, or begin outside a calendar; there are more than ``max_events`` events; a line
            that is wanted is not UTF-8.
    """
    found: list[Calendar] = []
    within: list[bytes] = []
    events = number = 0
    for number, line in _joined(_unfolded(body)):
        name = _NAME.match(line)
        border = _BORDER.fullmatch(line) if name and name[0].upper() in (b"BEGIN", b"END") else None
        begins, component = (border[1].upper() == b"BEGIN", border[2].upper()) if border else (False, b"")
        if begins:
            within.append(component)
            if len(within) > _MAX_DEPTH:
                raise Unreadable(at_line(number), Worded("is nested deeper than %(most)s components", most=_MAX_DEPTH))
            if within == [b"VCALENDAR"]:
                found.append(Calendar(Component(number)))
            elif _is_event(within):
                events += 1
                if events > max_events:
                    raise Unreadable(at_line(number), Worded("there are more than %(most)s events", most=f"{max_events:,}"))
                found[-1].events.append(Component(number))
            elif component == b"VEVENT" and within[0] == b"VCALENDAR":
                note(at_line(number), Worded("is an event outside of a calendar; left out"))
        if line.strip() and within[:1] != [b"VCALENDAR"]:
            if within or not found:
                raise Unreadable(
                    at_line(number),
                    Worded(
                        "expected BEGIN:VCALENDAR; put that line before the first event, and END:VCALENDAR after the last one"
                    ),
                )
            note(at_line(number), Worded("comes after the calendar; left out"))
            continue
        if name and name[0].upper() in wanted:
            if len(within) == 1:
                _keep(number, line, found[-1].properties)
            elif _is_event(within):
                _keep(number, line, found[-1].events[-1])
        if border and not begins and within.pop() != component:
            raise Unreadable(
                at_line(number), Worded("%(end)s ends something that has not begun", end=f"END:{component[:50].decode()}")
            )
    if within or not found:
        raise Unreadable(at_line(number), Worded("the file ends before END:VCALENDAR"))
    return found


def _is_event(within: list[bytes]) -> bool:
    """Whether this is an event of a calendar, possibly of one that is nested in another by mistake."""
    return len(within) > 1 and within[-1] == b"VEVENT" and set(within[:-1]) == {b"VCALENDAR"}


def _unfolded(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines, each with its number. As bytes: a line may be folded inside a character (RFC 5545, 3.1)."""
    first_line, parts = 1, [b""]
    for number, ended in enumerate(BytesIO(_LINE_END.sub(b"\n", body)), 1):
        line = ended.removesuffix(b"\n")
        if line[:1] in (b" ", b"\t") and number > 1:
            parts.append(line[1:])
            continue
        if number > 1:
            yield first_line, b"".join(parts)
        first_line, parts = number, [line]
    yield first_line, b"".join(parts)


def _joined(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The lines, where a line that ends with a quoted-printable "=" is joined with the next one (RFC 2045, 6.7)."""
    first_line, parts = 0, list[bytes]()
    for number, line in lines:
        if parts and _BORDER.fullmatch(line):
            yield first_line, b"".join(parts)
            parts = []
        first_line = first_line if parts else number
        if line.endswith(b"=") and (parts or _QUOTED.match(line)):
            parts.append(line[:-1])
            continue
        yield first_line, b"".join((*parts, line))
        parts = []
    if parts:
        yield first_line, b"".join(parts)


def _decoded(line: bytes) -> bytes:
    """The line as iCalendar in UTF-8, decoded if its value is quoted-printable."""
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
            at_line(number),
            Worded(
                "is not UTF-8, which an iCalendar file must be; convert it, or name its charset, as in content-type: "
                "text/calendar; charset=windows-1252"
            ),
        ) from None
    if len(text) > MAX_CHARACTERS or len(component.lines) >= _MAX_LINES:
        component.cut.append(number)
    if len(component.lines) < _MAX_LINES:
        component.lines.append(text[:MAX_CHARACTERS])
