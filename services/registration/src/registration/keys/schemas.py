"""API keys as operators specify and see them, over HTTP and on the command line."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from registration.keys.domain import Key
from registration.rate_limits import EventsPerMinute
from shared.contract.events.fields import Id, Moment, PlainLine
from shared.web.access.scopes import SCOPES, Scope


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not contain control characters or line breaks")
    return text


Source = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_printable)]


class KeySpec(BaseModel):
    """What a key allows. Anything left out is limited only by the issuing key."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine = Field(description="whose it is, or what it is for")
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    conference_id: Id | None = Field(
        default=None, description="the only conference it is for; needs a `source` for registration's scopes"
    )
    organization_id: Id | None = Field(default=None, description="the only organization it is for")
    source: Source | None = Field(default=None, description="the only `source` of events that it may publish")
    attendee_id: Id | None = Field(default=None, description="the person whose data it gives access to; only with the scope `me`")
    events_per_minute: EventsPerMinute | None = None
    expires_at: Moment | None = None


class KeyView(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    conference_id: str | None
    organization_id: str | None
    source: str | None
    attendee_id: str | None
    events_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="to within a minute")

    @classmethod
    def of(cls, key: Key) -> Self:
        values = {name: getattr(key, name) for name in KeyView.model_fields}
        return cls(**values | {"scopes": sorted(key.scopes)})


class IssuedKey(KeyView):
    """A new key."""

    key: str = Field(description="the key itself: shown only once, and stored nowhere")

    @classmethod
    def with_text(cls, key: Key, text: str) -> Self:
        return cls(**dict(KeyView.of(key)), key=text)


class KeyList(BaseModel):
    """A page of keys, by their ids."""

    keys: list[KeyView]
    next: str | None = Field(description="the `after` of the next page; null on the last one")
