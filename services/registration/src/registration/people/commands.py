"""Commands that registration sends itself, in case its database is restored."""

from pydantic import Field

from shared.contract.events.fields import Id, Moment, Payload
from shared.contract.message_types import command


@command("registration.erase_again.v1")
class EraseAgain(Payload):
    """Erase this person, if the database was restored to before they were erased."""

    attendee_id: Id
    at: Moment = Field(description="when they were erased")
