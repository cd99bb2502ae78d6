"""What the notifications service publishes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contract.events.fields import Id, Line, Moment, Payload, Version


class DeliveryChanged(Payload):
    """What became of a message: it was sent, will not be sent, or bounced. It names people only by their ids."""

    message_id: Id = Field(description="an opaque, unique token, which is also in the message's `Message-ID`")
    version: Version
    kind: Id = Field(description="the mail kind, such as `offer` or `matches`")
    person_id: Id = Field(description="the recipient: an attendee, or somebody on a host's staff")
    cause: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="the `id` of the event that caused it"
    )
    about: Line | None = Field(default=None, description="what the message is about, such as `application/7f3a`")
    state: Id = Field(
        description="one of `sent`, `failed`, `suppressed` (the recipient takes none), `expired` (no longer worth sending), "
        "`unknown` (the server did not say), `cancelled`, `bounced`, `complained`; more may be added"
    )
    at: Moment = Field(description="when the message entered this state")
    reason: Line | None = Field(default=None, description="why, in words, and without any address")
