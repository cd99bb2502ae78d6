"""Sets up the demo over HTTP: the schedule, organizations, their people and listings, and attendees' profiles."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from demo import data
from demo.attendees import Attendee
from demo.desk import Desk, Json, each
from demo.terms import FIRST_DAY, NEXT_FIRST_DAY, of_next_term, with_terms


async def prepare(desk: Desk, today: date) -> None:
    """Create the conference in registration and the internships in listings, and publish these.

    `today`, by the clock of the services, decides when the internships begin. Raises `SetupError`.
    """
    conference, internships = data.conference(), data.internships()
    await desk.put("registration", f"/conferences/{conference['id']}", _without(conference, "id"))

    async def put_organization(organization: Json) -> None:
        path = f"/organizations/{organization['id']}"
        await desk.put("listings", path, _without(organization, "id", "mentors"))
        for number, mentor in enumerate(organization["mentors"]):
            # The first one runs the organization, and answers its applications.
            details = _without(mentor, "id") | {"contact": number == 0, "admin": number == 0}
            await desk.put("listings", f"{path}/mentors/{mentor['id']}", details)

    async def put_listing(listing: Json) -> None:
        first_day = NEXT_FIRST_DAY if of_next_term(listing["id"]) else FIRST_DAY
        await publish_listing(desk, with_terms(listing, today, first_day=first_day))

    await each(internships["organizations"], put_organization)
    await each(internships["listings"], put_listing)


async def publish_listing(desk: Desk, listing: Json) -> Json:
    """Create this listing and publish it. Returns it as listings has it. Raises `SetupError`."""
    path = f"/listings/{listing['id']}"
    await desk.put("listings", path, _without(listing, "id"))
    return await desk.post("listings", f"{path}/publish")


async def declare(desk: Desk, attendees: Sequence[Attendee]) -> None:
    """Fill in the profiles of some attendees, as soon as registration knows them. Raises `SetupError`."""

    for attendee in attendees:
        if attendee.declared:  # one after the other: all at once would ask for those who are not known yet again and again
            known = await desk.get_once_known("registration", "/attendees", email=attendee.person.email)
            await desk.put("registration", f"/attendees/{known['id']}/profile", dict(attendee.declared))


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
