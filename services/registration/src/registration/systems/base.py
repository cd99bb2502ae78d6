"""What every adapter has in common. An adapter is pure: no network, no database, no clock."""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Protocol, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from registration.attendance_event import AttendanceEvent
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart
from registration.times import TimeRefused, from_unix, read_time
from shared.contract.envelope import Rejected
from shared.contract.events.attendance import CheckedIn, Left, Person, SessionAttended
from shared.contract.events.fields import EARLIEST, LATEST, Line, Locale
from shared.persons import normalise_email


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it came. ``headers`` have names in lower case."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """An object to be fetched: the path below the connection's ``api_url``, and what it is called among the adapter's."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    gone_is_news: bool = False
    """Whether "404 Not Found" tells that the object is deleted, rather than that something is set up wrongly."""
    most_bytes: int = 2 * 1024 * 1024
    """A larger answer is not read."""


@dataclass(frozen=True, slots=True)
class WebhookContent:
    """What a webhook asks for. One that asks for nothing says in ``ignored`` why."""

    fetches: tuple[Fetch, ...] = ()
    observations: tuple[Observation, ...] = ()
    events: tuple[AttendanceEvent, ...] = ()
    """Those that are in the webhook as they are to be published."""
    ignored: str = ""


class Unverified(Exception):
    """A request that does not prove to come from the system, with what is wrong about it."""


class Stale(Unverified):
    """A request that proves where it comes from, but not that it was sent now."""


@dataclass(frozen=True, slots=True)
class PolledPage:
    """One page of a poll, read."""

    cursor: dict[str, Any]
    """Where the next page begins, this poll's or the next one's; plain JSON."""
    last: bool
    """Whether the poll ends here."""
    fetches: tuple[Fetch, ...] = ()
    observations: tuple[Observation, ...] = ()
    complete: bool = False
    """Whether ``observations`` are of all objects that there are: any other one is gone."""


class WebhookAdapter(Protocol):
    """An adapter's part where its system sends webhooks. The modules beside this one implement it, and the ones below."""

    def verify(self, request: Request, secrets: Sequence[str], now: datetime) -> None:
        """Raises ``Unverified`` unless the request was made by someone who knows one of the secrets."""

    def key(self, request: Request, now: datetime) -> str:
        """What a repeat of the same delivery shares with it, and no other delivery has."""

    def read(self, request: Request, connection: Connection) -> WebhookContent:
        """What the webhook says. Raises ``Rejected``, naming the field, where it cannot be read."""


class FetchAdapter(Protocol):
    """Where objects are fetched through the system's API."""

    def observations(self, fetch: Fetch, body: bytes | None, at: datetime, connection: Connection) -> list[Observation]:
        """What the answer to a fetch that began at this time says; ``body`` is None where the object is gone.

        Raises ``Rejected``, naming the field, where it cannot be read.
        """


class AttendanceAdapter(Protocol):
    """Where attendance is worked out from the state of objects."""

    def facts(self, object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
        """The attendance that stands by an object's state."""


class PollAdapter(Protocol):
    """Where the system is polled."""

    def page_fetch(self, cursor: Mapping[str, Any], connection: Connection) -> Fetch:
        """The page to fetch; the cursor is empty before the first one."""

    def read_page(self, cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
        """What a page says, whose fetch began at this time. Raises ``Rejected`` where it cannot be read."""

    def follow_up(self, seen: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
        """What else is to be fetched to know the state of these objects."""

    def gone(self, object_id: str, at: datetime) -> Observation:
        """What it means that an object is missing where all are listed."""


class Body(BaseModel):
    """What is needed of another system's JSON; it may hold anything else besides."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:=+-]{0,49}$")]
"""An id of another system. It becomes part of paths and of our ids, so it holds nothing that has a meaning there."""


_UNIX: Final = re.compile(r"\d{9,13}(?:\.\d{1,9})?", re.ASCII)


def _as_time(value: object) -> object:
    """Texts and numbers as times; pydantic would take a date for its midnight."""
    try:
        if isinstance(value, str):
            return from_unix(float(value)) if _UNIX.fullmatch(value) else read_time(value, UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return from_unix(value)
    except TimeRefused as refused:
        raise ValueError(refused.reason) from None
    return value


def _in_utc(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}")
    return at.astimezone(UTC)


Time = Annotated[datetime, BeforeValidator(_as_time), AfterValidator(_in_utc)]
"""A time in UTC, which is what these systems mean where they give no offset; however it is written, see ``read_time``."""

Model = TypeVar("Model")
Some = Annotated[list[Model], Field(max_length=1_000)]
"""A list in another system's JSON: longer than any real one, it is not read."""


def parse(model: type[Model], body: bytes) -> Model:
    """Read JSON. Raises ``Rejected`` with the fields at fault, but never what they hold: it may be personal."""
    try:
        return TypeAdapter(model).validate_json(body)
    except ValidationError as error:
        faults = [
            (".".join(map(str, fault["loc"])) or "body", fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_url=False, include_input=False, include_context=False)[:5]
        ]
        raise Rejected("; ".join(f"{place}: {detail}" for place, detail in faults), faults) from None


# Who sent it


def check_signature(signature: str | None, body: bytes, secrets: Sequence[str]) -> None:
    """Check a hexadecimal HMAC-SHA256 (RFC 2104) of the body, in constant time. Raises ``Unverified``."""
    if not signature:
        raise Unverified("the signature is missing")
    actual = signature.strip().lower().encode()
    expected = [hmac.new(secret.encode(), body, sha256).hexdigest().encode() for secret in secrets]
    if not any([hmac.compare_digest(actual, one) for one in expected]):  # noqa: C419 - all are compared, whichever fits
        raise Unverified("the signature does not fit the body and any valid secret")


def check_password(password: str | None, secrets: Sequence[str]) -> None:
    """Check a secret that came as it is, in constant time. Raises ``Unverified``."""
    if not password:
        raise Unverified("the secret is missing")
    if not any([hmac.compare_digest(password.encode(), secret.encode()) for secret in secrets]):  # noqa: C419
        raise Unverified("the secret is not a valid one of this connection")


def basic_password(headers: Mapping[str, str]) -> str | None:
    """The password of HTTP basic authentication (RFC 7617), None where there is none."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (NotBase64, UnicodeDecodeError, ValueError):
        return None


def fingerprint(body: bytes) -> str:
    """The key of a delivery that is known by what it says."""
    return sha256(body).hexdigest()


# Who attended, and what

_LONGEST_SHOWN: Final = 60
_LINE: Final = TypeAdapter[str](Line)
_LOCALE: Final = TypeAdapter[str](Locale)


def person(account: str, email: str | None, name: str | None, locale: str | None = None) -> dict[str, Any]:
    """A person as kept in a part: by their own address if there is one that is valid, else by their account."""
    try:
        who = {"email": normalise_email(email or "")}
    except ValueError:
        who = {"account": account}
    optional = {"name": _valid(_LINE, " ".join((name or "").split())), "locale": _valid(_LOCALE, locale)}
    return who | {key: value for key, value in optional.items() if value}


def _valid(kind: TypeAdapter[str], value: str | None) -> str | None:
    """A field that is nice to have: left out where it is not valid, as that is no reason to lose the attendance."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


def shown(text: str) -> str:
    """A word of another system as it is shown in a reason: of a long one, its beginning."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def path_of(connection: Connection, version: str, path: str) -> str:
    """A path below the connection's ``api_url``, which may be given with the API's version (``/api/v1``) or without it."""
    return path if (connection.api_url or "").rstrip("/").endswith(f"/{version}") else f"{version}/{path}"


def option(connection: Connection, name: str) -> str:
    """An option of the connection. Raises ``Rejected`` where it was not given."""
    if value := connection.options.get(name):
        return value
    raise Rejected(f"options.{name}: is needed to poll {connection.system}", [(f"options.{name}", "is missing")])


def wrong_id(connection: Connection, **ids: str | None) -> str:
    """Says which of these ids is not the one that the connection is for; "" where all are, or it is for any."""
    for name, value in ids.items():
        wanted = connection.options.get(name)
        if wanted and value != wanted:
            return f"it is about another {name} than the connection's, {wanted!r}"
    return ""


def attendance(name: str, at: str, who: dict[str, Any], list_id: str | None, connection: Connection) -> ObservedAttendance:
    """The fact that somebody was scanned into a list or session of the system: into the conference if it is not mapped."""
    session_id = connection.sessions.get(list_id or "")
    whose = {"conference_id": connection.conference_id, "attendee": Person.model_validate(who)}
    data = SessionAttended(**whose, session_id=session_id) if session_id else CheckedIn(**whose)
    return ObservedAttendance(name, datetime.fromisoformat(at), data)


def departure(name: str, at: str, who: dict[str, Any], list_id: str | None, connection: Connection) -> ObservedAttendance:
    """The fact that somebody was scanned out of a list or session of the system: out of the conference if it is not mapped."""
    session_id = connection.sessions.get(list_id or "")
    data = Left(conference_id=connection.conference_id, attendee=Person.model_validate(who), session_id=session_id)
    return ObservedAttendance(name, datetime.fromisoformat(at), data)
