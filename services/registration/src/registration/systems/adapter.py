"""The protocols of adapters, and the data that they exchange with the rest of the service.

An adapter is one module that knows one system. It is pure: no network, no database, no clock. It implements the protocols below
that its system needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from registration.attendance_event import AttendanceEvent
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook as it was received. The names of ``headers`` are in lower case."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """An object to fetch from the system's API: its path below the connection's ``api_url``."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    """The adapter's name for the object, such as ``order/ABC``."""
    may_be_deleted: bool = False
    """Whether "404 Not Found" means that the object was deleted, rather than that the connection is set up wrongly."""
    max_bytes: int = 2 * 1024 * 1024
    """A larger response is not read."""


@dataclass(frozen=True, slots=True)
class WebhookContent:
    """The content of a webhook. If it has nothing about attendance, ``ignored`` gives the reason."""

    fetches: tuple[Fetch, ...] = ()
    """The objects to fetch, if the webhook only names them."""
    observations: tuple[Observation, ...] = ()
    events: tuple[AttendanceEvent, ...] = ()
    """Attendance events that the webhook contains."""
    ignored: str = ""


class WebhookRefused(Exception):
    """A webhook that is not accepted, with the reason.

    ``verified``: whether it proved to come from the connection's system. If not, its signature or secret is wrong.
    """

    def __init__(self, reason: str, *, verified: bool = False) -> None:
        super().__init__(reason)
        self.verified = verified


@dataclass(frozen=True, slots=True)
class PolledPage:
    """The content of one page of a poll."""

    cursor: dict[str, Any]
    """Where the next page begins, of this poll or of the next one; plain JSON."""
    last: bool
    """Whether the poll ends with this page."""
    fetches: tuple[Fetch, ...] = ()
    observations: tuple[Observation, ...] = ()
    complete: bool = False
    """Whether ``observations`` cover all objects that exist. If so, any other object was deleted."""


class WebhookAdapter(Protocol):
    """For a system that sends webhooks."""

    def verify(self, request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
        """Raises ``WebhookRefused`` unless the sender knows one of the secrets."""

    def key(self, request: WebhookRequest, now: datetime) -> str:
        """The key of the delivery: the same each time that the system repeats it, and different for any other delivery."""

    def read(self, request: WebhookRequest, connection: Connection) -> WebhookContent:
        """The content of the webhook. Raises ``Rejected``, naming the field, if it cannot be read."""


class FetchAdapter(Protocol):
    """For a system whose objects are fetched through its API."""

    def observations(self, fetch: Fetch, body: bytes | None, at: datetime, connection: Connection) -> list[Observation]:
        """The observations in the API's response. ``at`` is when the fetch began; ``body`` is None if the object was deleted.

        Raises ``Rejected``, naming the field, if the response cannot be read.
        """


class AttendanceAdapter(Protocol):
    """For a system whose attendance follows from the state of its objects."""

    def facts(self, object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
        """The attendance that stands by an object's state."""


class PollAdapter(Protocol):
    """For a system that is polled."""

    def page_fetch(self, cursor: Mapping[str, Any], connection: Connection) -> Fetch:
        """The page to fetch next. The cursor is empty before the first page."""

    def read_page(self, cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
        """The content of a page. ``at`` is when its fetch began. Raises ``Rejected`` if the page cannot be read."""

    def follow_up(self, observations: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
        """The further fetches needed to know the state of the observed objects."""

    def deleted(self, object_id: str, at: datetime) -> Observation:
        """The observation that an object was deleted, because a complete page does not list it."""
