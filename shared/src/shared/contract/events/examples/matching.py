"""Examples of events of matching."""

from typing import Final

from shared.contract.events.examples.example import ADA, MENTOR, Example

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
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
                "free_listing_ids": [],
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
}
