"""A mentor nominates somebody whom they met at the conference, for a leadership programme of their organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from demo import choices, data
from demo.attendees import Event
from demo.desk import Desk
from demo.outcome import Outcome
from demo.terms import with_terms

PROGRAMME = "stewards"


@dataclass(frozen=True)
class Nominee:
    """Who is nominated, by which mentor of which organization."""

    outcome: Outcome
    mentor: dict[str, Any]
    organization: dict[str, Any]

    @property
    def name(self) -> str:
        return self.outcome.attendee.person.name


def choose(outcomes: Sequence[Outcome], events: Sequence[Event], author: Outcome) -> Nominee:
    """The first attendee, by address, who met a mentor of a host that answers; not the author of the idea."""
    met = {(event["data"]["attendee"]["email"], event["data"]["met"]["email"]) for event in events if "met" in event["data"]}
    hosts = [each for each in data.internships()["organizations"] if choices.answers(each["id"])]
    found = [
        Nominee(outcome, mentor, organization)
        for outcome in outcomes
        for organization in hosts
        for mentor in organization["mentors"]
        if outcome is not author and outcome.matches and (outcome.attendee.person.email, mentor["email"]) in met
    ]
    return min(found, key=lambda each: (each.outcome.attendee.person.email, each.organization["id"], each.mentor["id"]))


def programme(organization: dict[str, Any], begins: date) -> dict[str, Any]:
    """The leadership programme of this organization. It is invented."""
    details = {
        "id": PROGRAMME,
        "organization_id": organization["id"],
        "kind": "leadership",
        "title": "Stewards of open astronomy",
        "description": "Lead a working group for a summer. (An invented programme.)",
        "skills": ["Python"],
        "mentor_ids": [organization["mentors"][0]["id"]],
        "conditions": {"remote": True},
        "conference_ids": [data.conference()["id"]],
        "capacity": 1,
    }
    return with_terms(details, begins)


async def nominate(desk: Desk, nominee: Nominee) -> None:
    """The mentor nominates, and the nominee agrees. Matching must know the programme."""
    host = nominee.organization["id"]
    mentor = await desk.get("listings", f"/organizations/{host}/mentors/{nominee.mentor['id']}")
    wish = {
        "listing_id": PROGRAMME,
        "attendee_id": nominee.outcome.attendee_id,
        "organization_id": host,
        "mentor_person_id": mentor["person_id"],
        "note": "We talked at the conference. (A generated note.)",
    }
    nomination = await desk.post("matching", "/nominations", wish)
    await desk.command("matching", f"/nominations/{nomination['id']}/agree", nomination["version"])
