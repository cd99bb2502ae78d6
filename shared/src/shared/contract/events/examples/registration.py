"""Examples of events of registration."""

from typing import Final

from shared.contract.events.examples.example import ADA, MENTOR, Example

_ORGANIZER: Final = "5e8a1c904f7d4b63a2d60b9c13f7e842"
_EVIDENCE: Final = {"conference_id": "pyconf-2026", "session_id": "arrays-that-fly", "title": "Arrays that fly"}

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "registration.conference.scheduled.v1": (
        Example(
            "registration.conferences/pyconf-2026@1",
            "registration",
            "2026-06-01T09:00:00Z",
            {
                "conference_id": "pyconf-2026",
                "version": 1,
                "name": "PyConf 2026",
                "starts": "2026-07-08",
                "ends": "2026-07-12",
                "sessions": [
                    {
                        "id": "arrays-that-fly",
                        "title": "Arrays that fly",
                        "topics": ["performance", "scientific computing"],
                        "skills": ["Python", "NumPy"],
                        "abstract": "Vectorised code reads like the formula, and runs at the speed of the memory.",
                        "url": "https://pyconf.example/2026/talk/arrays-that-fly/",
                        "starts": "2026-07-08T09:00:00Z",
                    }
                ],
                "organizers": [_ORGANIZER],
                "brand": {
                    "colour": "#7a1c14",
                    "logo": "/logos/73300871f44c168e7c949de2c750e60c2c9bb8ff530017c5a267234e9cb4db8e.png",
                    "sender": "PyConf",
                    "reply_to": "hello@pyconf.example",
                },
            },
            key="pyconf-2026",
            correlation_id="put-pyconf-2026",
        ),
    ),
    "registration.contact.changed.v1": (
        Example(
            f"registration.contacts/{ADA}@2",
            "registration",
            "2026-07-08T08:41:19Z",
            {
                "attendee_id": ADA,
                "version": 2,
                "email": "ada@example.org",
                "name": "Ada Lindqvist",
                "locale": "sv",
                "mail_consent": True,
                "time_zone": "Europe/Stockholm",
                "mail_consent_at": "2026-07-08T08:41:18Z",
                "merged_into": "9d2a4c58b6e07f1d8a92c3453b0c7e1f",  # nobody's contact has both: the example shows each field
            },
            key=ADA,
            correlation_id="door-7-20811",
        ),
        Example(
            f"registration.contacts/{ADA}@1",
            "registration",
            "2026-07-08T08:41:18Z",
            {
                "attendee_id": ADA,
                "version": 1,
                "email": "ada@example.org",
                "name": None,
                "locale": None,
                "mail_consent": False,
            },
            key=ADA,
            name="minimal",
        ),
    ),
    "registration.contact.erased.v1": (
        Example(
            f"registration.contacts/{ADA}@3",
            "registration",
            "2026-09-01T06:12:44Z",
            {"attendee_id": ADA, "version": 3},
            key=ADA,
            correlation_id="b0a4f7f1b7a04d0f9f0f5e1f4e8c2d11",
        ),
    ),
    "registration.attendee.profiled.v1": (
        Example(
            f"registration.profiles/{ADA}@3",
            "registration",
            "2026-07-09T12:31:07Z",
            {
                "attendee_id": ADA,
                "version": 3,
                "conference_ids": ["pyconf-2026"],
                "interests": [
                    {
                        "kind": "skill",
                        "term": "Python",
                        "declared": True,
                        "evidence": [_EVIDENCE],
                        "level": 4,
                        "placements": [{"placement_id": "autumn-2026:" + ADA, "level": 4}],
                    },
                ],
                "met": [{"person_id": MENTOR, "conference_id": "pyconf-2026"}],
                "sharing_consent": False,
                "host_consents": [{"organization_id": "observatory", "agreed": False, "at": "2026-07-10T18:00:00Z"}],
                "excluded_skills": ["Fortran"],
                "sessions": [{"conference_id": "pyconf-2026", "session_id": "arrays-that-fly"}],
                "discipline": "physical-sciences",
                "availability": {
                    "starts": "2026-10-01",
                    "ends": "2027-03-31",
                    "hours_per_week": 20,
                    "countries": ["SE", "NO"],
                    "remote": True,
                    "work_permission": ["SE", "NO", "DE"],
                },
                "merged_into": "9d2a4c58b6e07f1d8a92c3453b0c7e1f",  # nobody's profile has both: the example shows each field
            },
            key=ADA,
            correlation_id="meeting-88",
        ),
        Example(
            f"registration.profiles/{MENTOR}@1",
            "registration",
            "2026-07-09T12:44:12Z",
            {
                "attendee_id": MENTOR,
                "version": 1,
                "conference_ids": ["pyconf-2026"],
                "interests": [
                    {"kind": "skill", "term": "NumPy", "declared": True, "level": 5},
                    {"kind": "topic", "term": "performance", "evidence": [_EVIDENCE]},
                ],
                "met": [],
            },
            key=MENTOR,
            name="with little declared",
        ),
    ),
    "registration.turnout.counted.v1": (
        Example(
            "registration.turnout/pyconf-2026@12",
            "registration",
            "2026-07-05T18:03:00Z",
            {
                "conference_id": "pyconf-2026",
                "version": 12,
                "attended": 412,
                "consented": 268,
                "sessions": [{"session_id": "arrays-that-fly", "attended": 96}],
            },
            key="pyconf-2026",
            correlation_id="registration.turnout/pyconf-2026@12",
        ),
    ),
    "registration.key.changed.v1": (
        Example(
            "registration.keys/4Jq0ZbT7xVwK@2",
            "registration",
            "2026-07-10T16:20:00Z",
            {
                "key_id": "4Jq0ZbT7xVwK",
                "version": 2,
                "digest": "73300871f44c168e7c949de2c750e60c2c9bb8ff530017c5a267234e9cb4db8e",
                "scopes": ["attendance", "keys"],
                "conference_id": "pyconf-2026",
                "organization_id": "observatory",
                "expires_at": "2026-07-13T00:00:00Z",
                "revoked_at": "2026-07-10T16:20:00Z",
                "source": "https://badges.example.org/pyconf-2026",
            },
            key="4Jq0ZbT7xVwK",
            correlation_id="revoke-badges",
        ),
        Example(
            "registration.keys/9sD2mLcE5aYu@1",
            "registration",
            "2026-07-01T09:00:00Z",
            {
                "key_id": "9sD2mLcE5aYu",
                "version": 1,
                "digest": "63ae9d398142a7d84c49b73ba2f667c8d377ceb7832db69b1a416133562ea496",
                "scopes": ["organizations", "listings", "rankings"],
                "conference_id": None,
                "organization_id": None,
                "expires_at": None,
                "revoked_at": None,
            },
            key="9sD2mLcE5aYu",
            name="minimal",
        ),
    ),
}
