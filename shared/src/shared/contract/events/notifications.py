"""What the notifications service publishes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contract.events.fields import Id, Line, Moment, Payload, Version


class DeliveryChanged(Payload):
    """What became of a message: it was sent, will not be sent, or came back. It names nobody but by an id."""

    message_id: Id = Field(description="an opaque token, unique; it is in the message's `Message-ID`")
    version: Version
    kind: Id = Field(description="what it tells, such as `offer` or `matches`")
    person_id: Id = Field(description="to whom: an attendee, or one of a host's people")
    cause: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="the `id` of the event that caused it"
    )
    about: Line | None = Field(default=None, description="what it is about, such as `application/7f3a`")
    state: Id = Field(
        description="one of `sent`, `failed`, `suppressed` (the address takes none), `expired` (it was worth sending no more), "
        "`unknown` (the server did not say), `cancelled`, `bounced`, `complained`; there may come more"
    )
    at: Moment = Field(description="since when that is so")
    reason: Line | None = Field(default=None, description="why, in words; never with an address in it")
