"""Which columns of a file of attendance are which: as the file names them, as known systems do, or as a request says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_PERSON: Final = ("email", "account", "name", "first_name", "last_name", "locale", "time_zone", "skills")
_CONSENT: Final = ("matching", "mail", "sharing")
COLUMNS: Final = (
    *("kind", "time", *_PERSON, "session_id", "met_email", "met_account"),
    *_CONSENT,
    *("attended", "automatic"),
)
"""What can be told by a column. ``attended`` and ``automatic`` say of a row whether it is attendance at all."""

KINDS: Final = ("checked_in", "session_attended", "person_met")


class HeaderRefused(Exception):
    """The first row does not name the columns that are needed. ``missing`` has their names, if that is it."""

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Form:
    """The export of a system: it has all columns of one of the ``marks``; of each column the first that there is counts."""

    name: str
    marks: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]


FORMS: Final = (
    Form(
        "pretix",
        (frozenset({"order_code", "checked_in"}),),
        {
            "time": ("checked_in",),
            "email": ("e_mail", "attendee_e_mail", "email"),
            "name": ("attendee_name",),
            "automatic": ("automatically_checked_in",),
        },
    ),
    Form(
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
    Form(
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
    ),
    Form(
        "Zoom",
        (frozenset({"join_time", "leave_time"}),),
        {
            "time": ("join_time",),
            "email": ("email", "user_email", "email_address"),
            "name": ("name_(original_name)", "user_name_(original_name)", "user_name", "name"),
            "attended": ("attended",),
        },
    ),
    Form(
        "Tito",
        (frozenset({"ticket_reference", "ticket_email"}), frozenset({"ticket_full_name", "ticket_email"})),
        {
            "time": ("checked_in_at", "checked_in", "check_in_at", "checkin_at", "check_in_time", "check_in_created_at"),
            "email": ("ticket_email",),
            "name": ("ticket_full_name",),
            "first_name": ("ticket_first_name",),
            "last_name": ("ticket_last_name",),
        },
    ),
    Form(
        "Meetup",
        (frozenset({"user_id", "rsvp"}), frozenset({"user_id", "rsvped_on"}), frozenset({"user_id", "url_of_member_profile"})),
        {
            "time": ("checked_in_at", "check_in_time"),
            "email": ("email",),
            "account": ("user_id",),
            "name": ("name",),
            "attended": ("attendance", "attended", "rsvp"),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Given:
    """What the request says of a file: the header of a column for some of ``COLUMNS``, or one value for all rows."""

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""


def form_of(names: list[str]) -> Form | None:
    """The system whose export has a header with these names."""
    known = set(names)
    return next((form for form in FORMS if any(marks <= known for marks in form.marks)), None)


def words() -> frozenset[str]:
    """Names that occur in a header."""
    return frozenset(COLUMNS) | {name for form in FORMS for names in form.columns.values() for name in names}


def name_of(header: str) -> str:
    """A header in the form in which headers are compared."""
    return header.replace("\ufeff", "").strip().lower().replace(" ", "_").replace("-", "_")


def is_preamble(names: list[str]) -> bool:
    """Whether a first row is the beginning of what a report of Zoom has before its table."""
    return is_of_webinar(names) or {"topic", "meeting_id"} <= set(names)


def is_of_webinar(names: list[str]) -> bool:
    """Whether it is that of a webinar, where the table comes after those of hosts and panelists."""
    return {name for name in names if name} == {"attendee_report"} or {"topic", "webinar_id"} <= set(names)


def is_title_of_table(names: list[str]) -> bool:
    """Whether the next row is the header of the attendees in the report of a webinar."""
    return {name for name in names if name} == {"attendee_details"}


def there_are(titles: Iterable[str]) -> str:
    """The columns of a file, for an error. What could be an address is left out: a file without a header begins with a person."""
    shown = [title[:40] for title in titles if title and "@" not in title][:30]
    return f"Columns of the file: {', '.join(shown) or 'none with a name'}"
