"""Examples of attendance events, which publishers send."""

from typing import Final

from shared.contract.events.examples.example import Example

_ADA: Final = {
    "email": "ada@example.org",
    "account": "badge/0417",
    "name": "Ada Lindqvist",
    "locale": "sv",
    "time_zone": "Europe/Stockholm",
    "skills": ["Python", "technical writing"],
    "consent": {"matching": True, "mail": True, "sharing": False},
}

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "attendance.checked_in.v1": (
        Example(
            "checkin-20811",
            "https://tickets.example.org/pyconf-2026",
            "2026-07-08T08:41:17Z",
            {
                "conference_id": "pyconf-2026",
                "attendee": _ADA | {"account": "ticket/9K3TQ"},
            },
            key="ada@example.org",
            correlation_id="door-7-20811",
        ),
        Example(
            "checkin-20812",
            "https://tickets.example.org/pyconf-2026",
            "2026-07-08T08:41:52Z",
            {"conference_id": "pyconf-2026", "attendee": {"account": "ticket/7FHX2"}},
            key="https://tickets.example.org/pyconf-2026/ticket/7FHX2",
            name="minimal, if the person's own address is unknown",
        ),
    ),
    "attendance.session_attended.v1": (
        Example(
            "scan-5177",
            "https://badges.example.org/pyconf-2026",
            "2026-07-08T10:04:30+02:00",
            {
                "conference_id": "pyconf-2026",
                "attendee": _ADA,
                "session_id": "arrays-that-fly",
            },
            key="ada@example.org",
            correlation_id="hall-2-5177",
        ),
        Example(
            "scan-5178",
            "https://badges.example.org/pyconf-2026",
            "2026-07-08T10:04:33+02:00",
            {"conference_id": "pyconf-2026", "attendee": {"email": "ada@example.org"}, "session_id": "arrays-that-fly"},
            key="ada@example.org",
            name="minimal",
        ),
    ),
    "attendance.person_met.v1": (
        Example(
            "meeting-88",
            "https://badges.example.org/pyconf-2026",
            "2026-07-09T12:31:05Z",
            {
                "conference_id": "pyconf-2026",
                "attendee": _ADA,
                "met": {
                    "email": "grace@observatory.example",
                    "account": "badge/0032",
                    "name": "Grace Okafor",
                    "locale": "en-GB",
                    "time_zone": "Europe/London",
                    "skills": ["NumPy"],
                    "consent": {"matching": False, "mail": False, "sharing": True},
                },
            },
            key="ada@example.org",
            correlation_id="meeting-88",
        ),
        Example(
            "meeting-89",
            "https://badges.example.org/pyconf-2026",
            "2026-07-09T12:40:00Z",
            {
                "conference_id": "pyconf-2026",
                "attendee": {"email": "ada@example.org"},
                "met": {"account": "badge/0032"},
            },
            key="ada@example.org",
            name="minimal",
        ),
    ),
    "attendance.left.v1": (
        Example(
            "scan-5321",
            "https://badges.example.org/pyconf-2026",
            "2026-07-08T10:47:12+02:00",
            {
                "conference_id": "pyconf-2026",
                "attendee": _ADA,
                "session_id": "arrays-that-fly",
            },
            key="ada@example.org",
            correlation_id="hall-2-5321",
        ),
        Example(
            "scan-6011",
            "https://badges.example.org/pyconf-2026",
            "2026-07-08T18:20:00+02:00",
            {"conference_id": "pyconf-2026", "attendee": {"email": "ada@example.org"}},
            key="ada@example.org",
            name="minimal",
        ),
    ),
    "attendance.reverted.v1": (
        Example(
            "scan-5177-undone",
            "https://badges.example.org/pyconf-2026",
            "2026-07-08T10:06:00+02:00",
            {"reverts": "scan-5177"},
            key="https://badges.example.org/pyconf-2026",
            correlation_id="hall-2-5177",
        ),
    ),
}
