"""What happens after the conference, from applications to a hire: the steps, the days between them, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from demo import choices, credential, data, funnel, ideas, nomination, report, under_way
from demo.attendees import Event
from demo.credential import NotValid
from demo.desk import Desk, Json
from demo.outcome import Outcome
from demo.prepare import publish_listing
from demo.season import Season
from demo.terms import FIRST_DAY, LAST_DAY, of_next_term
from demo.timeline import Timeline

NEXT_DAY: Final = timedelta(days=1)
OFFERS: Final = timedelta(days=7)
MIDDLE: Final = FIRST_DAY + timedelta(weeks=6)


def behind(today: datetime) -> timedelta:
    """How far behind the real time it begins, if that is `today`: internships begin on a Monday, and are over today."""
    lasts = LAST_DAY + NEXT_DAY
    return lasts + timedelta(days=(today - lasts + FIRST_DAY).weekday())


@dataclass(frozen=True)
class Story:
    """What came of the conference. `complaints` says what did not happen as it should; it is empty if all went well."""

    complaints: Sequence[str]
    applications: Sequence[Json]
    placements: Sequence[Json]
    notes: Mapping[str, str]
    """A sentence each about the idea, the nomination and the credential."""
    steps: Mapping[str, Any]
    """The funnel."""
    mails: int
    """All that were sent, from the beginning."""
    people: Sequence[under_way.SomebodyToBe] = ()
    """As whom one can look around."""

    def states(self) -> Counter[str]:
        """How many applications are in each state."""
        return Counter(one["state"] for one in self.applications)

    def courses(self) -> Counter[str]:
        """How many placements came to which end."""
        return Counter(one["end_reason"] or one["state"] for one in self.placements)

    def hires(self) -> int:
        """How many placements led to a job."""
        return sum(bool(one["hire"]) for one in self.placements)


class Narrator:
    """Plays the story, from day to day."""

    def __init__(self, desk: Desk, timeline: Timeline) -> None:
        self._desk = desk
        self._timeline = timeline

    async def play(self, outcomes: Sequence[Outcome], events: Sequence[Event]) -> Story:
        """Play it to its end. `events`: the attendance. Raises `SetupError` if a service refuses what should be possible."""
        timeline, host, author = self._timeline, _host(), _author(outcomes)
        nominee = nomination.choose(outcomes, events, author)
        report.step(f"{author.attendee.person.name} proposes an idea, and {host['name']} adopts it")
        begins = timeline.began.date()
        idea = await ideas.adopt(self._desk, author, host, begins)
        programme = await publish_listing(self._desk, nomination.programme(nominee.organization, begins))
        for person, listing in ((author, idea), (nominee.outcome, programme)):
            await self._desk.get_once_known("matching", f"/attendees/{person.attendee_id}/listings/{listing['id']}")
        report.step(f"{nominee.mentor['name']}, a mentor of {nominee.organization['name']}, nominates {nominee.name}")
        await nomination.nominate(self._desk, nominee)
        notes = {
            "idea": f"“{idea['title']}”, proposed by {author.attendee.person.name}, is a listing of {host['name']}",
            "nomination": f"{nominee.name} agreed to be nominated for “{programme['title']}” at {nominee.organization['name']}",
        }
        listings = [*data.internships()["listings"], idea, programme]
        skills = {listing["id"]: listing["skills"] for listing in listings}
        capacities = {listing["id"]: listing["capacity"] for listing in listings}
        season = Season(self._desk, timeline.clock, skills, capacities, {idea["id"]: ideas.KEY})

        report.step("Attendees apply; hosts screen, reject and invite to interviews, and some do not answer")
        await season.apply(_wishes(outcomes, {author.attendee_id: idea["id"], nominee.outcome.attendee_id: programme["id"]}))
        await season.invite()
        await timeline.move_to(OFFERS, "after the interviews, hosts offer seats; attendees accept, decline or do not answer")
        await season.offer()
        await season.reply()
        await timeline.move_to(FIRST_DAY, "on the first day, internships start; unanswered offers and applications have ended")
        complaints = await season.ended()
        await season.start()
        await timeline.move_to(MIDDLE, "halfway, both sides give feedback; some end early")
        await season.halfway()
        await timeline.move_to(LAST_DAY, "on the last day, internships are completed, skills are named, and some are hired")
        await season.finish()
        await timeline.move_to(None, "today, a credential is issued and verified")
        notes["credential"], wrong = await self._credential(season)
        insight = await timeline.counted(f"/conferences/{data.conference()['id']}/insight")
        await timeline.settle()
        applications, placements = await season.tally()
        steps = funnel.steps_of(insight)
        complaints += [*wrong, *funnel.complaints(steps, funnel.people(applications, placements))]
        report.step("For the next term, some apply, are invited to an interview or offered a seat, and a match day is planned")
        people = await under_way.begin(self._desk, timeline.clock, outcomes)
        await timeline.settle()
        mails = timeline.watch.last.services["notifications"].sent
        return Story(complaints, applications, placements, notes, steps, mails, people)

    async def _credential(self, season: Season) -> tuple[str, list[str]]:
        """What the credential of one completed placement says, and complaints."""
        for placement_id, one in sorted(season.completed.items(), key=lambda item: (item[1].email, item[1].listing)):
            token = await credential.issue(self._desk, one.attendee_id, placement_id, one.name)
            try:
                said = await credential.verified(self._desk, token, self._timeline.clock.now())
            except NotValid as error:
                return "not valid", [f"the credential of {one.email} does not hold: {error}"]
            return f"“{said['name']}” of {one.name}: signature, issuer and status are verified", []
        return "none", ["no placement was completed, so no credential was issued"]


def _host() -> dict[str, Any]:
    """The host that adopts an idea: the first one that answers."""
    host: dict[str, Any] = next(each for each in data.internships()["organizations"] if choices.answers(each["id"]))
    return host


def _author(outcomes: Sequence[Outcome]) -> Outcome:
    return min((each for each in outcomes if each.matches), key=lambda each: each.attendee.person.email)


def _wishes(outcomes: Sequence[Outcome], own: Mapping[str, str]) -> list[tuple[Outcome, list[str]]]:
    """Who applies for which listings. `own`: the listing that somebody wants most, by their attendee id."""
    wished = []
    for outcome in outcomes:
        recommended = [match["listing_id"] for match in outcome.matches if not of_next_term(match["listing_id"])]
        wishes = choices.wishes(outcome.attendee.person.email, recommended)
        wished.append((outcome, [own[outcome.attendee_id], *wishes] if outcome.attendee_id in own else wishes))
    return wished
