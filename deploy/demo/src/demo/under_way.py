"""What is under way when the demo ends, so that whoever looks around afterwards finds something to do.

People apply for internships of the next term, and a match day is planned. Nothing of that is in the numbers that the demo prints.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from demo import data
from demo.clock import Clock
from demo.desk import Desk
from demo.outcome import Outcome
from demo.season import Season
from demo.terms import of_next_term

APPLICATIONS: Final = 12
ORGANIZER: Final = "organizer@example.org"


@dataclass(frozen=True)
class SomebodyToBe:
    """A person of the demo as whom one can sign in. `who` says what they are, and what waits for them."""

    email: str
    who: str


async def begin(desk: Desk, clock: Clock, outcomes: Sequence[Outcome]) -> list[SomebodyToBe]:
    """Make it so, and return who has something to do now. Raises `SetupError` if a service refuses what should be possible."""
    season = Season(desk, clock, skills={}, capacities={})
    await season.apply(list(wishes(outcomes)))
    examples = await season.leave_open()
    conference, listing_ids = data.conference()["id"], [each["id"] for each in data.internships()["listings"]]
    match_day = {
        "name": "Match day of the next term",
        "conference_id": conference,
        "listing_ids": [id for id in listing_ids if of_next_term(id)],
        "seed": "the next term",
    }
    await desk.put("matching", "/rounds/next-term", match_day)
    organizers = {"organizers": [{"email": ORGANIZER, "name": "An organizer"}]}
    await desk.put("registration", f"/conferences/{conference}/organizers", organizers)
    applicant, invited = examples["submitted"], examples["interview"]
    host = next(each for each in data.internships()["organizations"] if each["id"] == applicant.organization_id)
    return [
        SomebodyToBe(examples["offered"].email, "an attendee with an offer to answer"),
        SomebodyToBe(invited.email, "an attendee with an interview to pick a time for"),
        SomebodyToBe(host["mentors"][0]["email"], f"who answers applications at {host['name']}"),
        SomebodyToBe(ORGANIZER, "an organizer of the conference, with a match day to open"),
    ]


def wishes(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, list[str]]]:
    """Who applies for which listing of the next term: their best match, each listing once."""
    wanted: set[str] = set()
    for outcome in sorted(outcomes, key=lambda one: one.attendee.person.email):
        of_term = [match["listing_id"] for match in outcome.matches if of_next_term(match["listing_id"])]
        if of_term and of_term[0] not in wanted and len(wanted) < APPLICATIONS:
            wanted.add(of_term[0])
            yield outcome, of_term[:1]
