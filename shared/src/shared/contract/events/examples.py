"""Examples of every event type: one with every field and, where it helps, one with only the required fields.

They are part of the contract: published with it, shown to publishers, and valid for ever.
"""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Example:
    """One event. ``key`` is the key of its record in Kafka."""

    id: str
    source: str
    time: str
    data: dict[str, Any]
    key: str
    name: str = "full"
    correlation_id: str = ""


ADA: Final = "3b0c7e1f9d2a4c58b6e07f1d8a92c345"
"""The id of a person: a keyed hash of the address, which reveals nothing."""

IDEA: Final = "7d1c2e90b3a84f56a0c9e8d71f2b6430"

MENTOR: Final = "c4d19a7750e84be2a1f36b0d27c8e9f1"

_ORGANIZER: Final = "5e8a1c904f7d4b63a2d60b9c13f7e842"

_ADA: Final = {
    "email": "ada@example.org",
    "account": "badge/0417",
    "name": "Ada Lindqvist",
    "locale": "sv",
    "time_zone": "Europe/Stockholm",
    "skills": ["Python", "technical writing"],
    "consent": {"matching": True, "mail": True, "sharing": False},
}
_EVIDENCE: Final = {"conference_id": "pyconf-2026", "session_id": "arrays-that-fly", "title": "Arrays that fly"}

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
    "listings.organization.changed.v1": (
        Example(
            "listings.organizations/observatory@1",
            "listings",
            "2026-05-20T14:00:00Z",
            {
                "organization_id": "observatory",
                "version": 1,
                "name": "Northern Observatory",
                "url": "https://observatory.example/",
                "conference_ids": ["pyconf-2026"],
                "approved": True,
                "staff": [{"person_id": MENTOR, "admin": True, "contact": True, "mentor": True, "away_until": "2026-12-31"}],
            },
            key="observatory",
            correlation_id="put-observatory",
        ),
        Example(
            "listings.organizations/planetarium@1",
            "listings",
            "2026-05-20T14:01:00Z",
            {
                "organization_id": "planetarium",
                "version": 1,
                "name": "City Planetarium",
                "url": "https://planetarium.example/",
                "conference_ids": [],
            },
            key="planetarium",
            name="minimal",
        ),
    ),
    "listings.listing.published.v1": (
        Example(
            "listings.listings/star-maps@4",
            "listings",
            "2026-07-01T07:30:00Z",
            {
                "listing_id": "star-maps",
                "version": 4,
                "organization_id": "observatory",
                "organization": "Northern Observatory",
                "title": "Faster star maps",
                "skills": ["Python", "NumPy"],
                "topics": ["performance"],
                "mentor_person_ids": [MENTOR],
                "conference_ids": ["pyconf-2026"],
                "seats": 2,
                "deadline": "2026-09-30T23:59:00Z",
                "url": "https://observatory.example/internships/star-maps",
                "description": "The catalogue has grown to two billion stars, and its maps take a night to draw.",
                "requirements": [{"term": "Python", "level": 3, "weight": 2}],
                "research": {"lab": "Survey Lab", "interests": ["photometry"], "equipment": ["Spectrograph"]},
                "disciplines": ["physical-sciences"],
                "crossing": True,
                "conditions": {
                    "starts": "2026-10-15",
                    "ends": "2027-01-31",
                    "hours_per_week": 20,
                    "country": "SE",
                    "place": "Kiruna",
                    "remote": True,
                    "work_permission": True,
                },
                "approved": True,
                "capacity": 3,
                "pay": {"amount": 1500, "currency": "EUR", "period": "month", "eligibility": "enrolled students only"},
                "answer_days": 14,
                "kind": "internship",
                "opens_at": "2026-07-01T08:00:00Z",
                "idea_author_id": ADA,
                "author_only_until": "2026-07-20T09:00:00Z",
            },
            key="star-maps",
            correlation_id="put-star-maps",
        ),
    ),
    "listings.listing.withdrawn.v1": (
        Example(
            "listings.listings/star-maps@5",
            "listings",
            "2026-09-30T23:59:02Z",
            {"listing_id": "star-maps", "version": 5, "reason": "expired", "capacity": 3},
            key="star-maps",
            correlation_id="deadline-star-maps",
        ),
    ),
    "listings.idea.changed.v1": (
        Example(
            f"listings.ideas/{IDEA}@3",
            "listings",
            "2026-07-20T08:15:00Z",
            {
                "idea_id": IDEA,
                "version": 3,
                "attendee_id": ADA,
                "state": "adopted",
                "title": "Faster star maps",
                "conference_ids": ["pyconf-2026"],
                "asked_by": ["planetarium"],
                "organization_id": "observatory",
                "listing_id": "idea-5f0c9ab1e27d4368",
                "expires_at": "2027-01-10T12:00:00Z",
                "declined": ["museum"],
            },
            key=IDEA,
            correlation_id="agree-star-maps",
        ),
    ),
    "listings.contact.changed.v1": (
        Example(
            f"listings.contacts/{MENTOR}@2",
            "listings",
            "2026-06-30T16:20:00Z",
            {
                "person_id": MENTOR,
                "version": 2,
                "email": "grace@observatory.example",
                "name": "Grace Okafor",
                "locale": "en-GB",
                "posts": [
                    {"organization_id": "observatory", "mentor": True, "contact": True},
                    {"organization_id": "planetarium", "mentor": True, "contact": False},
                ],
                "time_zone": "Europe/London",
            },
            key=MENTOR,
            correlation_id="put-grace",
        ),
        Example(
            f"listings.contacts/{MENTOR}@1",
            "listings",
            "2026-05-20T14:02:00Z",
            {
                "person_id": MENTOR,
                "version": 1,
                "email": "grace@observatory.example",
                "name": "Grace Okafor",
                "locale": None,
                "posts": [{"organization_id": "observatory", "mentor": True, "contact": False}],
            },
            key=MENTOR,
            name="minimal",
        ),
    ),
    "matching.recommendations.changed.v2": (
        Example(
            f"matching.recommendations/{ADA}@7",
            "matching",
            "2026-07-09T12:31:08Z",
            {
                "attendee_id": ADA,
                "version": 7,
                "matches": [
                    {
                        "listing_id": "star-maps",
                        "title": "Faster star maps",
                        "organization": "Northern Observatory",
                        "url": "https://observatory.example/internships/star-maps",
                        "score": 0.75,
                        "reasons": [
                            {
                                "kind": "skill",
                                "term": "Python",
                                "contribution": 0.75,
                                "conference_id": "pyconf-2026",
                                "session_id": "arrays-that-fly",
                                "session_title": "Arrays that fly",
                                "person_id": MENTOR,
                                "declared": True,
                            },
                        ],
                        "crowding": 0.1,
                    }
                ],
            },
            key=ADA,
            correlation_id="meeting-88",
        ),
        Example(
            f"matching.recommendations/{ADA}@8",
            "matching",
            "2026-07-09T12:40:02Z",
            {
                "attendee_id": ADA,
                "version": 8,
                "matches": [
                    {
                        "listing_id": "star-maps",
                        "title": "Faster star maps",
                        "organization": "Northern Observatory",
                        "url": None,
                        "score": 0.75,
                        "reasons": [
                            {"kind": "research", "term": "photometry", "contribution": 0.25, "declared": True},
                            {"kind": "met", "contribution": 0.25, "conference_id": "pyconf-2026", "person_id": MENTOR},
                            {"kind": "demand", "term": "Python", "contribution": 0.125},
                            {"kind": "discipline", "term": "physical-sciences", "contribution": 0.0625},
                            {"kind": "conference", "contribution": 0.0625, "conference_id": "pyconf-2026"},
                        ],
                    }
                ],
            },
            key=ADA,
            name="reasons of many kinds",
        ),
    ),
    "matching.round.changed.v1": (
        Example(
            "matching.rounds/autumn-2026@4",
            "matching",
            "2026-09-15T12:00:07Z",
            {
                "round_id": "autumn-2026",
                "version": 4,
                "name": "PyConf match day, autumn 2026",
                "state": "matched",
                "conference_id": "pyconf-2026",
                "listing_ids": ["star-maps"],
                "closes_at": "2026-09-15T12:00:00Z",
                "seed": "2026-09-15 lottery 7 19 23 41",
                "clean_up_of": "summer-2026",
                "attendees": 48,
                "matched": 31,
            },
            key="autumn-2026",
            correlation_id="lock-autumn-2026",
        ),
    ),
    "matching.ranking.changed.v1": (
        Example(
            f"matching.rankings/autumn-2026:{ADA}@2",
            "matching",
            "2026-09-12T18:05:44Z",
            {"round_id": "autumn-2026", "attendee_id": ADA, "version": 2, "listings": 3},
            key=f"autumn-2026:{ADA}",
            correlation_id="rank-ada",
        ),
    ),
    "matching.outcome.decided.v1": (
        Example(
            f"matching.outcomes/autumn-2026:{ADA}@1",
            "matching",
            "2026-09-15T13:00:00Z",
            {
                "round_id": "autumn-2026",
                "attendee_id": ADA,
                "version": 1,
                "listing_id": "star-maps",
                "choices": [
                    {"listing_id": "sky-survey", "result": "filled"},
                    {"listing_id": "star-maps", "result": "matched"},
                    {"listing_id": "solar-winds", "result": "not_needed"},
                ],
            },
            key=f"autumn-2026:{ADA}",
            correlation_id="publish-autumn-2026",
        ),
    ),
    "matching.application.changed.v1": (
        Example(
            "matching.applications/7f3a91c2@3",
            "matching",
            "2026-09-21T09:12:30Z",
            {
                "application_id": "7f3a91c2",
                "version": 3,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "state": "offered",
                "reason": "accepted_elsewhere",
                "attempt": 1,
                "answer_by": "2026-10-05T20:31:02Z",
                "slots": [
                    {
                        "starts": "2026-09-18T11:00:00Z",
                        "ends": "2026-09-18T11:45:00Z",
                        "place": "Survey Lab, Kiruna",
                        "url": "https://calls.example/star-maps",
                        "time_zone": "Europe/Stockholm",
                    }
                ],
                "changed_terms": ["dates"],
                "interview": {
                    "starts": "2026-09-18T11:00:00Z",
                    "ends": "2026-09-18T11:45:00Z",
                    "place": "Survey Lab, Kiruna",
                    "url": "https://calls.example/star-maps",
                    "time_zone": "Europe/Stockholm",
                },
                "offer": {"deadline": "2026-09-28T21:59:00Z", "starts": "2026-10-15", "ends": "2027-01-31"},
            },
            key="7f3a91c2",
            correlation_id="offer-7f3a91c2",
        ),
        Example(
            "matching.applications/7f3a91c2@1",
            "matching",
            "2026-09-14T20:31:02Z",
            {
                "application_id": "7f3a91c2",
                "version": 1,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "state": "submitted",
            },
            key="7f3a91c2",
            name="minimal",
        ),
    ),
    "matching.nomination.changed.v1": (
        Example(
            "matching.nominations/4be0c7d1@2",
            "matching",
            "2026-09-02T16:40:11Z",
            {
                "nomination_id": "4be0c7d1",
                "version": 2,
                "attendee_id": ADA,
                "listing_id": "open-source-leaders",
                "organization_id": "observatory",
                "mentor_person_id": MENTOR,
                "state": "agreed",
            },
            key="4be0c7d1",
            correlation_id="agree-4be0c7d1",
        ),
    ),
    "matching.invitation.sent.v1": (
        Example(
            "matching.invitations/9c1e07a4@1",
            "matching",
            "2026-08-14T10:05:00Z",
            {
                "invitation_id": "9c1e07a4",
                "version": 1,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "organization_id": "observatory",
            },
            key="9c1e07a4",
            correlation_id="invite-9c1e07a4",
        ),
    ),
    "matching.placement.made.v1": (
        Example(
            f"matching.placements/autumn-2026:{ADA}@1",
            "matching",
            "2026-09-15T13:00:00Z",
            {
                "placement_id": f"autumn-2026:{ADA}",
                "version": 1,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "round_id": "autumn-2026",
                "reverted_from": "sky-survey",
            },
            key=f"autumn-2026:{ADA}",
            correlation_id="publish-autumn-2026",
        ),
    ),
    "matching.placement.changed.v1": (
        Example(
            f"matching.placements/autumn-2026:{ADA}@2",
            "matching",
            "2026-10-15T07:00:00Z",
            {
                "placement_id": f"autumn-2026:{ADA}",
                "version": 2,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "application_id": "7f3a91c2",
                "state": "started",
                "starts": "2026-10-15",
                "ends": "2027-01-31",
                "mentor_person_ids": [MENTOR],
                "round_id": "autumn-2026",
                "reverted_from": "sky-survey",
                "hours_per_week": 20,
                "title": "Faster star maps",
                "organization_id": "observatory",
                "organization": "Northern Observatory",
                "end_reason": "agreed",
                "feedback": [{"moment": "middle", "side": "attendee", "due": "2026-12-08"}],
                "skills": [{"term": "photometry", "level": 3, "confirmed": True}],
                "remark": "Ada rewrote our tiling, and it holds.",
                "hire": {"role": "Data engineer", "starts": "2027-03-01", "said_by": "host"},
            },
            key=f"autumn-2026:{ADA}",
            correlation_id="start-autumn-2026",
        ),
        Example(
            f"matching.placements/autumn-2026:{ADA}@3",
            "matching",
            "2026-11-02T16:30:00Z",
            {
                "placement_id": f"autumn-2026:{ADA}",
                "version": 3,
                "attendee_id": ADA,
                "listing_id": "star-maps",
                "state": "ended",
                "mentor_person_ids": [],
            },
            key=f"autumn-2026:{ADA}",
            name="minimal",
        ),
    ),
    "matching.seats.changed.v1": (
        Example(
            "matching.seats/star-maps@7",
            "matching",
            "2026-09-21T09:12:30Z",
            {"listing_id": "star-maps", "version": 7, "placed": 1, "offered": 1, "moved": 1},
            key="star-maps",
            correlation_id="offer-7f3a91c2",
        ),
    ),
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
"""The examples of each type; the first one has every field."""
