"""The demo's nomination: of somebody whom the mentor met, and for a programme that listings takes."""

from datetime import date

from demo import choices, data
from demo.attendees import attendance
from demo.nomination import choose, programme
from demo.outcome import Outcome
from listings.listings.domain.details import ListingDetails

SEEN = attendance()
OUTCOMES = [
    Outcome(attendee, [{"listing_id": "any"}], 0, 0, f"id of {attendee.person.email}")
    for attendee in sorted(SEEN.attendees, key=lambda attendee: attendee.person.email)
]


def test_the_nominee_met_the_mentor_whose_organization_answers_applications() -> None:
    nominee = choose(OUTCOMES, SEEN.events, OUTCOMES[0])
    met = {(event["data"]["attendee"]["email"], event["data"]["met"]["email"]) for event in SEEN.events if "met" in event["data"]}
    assert (nominee.outcome.attendee.person.email, nominee.mentor["email"]) in met
    assert nominee.mentor in nominee.organization["mentors"]
    assert choices.answers(nominee.organization["id"])


def test_the_author_of_the_idea_is_not_the_nominee() -> None:
    first = choose(OUTCOMES, SEEN.events, OUTCOMES[0]).outcome
    assert choose(OUTCOMES, SEEN.events, first).outcome is not first


def test_the_programme_is_one_that_the_service_takes() -> None:
    for organization in data.internships()["organizations"]:
        if organization["mentors"]:
            details = programme(organization, date(2026, 8, 1))
            made = ListingDetails.model_validate({name: value for name, value in details.items() if name != "id"})
            assert made.kind == "leadership"
