"""Turns the rows of an attendance file into events."""

import hmac
import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from registration.time_parser import TimeRefused, read_time
from registration.uploads.domain.csv_reader import MAX_COLUMNS, Row
from registration.uploads.domain.export_formats import COLUMNS, CONSENT, KINDS, format_named, name_of, plain
from registration.uploads.domain.header import Header
from registration.uploads.domain.upload import Fault
from shared.contract.events.attendance import CheckedIn, Left, PersonMet, SessionAttended
from shared.contract.events.fields import EARLIEST, LATEST

RowAttendance = CheckedIn | SessionAttended | PersonMet | Left
_ENTRY_NAMES: Final = ("joined", "joined before", "entry", "in", "check in", "checked in")
_EXIT_NAMES: Final = ("exit", "out", "check out", "checked out")
_KIND_OF: Final = {name: name for name in KINDS} | dict.fromkeys(_ENTRY_NAMES, "checked_in") | dict.fromkeys(_EXIT_NAMES, "left")
"""The kind of attendance for each name that logs of scans and meetings use."""
_TIME_OF_DAY: Final = re.compile(r"\d{1,2}(?:[:.]\d{2}){1,2}(?:\.\d{1,6})?\s?(?:[ap]\.?m\.?)?", re.IGNORECASE | re.ASCII)
"""A time without a date."""
_PERSON: Final = ("email", "account", "name", "locale", "time_zone")
_YES_WORDS: Final = {
    *("yes", "y", "true", "1", "x", "ja", "oui", "sí", "sim"),
    *("checked in", "checked-in", "attended", "present", "joined", "showed up"),
}
"""The words that mean that somebody was there. Any other word means that they were not."""
_EMPTY: Final = {"", "-", "--", "n/a", "none", "null"}
"""The texts that exports write in place of a missing time."""
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_COLUMN_OF: Final = {
    ("attendee",): "email",
    ("met",): "met_email",
    ("met", "email"): "met_email",
    ("met", "account"): "met_account",
}
"""The columns of those event fields that have another name."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """The event that a row states. Its id is made from its content, so the same row in another file is the same event."""

    id: str
    time: datetime
    data: RowAttendance
    left: "ParsedRow | None" = None
    """The event that the attendee left, if the row says when."""


class RowRefused(Exception):
    """The row cannot be read as an event: what is wrong in which columns."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


class RowParser:
    """Reads the rows of one file as events of one conference.

    ``sessions`` are the ids of the conference's sessions. ``zone`` is the zone of times without an offset, which are refused if
    it is None. ``key`` makes the events' ids, so that nobody can guess a row from its id.
    """

    def __init__(self, header: Header, conference_id: str, sessions: Container[str], zone: tzinfo | None, key: SecretStr) -> None:
        self._header = header
        self._format = format_named(header.format)
        self._fixed = dict(header.fixed)
        self._conference_id = conference_id
        self._sessions = sessions
        self._zone = zone
        self._key = key.get_secret_value().encode()

    def ends_table(self, row: Row) -> bool:
        """Whether the row is the title of another table. Reports of meetings have several tables."""
        return self._format is not None and self._title(row) in self._format.other_tables

    def _title(self, row: Row) -> str:
        filled = [name for value in row.values[:MAX_COLUMNS] if (name := name_of(value))]
        return filled[0] if len(filled) == 1 else ""

    def read(self, row: Row) -> ParsedRow | list[Fault] | None:
        """The event that the row states, or its faults. None if the row says that somebody was not there."""
        if self._format and self.ends_table(row):
            if self._title(row) in self._format.repeats:
                return None
            return [Fault(row.line, "row", "another table begins here, which is not read; send it as a separate file")]
        try:
            return self._read(row)
        except RowRefused as refused:
            return [Fault(row.line, field, reason) for field, reason in refused.faults]

    def _read(self, row: Row) -> ParsedRow | None:
        if row.fault:
            raise RowRefused(("row", row.fault))
        columns = self._header.columns
        if any(row.values[len(columns) :]):
            excess = f"has {len(row.values)} values, but there are {len(columns)} columns"
            raise RowRefused(("row", f"{excess}; is a delimiter inside a value not quoted?"))
        # Not strict: spreadsheets omit the delimiters of empty cells at the end of a row.
        cells = {name: text for name, value in zip(columns, row.values, strict=False) if name and (text := plain(value))}
        if self._was_not_there(cells):
            return None
        cells |= self._fixed
        kind = _KIND_OF.get(cells.get("kind", "").lower(), "")
        if kind not in KINDS:
            raise RowRefused(("kind", f"is missing or unknown; expected one of: {', '.join(KINDS)}"))
        left = None
        if kind in ("checked_in", "session_attended") and _is_filled(cells.get("left", "")):
            left = self._parsed(cells, "left", "left")
            if "kind" in self._fixed and not _is_filled(cells.get("time", "")):
                return left
        return replace(self._parsed(cells, kind, "time"), left=left)

    def _parsed(self, cells: dict[str, str], kind: str, column: str) -> ParsedRow:
        """The event of this kind, whose time is in this column."""
        time = _time(cells, column, self._zone, self._header.dates)
        try:
            data = KINDS[kind].model_validate(self._event(cells, kind))
        except ValidationError as error:
            raise RowRefused(*(_fault(fault) for fault in error.errors(include_input=False, include_url=False)[:5])) from None
        if isinstance(data, SessionAttended | Left) and data.session_id not in (self._sessions if data.session_id else (None,)):
            raise RowRefused(
                ("session_id", "is not a session of the conference's schedule; correct it, or add the session first")
            )
        if isinstance(data, PersonMet) and (
            (data.met.email, data.met.account if data.met.email is None else None)
            == (data.attendee.email, data.attendee.account if data.attendee.email is None else None)
        ):
            raise RowRefused(("met_email", "must be somebody other than the attendee"))
        return ParsedRow(self._id(kind, time, data), time, data)

    def _was_not_there(self, cells: dict[str, str]) -> bool:
        """Whether the row is about somebody who did not come. Exports list everybody who registered, and automatic check-ins."""
        if "attended" in self._header.columns and cells.get("attended", "").lower() not in _YES_WORDS:
            return True
        if cells.get("automatic", "").lower() in _YES_WORDS:
            return True
        same_kind_for_all = "kind" in self._fixed and "time" not in self._fixed
        return same_kind_for_all and not _is_filled(cells.get("time", "")) and not _is_filled(cells.get("left", ""))

    def _event(self, cells: dict[str, str], kind: str) -> dict[str, Any]:
        attendee: dict[str, Any] = {name: cells.get(name) for name in _PERSON}
        attendee["name"] = (
            attendee["name"] or " ".join(cells[name] for name in ("first_name", "last_name") if name in cells) or None
        )
        if skills := cells.get("skills"):
            attendee["skills"] = [skill for skill in skills.split("|") if skill.strip()]
        if consent := {purpose: _yes_or_no(cells[purpose], purpose) for purpose in CONSENT if purpose in cells}:
            attendee["consent"] = consent
        event: dict[str, Any] = {"conference_id": self._conference_id, "attendee": attendee}
        if kind == "session_attended":
            if "session_id" not in cells:
                raise RowRefused(("session_id", "is missing; give the session that was attended"))
            event["session_id"] = cells["session_id"]
        elif kind == "left":
            event["session_id"] = cells.get("session_id")
        elif kind == "person_met":
            event["met"] = {"email": cells.get("met_email"), "account": cells.get("met_account")}
        return event

    def _id(self, kind: str, time: datetime, data: RowAttendance) -> str:
        # Without defaults, so that a new optional field of the contract changes no id.
        content = f"{kind}\n{time.isoformat()}\n{data.model_dump_json(exclude_defaults=True)}"
        return hmac.digest(self._key, content.encode(), "sha256").hex()[:32]


def _is_filled(text: str) -> bool:
    """Whether a cell has a value, rather than a word for none."""
    return text.lower() not in _EMPTY


def _time(cells: dict[str, str], column: str, zone: tzinfo | None, dates: str) -> datetime:
    """The time in a column, in UTC. Its date may be in the column ``date``."""
    text = cells.get(column, "")
    if "date" in cells and _TIME_OF_DAY.fullmatch(text):
        text = f"{cells['date']} {text}"
    try:
        time = read_time(text, zone, dates)
    except TimeRefused as refused:
        raise RowRefused((column, str(refused))) from None
    if EARLIEST.year - 1 <= time.year <= LATEST.year:
        time = time.astimezone(UTC)
    if not EARLIEST <= time < LATEST:
        raise RowRefused((column, f"must lie between {EARLIEST.year} and {LATEST.year}"))
    return time


def _yes_or_no(text: str, column: str) -> bool:
    answer = _YES_NO.get(text.lower())
    if answer is None:
        raise RowRefused((column, "expected yes or no, or nothing if they were not asked"))
    return answer


def _fault(fault: Any) -> tuple[str, str]:
    place = tuple(part for part in fault["loc"] if isinstance(part, str))
    return _COLUMN_OF.get(place) or next((part for part in reversed(place) if part in COLUMNS), "row"), fault["msg"].removeprefix(
        "Value error, "
    )
