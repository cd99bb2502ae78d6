"""Commands that matching sends to its own shards of candidates on the topic ``matching.rescoring``.

A shard is a partition. The topic has as many partitions as the profiles' topic, so the instance that holds a shard's candidates
gets the shard's profiles and commands, one after the other.
"""

from pydantic import Field

from shared.contract.events.fields import Id, Payload, Version
from shared.contract.message_types import command


@command("matching.rescore_listing.v1")
class RescoreListing(Payload):
    """Refresh the recommendations that a listing enters or leaves: it opened, changed or closed."""

    listing_id: Id
    version: Version
    after: Id | None = Field(default=None, description="continue after this candidate: those before are done")


@command("matching.rescore_conference.v1")
class RescoreConference(Payload):
    """Refresh the recommendations of a conference's attendees: its sessions changed."""

    conference_id: Id
    version: Version
    after: Id | None = Field(default=None, description="continue after this candidate: those before are done")


@command("matching.rescore_candidate.v1")
class RescoreCandidate(Payload):
    """Refresh one attendee's recommendations: their applications or placements changed."""

    attendee_id: Id
