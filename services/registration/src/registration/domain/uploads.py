"""Attendance in CSV files: what a row states, and how far an upload has got."""

import hmac
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Literal

from pydantic import SecretStr, ValidationError

from registration.domain.rows import Header, HeaderRefused, Row
from shared.events.attendance import CheckedIn, PersonMet, SessionAttended
from shared.events.fields import EARLIEST, LATEST

CHUNK_BYTES: Final = 512 * 1024
"""The size of every kept piece of a file but the last. To change it, wait until no upload is being received or run."""

MAX_REPORTED: Final = 10_000
"""How many faults are kept for the report of an upload; all are counted."""

KINDS: Final[dict[str, type[CheckedIn] | type[SessionAttended] | type[PersonMet]]] = {
    "checked_in": CheckedIn,
    "session_attended": SessionAttended,
    "person_met": PersonMet,
}
_PERSON: Final = ("email", "account", "name", "locale", "time_zone")
_CONSENT: Final = ("matching", "mail", "sharing")
COLUMNS: Final = (
    *("kind", "time", "email", "account", "name", "locale", "time_zone", "skills", "session_id", "met_email", "met_account"),
    *_CONSENT,
)
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_COLUMN_OF: Final = {
    ("attendee",): "email",
    ("met",): "met_email",
    ("met", "email"): "met_email",
    ("met", "account"): "met_account",
}
"""The column that a field of an event comes from, where it is not named like it."""

State = Literal["receiving", "running", "done", "failed", "interrupted"]


@dataclass(slots=True)
class Upload:
    """A file of attendance: received in chunks, then read row by row.

    ``offset`` and ``line`` say where the next row begins: all before it is stated, and counted.
    """

    id: str
    conference_id: str
    header: Header
    timezone: str | None
    dry_run: bool
    correlation_id: str
    created_at: datetime
    offset: int
    line: int
    state: State = "receiving"
    bytes: int = 0
    rows: int = 0
    accepted: int = 0
    refused: int = 0
    reported: int = 0
    failures: int = 0
    reason: str = ""
    ended_at: datetime | None = None

    @property
    def chunks(self) -> range:
        """The numbers of the chunks that are received and not yet done."""
        return range(self.offset // CHUNK_BYTES, -(-self.bytes // CHUNK_BYTES))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: its line, the column, and the reason, which does not hold the value."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row states, under an id made of its content: the same row again is the same statement."""

    id: str
    time: datetime
    data: CheckedIn | SessionAttended | PersonMet


class RowRefused(Exception):
    """The row cannot be stated: what is wrong in which of its columns."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


def check_columns(header: Header) -> None:
    """Raises ``HeaderRefused`` where a column is missing without which no row can be stated."""
    missing = tuple(name for name in ("kind", "time") if name not in header.columns)
    if not {"email", "account"} & set(header.columns):
        missing = (*missing, "email")
    if missing:
        raise HeaderRefused(
            f"the first row must name the columns; missing: {', '.join(missing)} (known: {', '.join(COLUMNS)})", missing
        )


class Reading:
    """What the rows of one file state of one conference, which has these sessions.

    ``zone`` is that of times without an offset; where it is None they are refused. ``key`` hides what the ids are made of.
    """

    def __init__(self, header: Header, conference_id: str, sessions: Container[str], zone: tzinfo | None, key: SecretStr) -> None:
        self._header = header
        self._conference_id = conference_id
        self._sessions = sessions
        self._zone = zone
        self._key = key.get_secret_value().encode()

    def read(self, row: Row) -> Stated | list[Fault]:
        """What the row states, or what is wrong with it."""
        try:
            return self._read(row)
        except RowRefused as refused:
            return [Fault(row.line, field, reason) for field, reason in refused.faults]

    def _read(self, row: Row) -> Stated:
        if row.fault:
            raise RowRefused(("row", row.fault))
        columns = self._header.columns
        if any(row.values[len(columns) :]):
            raise RowRefused(("row", f"has {len(row.values)} values, for {len(columns)} columns"))
        # Spreadsheets leave out the delimiters of empty cells at the end of a row.
        cells = {name: text for name, value in zip(columns, row.values, strict=False) if name and (text := value.strip())}
        kind = cells.get("kind", "")
        model = KINDS.get(kind)
        if model is None:
            raise RowRefused(("kind", f"is missing or unknown; expected one of: {', '.join(KINDS)}"))
        time = _time(cells.get("time", ""), self._zone)
        try:
            data = model.model_validate(self._event(cells, kind))
        except ValidationError as error:
            raise RowRefused(*(_fault(fault) for fault in error.errors(include_input=False, include_url=False)[:5])) from None
        if isinstance(data, SessionAttended) and data.session_id not in self._sessions:
            raise RowRefused(("session_id", "names no session of the conference's schedule"))
        if isinstance(data, PersonMet) and (
            (data.met.email, data.met.account if data.met.email is None else None)
            == (data.attendee.email, data.attendee.account if data.attendee.email is None else None)
        ):
            raise RowRefused(("met_email", "is the attendee; nobody meets themselves"))
        return Stated(self._id(kind, time, data), time, data)

    def _event(self, cells: dict[str, str], kind: str) -> dict[str, Any]:
        attendee: dict[str, Any] = {name: cells.get(name) for name in _PERSON}
        if skills := cells.get("skills"):
            attendee["skills"] = [skill for skill in skills.split("|") if skill.strip()]
        if consent := {purpose: _yes_or_no(cells[purpose], purpose) for purpose in _CONSENT if purpose in cells}:
            attendee["consent"] = consent
        event: dict[str, Any] = {"conference_id": self._conference_id, "attendee": attendee}
        if kind == "session_attended":
            if "session_id" not in cells:
                raise RowRefused(("session_id", "is missing; a session was attended"))
            event["session_id"] = cells["session_id"]
        elif kind == "person_met":
            event["met"] = {"email": cells.get("met_email"), "account": cells.get("met_account")}
        return event

    def _id(self, kind: str, time: datetime, data: CheckedIn | SessionAttended | PersonMet) -> str:
        # Without what is not given, so that a field that the contract adds changes no id.
        content = f"{kind}\n{time.isoformat()}\n{data.model_dump_json(exclude_defaults=True)}"
        return hmac.digest(self._key, content.encode(), "sha256").hex()[:32]


def _time(text: str, zone: tzinfo | None) -> datetime:
    """A time of day (RFC 3339, also with a space in the middle), in UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or len(text) < len("2026-07-08T10:00"):
        raise RowRefused(("time", "is not a time; expected one like 2026-07-08T10:00:00+02:00"))
    if time.tzinfo is None:
        if zone is None:
            raise RowRefused(("time", "has no offset from UTC; write it like 2026-07-08T10:00:00+02:00, or send ?timezone="))
        time = time.replace(tzinfo=zone)
    if EARLIEST.year - 1 <= time.year <= LATEST.year:
        time = time.astimezone(UTC)
    if not EARLIEST <= time < LATEST:
        raise RowRefused(("time", f"must lie between {EARLIEST.year} and {LATEST.year}"))
    return time


def _yes_or_no(text: str, column: str) -> bool:
    answer = _YES_NO.get(text.lower())
    if answer is None:
        raise RowRefused((column, "expected yes or no, or nothing where it was not asked"))
    return answer


def _fault(fault: Any) -> tuple[str, str]:
    place = tuple(part for part in fault["loc"] if isinstance(part, str))
    return _COLUMN_OF.get(place) or next((part for part in reversed(place) if part in COLUMNS), "row"), fault["msg"].removeprefix(
        "Value error, "
    )
