"""What the notifications service publishes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared import text_patterns
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
    reason: Line | None = Field(default=None, description="why, in words, without any address")
    listing_ids: list[Id] = Field(
        default=[], max_length=100, description="of a digest of matches: the listings that it mentions for the first time"
    )


class SigningKeyPublished(Payload):
    """A key that signs sessions. Readers verify sessions with its public half. A key never changes."""

    key_id: Id = Field(description="the `kid` in the header of the tokens that it signs")
    version: Version
    x: Annotated[str, StringConstraints(pattern=text_patterns.ED25519)] = Field(
        description="the public key (Ed25519), as in a JWK (RFC 8037): 32 bytes in URL-safe Base64 without padding"
    )
    not_before: Moment = Field(description="when it starts to sign")
    ends_at: Moment = Field(description="when the last session that it signed has ended")


class SigningKeyRevoked(Payload):
    """A key that signs sessions may have leaked: all sessions that it signed have ended. This cannot be undone."""

    key_id: Id
    version: Version
    until: Moment = Field(description="when the last session that it signed would have ended by itself")


class SessionsEnded(Payload):
    """A session ended early, or all sessions of a person did. The record is erased once nobody needs it."""

    person_id: Id = Field(description="whose sessions; a session also has the other ids of a person who was merged")
    version: Version
    session_id: Id | None = Field(description="the only session that ended; null: all of the person's with a lower generation")
    generation: Annotated[int, Field(ge=0, le=2**53)] = Field(
        description="of the session; without a `session_id`, the person's sessions with a lower one have ended"
    )
    until: Moment = Field(description="when the sessions would have ended by themselves")
