"""The form in which operators configure and see connections, over HTTP and on the command line."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from registration.connections.domain.config import ConnectionConfig
from registration.rate_limits import EVENTS_PER_MINUTE, EventsPerMinute
from registration.systems.connection import Connection, System
from shared.contract.events.fields import Id, Url


def _base(url: str) -> str:
    if "?" in url or "#" in url:
        raise ValueError("must be the base URL of the API, without a query or fragment; give the token as `api_token`")
    return url


def _sendable(secret: SecretStr) -> SecretStr:
    # It becomes part of a header, where a line break would begin another header.
    if not (secret.get_secret_value().isascii() and secret.get_secret_value().isprintable()):
        raise ValueError("must be printable ASCII characters")
    return secret


Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Option = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
ApiUrl = Annotated[Url, AfterValidator(_base)]
SecretText = Annotated[SecretStr, Field(min_length=1, max_length=2000), AfterValidator(_sendable)]


def _clear(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


class ConnectionSpec(BaseModel):
    """The configuration of a connection."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    system: System
    conference_id: Id
    api_url: ApiUrl | None = Field(
        default=None, description="the base URL of the system's API; nothing is fetched from elsewhere"
    )
    api_token: SecretText | None = Field(default=None, description="for its API; if left out, the current one stays")
    secret: SecretText | None = Field(
        default=None,
        description="proves that webhooks come from the system; if left out, the current one stays, or one is generated",
    )
    options: dict[Option, Text] = Field(
        default={}, max_length=20, description="pretix: `organizer` and `event`; indico: `event` and `form`"
    )
    sessions: dict[Text, Id] = Field(
        default={},
        max_length=10_000,
        description="the conference's session id for each of its ids of check-in lists or sessions; unlisted ones are the "
        "entrance",
    )
    own_addresses: bool = Field(
        default=False, description="whether every attendee gave their own address, rather than the buyer's"
    )
    events_per_minute: EventsPerMinute = EVENTS_PER_MINUTE
    poll_minutes: int | None = Field(
        default=None, strict=True, ge=1, le=1440, description="minutes between polls; pretix and indico only"
    )

    def config(self) -> ConnectionConfig:
        values = {name: getattr(self, name) for name in ConnectionSpec.model_fields}
        return ConnectionConfig(**values | {"api_token": _clear(self.api_token), "secret": _clear(self.secret)})


class Rotation(BaseModel):
    """How a secret is to be changed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    grace_hours: float = Field(
        default=24, ge=0, le=24 * 90, description="how long the old secret stays valid alongside the new one"
    )
    secret: SecretText | None = Field(default=None, description="the new secret; if left out, one is generated")

    def new_secret(self) -> str | None:
        return _clear(self.secret)


class SecretView(BaseModel):
    """When a secret was created, and until when it is valid."""

    created_at: datetime
    expires_at: datetime | None


class ConnectionView(BaseModel):
    """A connection, without its secrets."""

    id: str
    version: int
    system: System
    conference_id: str
    api_url: str | None
    has_api_token: bool
    secrets: list[SecretView]
    options: dict[str, str]
    sessions: dict[str, str]
    own_addresses: bool
    events_per_minute: int
    poll_minutes: int | None
    disabled: bool
    created_at: datetime
    webhook_path: str | None = Field(description="where the system must send its webhooks")

    @classmethod
    def of(cls, connection: Connection) -> Self:
        same = ConnectionView.model_fields.keys() - {"has_api_token", "secrets", "webhook_path"}
        return cls(
            **{name: getattr(connection, name) for name in same},
            has_api_token=connection.api_token is not None,
            secrets=[SecretView(created_at=one.created_at, expires_at=one.expires_at) for one in connection.secrets],
            webhook_path=f"/webhooks/{connection.id}" if connection.secrets else None,
        )


class ChangedConnection(ConnectionView):
    """A connection, with its secret if that is new."""

    secret: str | None = Field(description="the new secret, shown only once; null if there is no new one")

    @classmethod
    def with_secret(cls, connection: Connection, secret: str | None) -> Self:
        return cls(**dict(ConnectionView.of(connection)), secret=secret)


class ConnectionList(BaseModel):
    """Connections, by their ids."""

    connections: list[ConnectionView]
