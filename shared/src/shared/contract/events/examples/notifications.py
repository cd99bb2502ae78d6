"""Examples of events of notifications."""

from typing import Final

from shared.contract.events.examples.example import ADA, Example

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "notifications.delivery.changed.v1": (
        Example(
            "notifications.deliveries/k7m2q9x4t1@2",
            "notifications",
            "2026-09-21T09:12:34Z",
            {
                "message_id": "k7m2q9x4t1",
                "version": 2,
                "kind": "offer",
                "person_id": ADA,
                "cause": "matching.applications/7f3a91c2@3",
                "about": "application/7f3a91c2",
                "state": "bounced",
                "at": "2026-09-21T09:12:33Z",
                "reason": "5.1.1: there is no such mailbox",
                "listing_ids": [],
            },
            key="k7m2q9x4t1",
            correlation_id="offer-7f3a91c2",
        ),
        Example(
            "notifications.deliveries/k7m2q9x4t1@1",
            "notifications",
            "2026-09-21T09:12:32Z",
            {
                "message_id": "k7m2q9x4t1",
                "version": 1,
                "kind": "offer",
                "person_id": ADA,
                "cause": "matching.applications/7f3a91c2@3",
                "state": "sent",
                "at": "2026-09-21T09:12:31Z",
            },
            key="k7m2q9x4t1",
            name="minimal",
        ),
    ),
    "notifications.signing_key.published.v1": (
        Example(
            "notifications.signing_keys/9f86d081884c7d659a2feaa0c55ad015@1",
            "notifications",
            "2026-06-30T09:00:00Z",
            {
                "key_id": "9f86d081884c7d659a2feaa0c55ad015",
                "version": 1,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "not_before": "2026-07-01T09:00:00Z",
                "ends_at": "2026-08-07T09:15:00Z",
            },
            key="9f86d081884c7d659a2feaa0c55ad015",
            correlation_id="rotate-2026-07",
        ),
    ),
    "notifications.signing_key.revoked.v1": (
        Example(
            "notifications.signing_keys/9f86d081884c7d659a2feaa0c55ad015@2",
            "notifications",
            "2026-07-12T10:30:00Z",
            {"key_id": "9f86d081884c7d659a2feaa0c55ad015", "version": 2, "until": "2026-08-07T09:45:00Z"},
            key="9f86d081884c7d659a2feaa0c55ad015",
            correlation_id="revoke-1",
        ),
    ),
    "notifications.sessions.ended.v1": (
        Example(
            "notifications.sessions/session/60303ae22b998861bce3b28f33eec1be@1",
            "notifications",
            "2026-07-10T16:20:00Z",
            {
                "person_id": ADA,
                "version": 1,
                "session_id": "60303ae22b998861bce3b28f33eec1be",
                "generation": 0,
                "until": "2026-07-15T09:02:11Z",
            },
            key="session/60303ae22b998861bce3b28f33eec1be",
            name="full: one session",
            correlation_id="sign-out-1",
        ),
        Example(
            f"notifications.sessions/person/{ADA}@2",
            "notifications",
            "2026-07-11T08:00:00Z",
            {
                "person_id": ADA,
                "version": 2,
                "session_id": None,
                "generation": 1783756800000,
                "until": "2026-07-18T08:30:00Z",
            },
            key=f"person/{ADA}",
            name="minimal: all sessions of a person",
        ),
    ),
}
