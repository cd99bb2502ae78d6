"""What each service stores, by collection: where a person's export has it, or why it has not.

A new collection belongs into one of the two, and one with data about people also into what an erasure deletes.
"""

from typing import Final

EXPORTED: Final[dict[str, dict[str, str]]] = {
    "registration": {
        "attendees": "known_by",
        "attendance": "known_by",
        "deliveries": "webhooks",
        "handles": "handles",
        "keys": "keys",
        "objects": "observations",
        "pending": "waiting",
        "placements": "placements",
        "rejections": "rejected",
    },
    "matching": {
        "applications": "applications",
        "candidates": "recommendations",
        "hidden_listings": "hidden_listings",
        "invitations": "invitations",
        "nominations": "nominations",
        "openings": "previewed_listings",
        "placements": "placements",
        "roles": "roles",
        "round_pages": "match_days",
        "round_partnerships": "partnerships",
        "round_rankings": "rankings",
        "unsent_letters": "unsent_letters",
    },
    "listings": {"ideas": "ideas", "mentors": "posts"},
    "notifications": {
        "contacts": "contacts",
        "messages": "mails",
        "passkeys": "passkeys",
        "sessions": "sessions",
        "suppressions": "bounces",
    },
}
"""The field of the export that has what a collection stores about the person."""

_NOBODY: Final = "it is about nobody"
_COPY: Final = "a copy of what another service exports"
_HOSTS: Final = "what hosts wrote in confidence"
_SHORT: Final = "it is deleted within minutes"

LEFT_OUT: Final[dict[str, dict[str, str]]] = {
    "shared": {
        "api_keys": "keys of programs",
        "audit": "ids alone, kept to find misuse; operators read it by person (`GET /audit`)",
        "ended_sessions": "which sessions hold no more, without whose they were",
        "erasures": "who was erased",
        "instances": _NOBODY,
        "leases": _NOBODY,
        "outbox": "events on their way, about what is stored elsewhere",
        "probes": _NOBODY,
        "republishing": _NOBODY,
        "schema": _NOBODY,
        "session_keys": _NOBODY,
        "signing_keys": _NOBODY,
    },
    "registration": {
        "announced": _NOBODY,
        "conferences": "organizers are in `known_by`",
        "connections": _NOBODY,
        "encounters": "the same facts as in `attendance`, from the side of whoever was met",
        "hosts": _NOBODY,
        "identities": "merges: `known_by` has all attendees of the person",
        "key_sources": _NOBODY,
        "keyring": _NOBODY,
        "leases": _NOBODY,
        "logos": _NOBODY,
        "progress": _NOBODY,
        "requests": "hashes alone",
        "schedule_imports": "what was said of a conference's last schedule file",
        "status_lists": "which credentials are revoked; `placements` has the credentials",
        "turnout": "counts",
        "upload_chunks": _SHORT,
        "upload_faults": "rows that made no event, by their numbers",
        "uploads": "files of organizers",
    },
    "matching": {
        "candidate_counts": "counts",
        "commitments": "counts changes; `placements` has them",
        "conferences": _NOBODY,
        "host_answers": "counts",
        "insights": "counts",
        "leases": _NOBODY,
        "listings": "what hosts published",
        "migrations": _NOBODY,
        "pending_commands": "answers that hosts can still undo",
        "revisions": _NOBODY,
        "round_entries": _HOSTS,
        "round_host_rankings": _HOSTS,
        "round_limits": _HOSTS,
        "round_listings": _NOBODY,
        "rounds": _NOBODY,
        "seats": "which of the exported placements and offers have a seat",
        "turnout": "counts",
    },
    "listings": {
        "authors": _COPY,
        "conferences": _NOBODY,
        "listings": "what hosts published; `ideas` says which were the person's",
        "organizations": "posts are in `posts`",
        "staff": "as published, of `posts`",
    },
    "notifications": {
        "applications": _COPY,
        "attendances": _COPY,
        "bodies": "the texts of mails: their links sign in, and the person has them",
        "brands": _NOBODY,
        "ideas": _COPY,
        "listings": "what hosts published",
        "operators": "who operates the site, from its settings",
        "organizations": _COPY,
        "passkey_challenges": _SHORT,
        "progress": _COPY,
        "rankings": _COPY,
        "rounds": _NOBODY,
        "scheduled_mails": "mails that are not written yet, about what other services export",
        "sign_in_counts": _SHORT,
        "sign_in_requests": _SHORT,
    },
}
"""Why the export leaves a collection out. ``shared``: those that each service has."""
