"""The columns of attendance files: our own names, the names in known systems' exports, and the names given in a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.contract.events.attendance import CheckedIn, Left, PersonMet, SessionAttended

_PERSON: Final = ("email", "account", "name", "first_name", "last_name", "locale", "time_zone", "skills")
CONSENT: Final = ("matching", "mail", "sharing")
COLUMNS: Final = (
    *("kind", "time", *_PERSON, "session_id", "met_email", "met_account"),
    *CONSENT,
    *("attended", "automatic", "left", "date"),
)
"""Our names for the columns. ``attended`` and ``automatic`` say whether a row is attendance at all, ``left`` says when somebody
left, and ``date`` has the date of times without one."""

KINDS: Final[dict[str, type[CheckedIn] | type[SessionAttended] | type[PersonMet] | type[Left]]] = {
    "checked_in": CheckedIn,
    "session_attended": SessionAttended,
    "person_met": PersonMet,
    "left": Left,
}
"""The data of the event that each kind of row states."""


class HeaderRefused(Exception):
    """The first row does not name the columns that are needed. ``missing`` has the names of missing columns."""

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """The export of a system. It is recognised if it has all columns of one of the ``marks``.

    ``columns`` lists the possible names of each column; the first that exists is used. Columns in ``assumed`` are in no
    documentation that was found, so a request had better name them.
    """

    name: str
    marks: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    kind: str = "checked_in"
    """The kind of all rows; empty if the request must give it."""
    assumed: tuple[str, ...] = ()
    other_tables: frozenset[str] = frozenset()
    """The titles of tables that may follow in a report of several tables."""
    repeats: frozenset[str] = frozenset()
    """The titles of tables that only repeat the first table."""


EXPORT_FORMATS: Final = (
    ExportFormat(
        "pretix",
        (frozenset({"order_code", "checked_in"}),),
        {
            "time": ("checked_in",),
            "left": ("checked_out",),
            "email": ("e_mail", "attendee_e_mail", "email"),
            "name": ("attendee_name",),
            "automatic": ("automatically_checked_in",),
        },
    ),
    ExportFormat(
        "Luma",
        (frozenset({"approval_status", "checked_in_at"}),),
        {
            "time": ("checked_in_at",),
            "email": ("email",),
            "name": ("name",),
            "first_name": ("first_name",),
            "last_name": ("last_name",),
        },
    ),
    ExportFormat(
        "Eventbrite",
        (
            frozenset({"order_#", "attendee_status"}),
            frozenset({"order_id", "attendee_status"}),
            frozenset({"attendee_#", "email"}),
        ),
        {
            "time": ("check_in_date", "check_in_time", "checked_in_at", "date_checked_in", "checked_in_date", "checked_in_time"),
            "email": ("email", "attendee_email", "email_address"),
            "first_name": ("first_name", "attendee_first_name"),
            "last_name": ("last_name", "surname", "attendee_surname", "attendee_last_name"),
            "attended": ("attendee_status",),
        },
        assumed=("time",),
    ),
    ExportFormat(
        "Microsoft Teams",
        (frozenset({"first_join", "last_leave"}), frozenset({"full_name", "join_time", "leave_time", "role"})),
        {
            "time": ("first_join", "join_time"),
            "left": ("last_leave", "leave_time"),
            "email": ("email", "participant_id_(upn)"),
            "name": ("name", "full_name"),
        },
        other_tables=frozenset({"3._in_meeting_activities"}),
        repeats=frozenset({"3._in_meeting_activities"}),
    ),
    ExportFormat(
        "Webex",
        (frozenset({"attendee_email", "join_time", "leave_time"}),),
        {
            "time": ("join_time",),
            "left": ("leave_time",),
            "email": ("attendee_email",),
            "name": ("name", "display_name"),
            "first_name": ("first_name",),
            "last_name": ("last_name",),
        },
    ),
    ExportFormat(
        "Zoom",
        (frozenset({"join_time", "leave_time"}),),
        {
            "time": ("join_time",),
            "left": ("leave_time",),
            "email": ("email", "user_email", "email_address"),
            "name": ("name_(original_name)", "user_name_(original_name)", "user_name", "name"),
            "attended": ("attended",),
            "automatic": ("in_waiting_room",),
        },
        other_tables=frozenset({"host_details", "panelist_details", "attendee_details", "other_attended"}),
    ),
    ExportFormat(
        "Google Forms",
        (frozenset({"timestamp", "email_address"}),),
        {"time": ("timestamp",), "email": ("email_address",), "name": ("name", "full_name")},
        kind="",  # a form does not say whether the person was there
    ),
    ExportFormat(
        "Tito",
        (frozenset({"ticket_reference", "ticket_email"}), frozenset({"ticket_full_name", "ticket_email"})),
        {
            "time": ("checked_in_at", "checked_in", "check_in_at", "checkin_at", "check_in_time", "check_in_created_at"),
            "email": ("ticket_email",),
            "name": ("ticket_full_name",),
            "first_name": ("ticket_first_name",),
            "last_name": ("ticket_last_name",),
        },
        assumed=("time",),
    ),
    ExportFormat(
        "Meetup",
        (frozenset({"user_id", "rsvp"}), frozenset({"user_id", "rsvped_on"}), frozenset({"user_id", "url_of_member_profile"})),
        {
            "time": ("checked_in_at", "check_in_time"),
            "email": ("email",),
            "account": ("user_id",),
            "name": ("name",),
            "attended": ("attendance", "attended", "rsvp"),
        },
        assumed=("time",),
    ),
)


@dataclass(frozen=True, slots=True)
class RequestedColumns:
    """The columns given in a request: the header of a column for some of ``COLUMNS``, or one value for all rows."""

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""


def format_of(names: list[str]) -> ExportFormat | None:
    """The system whose export has a header with these names."""
    known = set(names)
    return next((format for format in EXPORT_FORMATS if any(marks <= known for marks in format.marks)), None)


def known_titles() -> frozenset[str]:
    """All names that may occur in a header."""
    return frozenset(COLUMNS) | {name for format in EXPORT_FORMATS for names in format.columns.values() for name in names}


def format_named(name: str) -> ExportFormat | None:
    """The export format of this name."""
    return next((format for format in EXPORT_FORMATS if format.name == name), None)


def plain(cell: str) -> str:
    """The text of a cell, without the formula that keeps spreadsheets from changing it (``="2026-07-08"``)."""
    text = cell.replace("\ufeff", "").strip()
    if len(text) > len('=""') and text.startswith('="') and text.endswith('"'):
        text = text[2:-1].replace('""', '"').strip()
    return text


def name_of(header: str) -> str:
    """A column's title in the form in which titles are compared."""
    return plain(header).lower().replace(" ", "_").replace("-", "_")


def is_header(names: list[str], requested: RequestedColumns) -> bool:
    """Whether a row names the columns given in the request, a known system's, or ours."""
    known = set(names)
    wanted = {name_of(title) for column, title in requested.columns.items() if not is_value(column, title.strip())}
    if wanted:
        return wanted <= known
    return format_of(names) is not None or len(known & set(COLUMNS)) > 1


def is_value(column: str, text: str) -> bool:
    """Whether the text given for a column in a request can be a value for all rows, rather than a title."""
    if column == "kind":
        return text in KINDS
    if column == "time":
        try:
            return len(text) >= len("2026-07-08T10:00") and bool(datetime.fromisoformat(text))
        except ValueError:
            return False
    return column == "session_id"


def is_of_webinar(names: list[str]) -> bool:
    """Whether this is the first row of a webinar's report, whose attendees follow the tables of hosts and panelists."""
    return {name for name in names if name} == {"attendee_report"} or {"topic", "webinar_id"} <= set(names)


def is_title_of_table(names: list[str]) -> bool:
    """Whether this row is the title of the attendees' table in a webinar's report."""
    return {name for name in names if name} == {"attendee_details"}


def column_list(titles: Iterable[str]) -> str:
    """The columns of a file, for an error message. Addresses are omitted: a file without a header begins with a person."""
    shown = [title[:40] for title in titles if title and "@" not in title][:30]
    return f"Columns of the file: {', '.join(shown) or 'none with a name'}"
