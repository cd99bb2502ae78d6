"""All topics as data. How they are created, documented and protected is derived from this table."""

from dataclasses import dataclass
from typing import Final

HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
BACKUP_DAYS: Final = 35
"""How old a restored backup may be: that is how long topics remember erasures."""

MAX_RECORD_BYTES: Final = 8 * 1024 * 1024
"""The largest record of a topic. A valid event is smaller, so that one that is too large can be rejected with a reason."""

MAX_DEAD_LETTER_BYTES: Final = 2 * MAX_RECORD_BYTES
"""The largest dead letter: it has the largest record, and the reason."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: who publishes it, who reads it, and how long it keeps its records.

    A ``compacted`` topic keeps the newest record of each key; a record without a value erases its key. With a ``retention_ms``,
    records are deleted after that time.
    """

    name: str
    publisher: str
    readers: tuple[str, ...]
    types: tuple[str, ...]
    retention_ms: int | None
    description: str
    partitions: int = 6
    personal_data: bool = False
    max_bytes: int = MAX_RECORD_BYTES
    compacted: bool = False
    compression: str = "producer"
    """The codec by which the broker stores records; ``producer``: as it received them."""

    @property
    def internal(self) -> bool:
        """Whether only its publisher reads it. Then its messages are commands to itself, and not part of the contract."""
        return self.readers == (self.publisher,)

    @property
    def config(self) -> dict[str, str]:
        """The topic's configuration on the broker."""
        policies = {"compact": self.compacted, "delete": self.retention_ms is not None}
        config = {
            "cleanup.policy": ",".join(policy for policy, applies in policies.items() if applies),
            "max.message.bytes": str(self.max_bytes),
            "compression.type": self.compression,
        }
        if self.retention_ms is not None:
            config["retention.ms"] = str(self.retention_ms)
        if self.compacted:  # a reader whose database was restored learns what was erased since
            config["delete.retention.ms"] = str(BACKUP_DAYS * DAY_MS)
        if self.compacted and self.personal_data:
            # Erased records leave the broker's disks within hours. Only closed segments are compacted.
            config |= {"segment.ms": str(HOUR_MS), "max.compaction.lag.ms": str(HOUR_MS), "min.cleanable.dirty.ratio": "0.1"}
        return config


ATTENDANCE_INBOUND = Topic(
    "attendance.inbound",
    publisher="other systems",
    readers=("registration",),
    types=(
        "attendance.checked_in.v1",
        "attendance.session_attended.v1",
        "attendance.person_met.v1",
        "attendance.left.v1",
        "attendance.reverted.v1",
    ),
    retention_ms=7 * DAY_MS,
    personal_data=True,
    description="Who came and left, which sessions they attended and whom they met. Key: any, preferably the attendee's address.",
)
CONFERENCES = Topic(
    "registration.conferences",
    publisher="registration",
    readers=("listings", "matching", "notifications"),
    types=("registration.conference.scheduled.v1",),
    retention_ms=None,
    compacted=True,
    description="Conferences with their sessions and their brand. Key: conference id.",
)
CONTACTS = Topic(
    "registration.contacts",
    publisher="registration",
    readers=("notifications",),
    types=("registration.contact.changed.v1", "registration.contact.erased.v1"),
    retention_ms=None,
    compacted=True,
    personal_data=True,
    description="How to reach an attendee, and whether that is allowed. Key: attendee id.",
)
PROFILES = Topic(
    "registration.profiles",
    publisher="registration",
    readers=("listings", "matching", "notifications"),
    types=("registration.attendee.profiled.v1",),
    retention_ms=None,
    compacted=True,
    description="What an attendee knows, which sessions they attended and whom they met. Key: attendee id.",
)
TURNOUT = Topic(
    "registration.turnout",
    publisher="registration",
    readers=("matching",),
    types=("registration.turnout.counted.v1",),
    retention_ms=None,
    compacted=True,
    partitions=1,
    description="How many people came to each conference, without saying who. Key: conference id.",
)
KEYS = Topic(
    "registration.keys",
    publisher="registration",
    readers=("listings", "matching", "notifications"),
    types=("registration.key.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="API keys: what each may do, and the hash of its secret. Key: the API key's id.",
)
ERASURES = Topic(
    "registration.erasures",
    publisher="registration",
    readers=("registration",),
    types=("registration.erase_again.v1",),
    retention_ms=BACKUP_DAYS * DAY_MS,
    partitions=1,
    description="Who was erased, for registration itself: if its database is restored, they are erased again. Key: attendee id.",
)
ORGANIZATIONS = Topic(
    "listings.organizations",
    publisher="listings",
    readers=("registration", "matching", "notifications"),
    types=("listings.organization.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Host organizations, and who is on their staff. Key: organization id.",
)
LISTINGS = Topic(
    "listings.listings",
    publisher="listings",
    readers=("matching", "notifications"),
    types=("listings.listing.published.v1", "listings.listing.withdrawn.v1"),
    retention_ms=None,
    compacted=True,
    description="Listings that opened, changed or closed. Key: listing id.",
)
IDEAS = Topic(
    "listings.ideas",
    publisher="listings",
    readers=("notifications",),
    types=("listings.idea.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Attendees' ideas for projects, from proposal to adoption. Key: idea id.",
)
STAFF = Topic(
    "listings.contacts",
    publisher="listings",
    readers=("notifications",),
    types=("listings.contact.changed.v1",),
    retention_ms=None,
    compacted=True,
    personal_data=True,
    description="How to reach the staff of host organizations. Key: person id.",
)
RECOMMENDATIONS = Topic(
    "matching.recommendations",
    publisher="matching",
    readers=("notifications",),
    types=("matching.recommendations.changed.v2",),
    retention_ms=None,
    compacted=True,
    description="Each attendee's best matches. Key: attendee id.",
)
RESCORING = Topic(
    "matching.rescoring",
    publisher="matching",
    readers=("matching",),
    types=("matching.rescore_listing.v1", "matching.rescore_conference.v1", "matching.rescore_candidate.v1"),
    retention_ms=7 * DAY_MS,
    partitions=PROFILES.partitions,
    description="Matching's commands to its own shards: a listing, a schedule or an attendee's commitments have changed. "
    "Partition: the shard.",
)
ROUNDS = Topic(
    "matching.rounds",
    publisher="matching",
    readers=("notifications",),
    types=("matching.round.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Match-day rounds, from draft to published. Key: round id.",
)
OUTCOMES = Topic(
    "matching.outcomes",
    publisher="matching",
    readers=("notifications",),
    types=("matching.outcome.decided.v1",),
    retention_ms=None,
    compacted=True,
    description="Each attendee's result of a match-day round, and of each choice. Key: round id and attendee id.",
)
PLACEMENTS = Topic(
    "matching.placements",
    publisher="matching",
    readers=("registration", "notifications"),
    types=("matching.placement.made.v1", "matching.placement.changed.v1"),
    retention_ms=None,
    compacted=True,
    description="Placements of attendees in seats, from assignment to end. Key: placement id.",
)
SEATS = Topic(
    "matching.seats",
    publisher="matching",
    readers=("listings",),
    types=("matching.seats.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="How many of each listing's seats are promised or taken. Key: listing id.",
)
RANKINGS = Topic(
    "matching.rankings",
    publisher="matching",
    readers=("notifications",),
    types=("matching.ranking.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Which attendees ranked listings in a match-day round. Key: round id and attendee id.",
)
APPLICATIONS = Topic(
    "matching.applications",
    publisher="matching",
    readers=("notifications",),
    types=("matching.application.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Applications, from submission to decision. Key: application id.",
)
NOMINATIONS = Topic(
    "matching.nominations",
    publisher="matching",
    readers=("notifications",),
    types=("matching.nomination.changed.v1",),
    retention_ms=None,
    compacted=True,
    description="Nominations for leadership programmes. Key: nomination id.",
)
INVITATIONS = Topic(
    "matching.invitations",
    publisher="matching",
    readers=("notifications",),
    types=("matching.invitation.sent.v1",),
    retention_ms=None,
    compacted=True,
    description="Invitations to apply, from hosts to attendees whose names they do not know. Key: invitation id.",
)
DELIVERIES = Topic(
    "notifications.deliveries",
    publisher="notifications",
    readers=(),
    types=("notifications.delivery.changed.v1",),
    retention_ms=30 * DAY_MS,
    description="The outcome of each message. Key: message id.",
)
SIGNING_KEYS = Topic(
    "notifications.signing_keys",
    publisher="notifications",
    readers=("registration", "listings", "matching"),
    types=("notifications.signing_key.published.v1", "notifications.signing_key.revoked.v1"),
    retention_ms=None,
    compacted=True,
    partitions=1,
    description="The public keys that verify people's sessions. Key: the signing key's id.",
)
SESSIONS = Topic(
    "notifications.sessions",
    publisher="notifications",
    readers=("registration", "listings", "matching"),
    types=("notifications.sessions.ended.v1",),
    retention_ms=None,
    compacted=True,
    description="Sessions that ended early. Key: `session/` and its id; for all sessions of a person, `person/` and their id.",
)


def dead_letters(service: str) -> Topic:
    """The topic of the records that a service could not apply: unchanged, with the reason in their headers."""
    return Topic(
        f"{service}.dead-letters",
        publisher=service,
        readers=("operators",),
        types=(),
        retention_ms=30 * DAY_MS,
        compacted=True,
        partitions=1,
        max_bytes=MAX_DEAD_LETTER_BYTES,
        compression="zstd",
        personal_data=service in ("registration", "notifications"),
        description=f"Records that {service} could not apply: unchanged, with the reason in headers `dl_*`. Key: their origin.",
    )


SERVICES: Final = ("registration", "listings", "matching", "notifications")

TOPICS: Final[tuple[Topic, ...]] = (
    ATTENDANCE_INBOUND,
    CONFERENCES,
    CONTACTS,
    PROFILES,
    TURNOUT,
    KEYS,
    ERASURES,
    ORGANIZATIONS,
    LISTINGS,
    IDEAS,
    STAFF,
    RECOMMENDATIONS,
    RESCORING,
    ROUNDS,
    OUTCOMES,
    PLACEMENTS,
    SEATS,
    RANKINGS,
    APPLICATIONS,
    NOMINATIONS,
    INVITATIONS,
    DELIVERIES,
    SIGNING_KEYS,
    SESSIONS,
    *(dead_letters(service) for service in SERVICES),
)
"""All topics."""


def topics_of(service: str) -> tuple[Topic, ...]:
    """The topics that a service publishes or reads. It needs all of them on the broker."""
    return tuple(topic for topic in TOPICS if service == topic.publisher or service in topic.readers)
