"""Organizations of Google Summer of Code: do their own tags find their own projects? Nobody's judgement is needed."""

import gzip
import json
from pathlib import Path

from bench.quality.problem import Problem, declared, line, prose
from shared.contract.events.listings import ListingPublished
from shared.contract.events.registration import AttendeeProfiled


def organizations(file: Path) -> tuple[Problem, dict[str, set[str]]]:
    """Each organization as a person who declared its technologies and topics, all projects as texts without tags.

    Returns:
        The problem, and the projects of each organization.
    """
    with gzip.open(file) as content:
        named = json.load(content)["organizations"]
    people, listings = [], []
    own: dict[str, set[str]] = {}
    for number, organization in enumerate(named):
        id = f"organization-{number:03}"
        tags = declared([*organization["technologies"], *organization["topics"]])
        if not (tags and organization["projects"]):
            continue
        people.append(AttendeeProfiled(attendee_id=id, version=1, conference_ids=[], interests=tags, met=[]))
        own[id] = {f"{id}-{place:03}" for place in range(len(organization["projects"]))}
        for place, project in enumerate(organization["projects"]):
            listings.append(
                ListingPublished(
                    listing_id=f"{id}-{place:03}",
                    version=1,
                    organization_id=id,
                    organization="An organization",
                    title=line(project["title"]) or "A project",
                    description=prose(project["description"]) or None,
                    skills=[],
                    topics=[],
                    mentor_person_ids=[],
                    conference_ids=[],
                    seats=1,
                    deadline=None,
                    url=None,
                )
            )
    return Problem(people, listings, []), own
