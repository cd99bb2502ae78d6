"""The season that the demo plays, against matching's own rules in memory: it comes to every end, and nothing is refused."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from demo import choices, data, under_way
from demo.attendees import attendance
from demo.clock import Clock
from demo.desk import Desk, SetupError
from demo.outcome import Outcome
from demo.season import AWAITING, Season
from demo.story import MIDDLE, OFFERS
from demo.terms import FIRST_DAY, LAST_DAY, of_next_term, with_terms
from matching.applications.domain import decisions
from matching.applications.domain.application import Application
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter, OfferRequest, PickedSlot, Slots
from matching.model.listings import Conditions, Listing
from matching.placements.domain import course, results
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement, confirmed, placement_of
from matching.placements.domain.requests import Completion, Confirmation, End, Feedback, Gains, Hiring, NoShow, Start
from shared.refusals import Refusal

BEGAN = datetime(2026, 8, 1, 9, tzinfo=UTC)
ATTENDEES = attendance(size=200).attendees
Body = dict[str, Any]


class Words:
    """Terms that differ by more than the case of their letters differ in meaning."""

    def normalise(self, text: str) -> str:
        return text.casefold()

    def name(self, key: str) -> str:
        return key

    def find(self, text: str) -> list[str]:
        return [text]


def as_sent(one: Application | Placement) -> Body:
    sent: Body = {name: getattr(one, name) for name in ("id", "version", "state", "attendee_id")}
    sent["history"] = [{"state": step.state} for step in one.history]
    if isinstance(one, Application):
        return sent | {"organization_id": one.organization_id, "placement_id": one.placement_id}
    return sent | {"end_reason": one.end_reason, "hire": one.hire and one.hire.role}


@dataclass
class Matching:
    """Matching as the season meets it, with its own requests and rules, and one page of everything."""

    now: datetime
    listings: Mapping[str, Listing]
    applications: dict[str, Application] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    """Who looked at what they would share."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        try:
            return httpx.Response(200, json=self.answer(request, request.url.path.strip("/").split("/")))
        except Refusal as refusal:
            return httpx.Response(409, text=str(refusal))

    def answer(self, request: httpx.Request, path: list[str]) -> Body:
        content, seen = request.content or b"{}", request.headers.get("if-match")
        match [request.method, *path]:
            case ["GET", "attendees", attendee_id, "applications", listing_id, "preview"]:
                self.looked.add(attendee_id)
                return {"obstacles": [] if listing_id in self.listings else [{"kind": "listing_closed"}]}
            case ["PUT", "attendees", attendee_id, "applications", listing_id]:
                letter = Letter.model_validate_json(content)
                one = decisions.apply(None, attendee_id, self.listings[listing_id], letter, HostProfile(), self.now, 21)
                self.applications[one.id] = one
                return as_sent(one)
            case ["GET", "applications"]:
                state = request.url.params.get("state")
                return page([one for one in self.applications.values() if state in (None, one.state)])
            case ["GET", "placements"]:
                return page(list(self.placements.values()))
            case ["GET", "applications", id]:
                return as_sent(self.applications[id])
            case ["GET", "placements", id]:
                return as_sent(self.placements[id])
            case ["POST", "applications", id, command]:
                before = self.applications[id]
                assert seen == f'"{before.version}"'
                self.applications[id] = self.decide(before, command, content)
                return as_sent(self.applications[id])
            case ["POST", "placements", id, command]:
                placement = self.placements[id]
                assert seen == f'"{placement.version}"'
                self.placements[id] = replace(self.say(placement, command, content), version=placement.version + 1)
                return as_sent(self.placements[id])
        raise AssertionError(path)

    def decide(self, before: Application, command: str, content: bytes) -> Application:
        listing, now = self.listings[before.listing_id], self.now
        match command:
            case "interview":
                return decisions.interview(before, Slots.model_validate_json(content).slots, now)
            case "pick-slot":
                return decisions.pick_slot(before, PickedSlot.model_validate_json(content).slot, now)
            case "offer":
                return decisions.offer(before, listing, OfferRequest.model_validate_json(content), now)
            case "accept":
                made = confirmed(placement_of(listing, before.attendee_id, before.id, application_id=before.id), now, "attendee")
                self.placements[made.id] = replace(made, version=1)
                return decisions.accept(before, made.id, now)
        simple: dict[str, Callable[[Application, datetime], Application]] = {
            "screen": decisions.screen,
            "reject": decisions.reject,
            "decline": decisions.decline,
        }
        return simple[command](before, now)

    def say(self, placement: Placement, command: str, content: bytes) -> Placement:
        host, now = Speaker("host", "operator"), self.now
        match command:
            case "start":
                return course.start(placement, host, Start.model_validate_json(content).started, now)
            case "no-show":
                return course.no_show(placement, host, NoShow.model_validate_json(content).why, now)
            case "complete":
                Completion.model_validate_json(content)
                return course.complete(placement, host, now)
            case "end":
                return course.end_early(placement, host, End.model_validate_json(content), now)
            case "feedback":
                given = Feedback.model_validate_json(content)
                assert given.side
                return results.give_feedback(placement, Speaker(given.side, "operator"), given, now)
            case "skills":
                return results.name_gains(placement, Gains.model_validate_json(content), Words())
            case "confirm-skills":
                return results.confirm_skills(placement, Confirmation.model_validate_json(content), Words())
        assert command == "hire"
        return results.hire(placement, host, Hiring.model_validate_json(content))

    def pass_time(self, day: timedelta) -> None:
        """It is this day after the beginning; offers lapse, and what was not answered is closed."""
        self.now = BEGAN + day
        self.applications = {id: decisions.pass_time(one, self.now) for id, one in self.applications.items()}


def page(found: list[Application] | list[Placement]) -> Body:
    return {"items": [as_sent(one) for one in found], "next": None}


def listings() -> dict[str, Listing]:
    made = {}
    for each in data.internships()["listings"]:
        conditions = with_terms(each, BEGAN.date())["conditions"]
        starts, ends = (datetime.fromisoformat(conditions[name]).date() for name in ("starts", "ends"))
        host = each["organization_id"]
        made[each["id"]] = Listing(each["id"], 1, True, organization_id=host, conditions=Conditions(starts, ends))
    return made


def outcomes() -> list[tuple[Outcome, list[str]]]:
    """Attendees and their wishes, as if everybody were recommended listings in a row."""
    ids, wishes = [each["id"] for each in data.internships()["listings"]], []
    for number, attendee in enumerate(ATTENDEES):
        outcome = Outcome(attendee, [], 0, 0, f"a{number}")
        recommended = [ids[(number + step) % 40] for step in range(3)]
        wishes.append((outcome, choices.wishes(attendee.person.email, recommended)))
    return wishes


class Stopped(Clock):
    """A clock that shows the time of the services."""

    def __init__(self, matching: Matching, file: Path) -> None:
        super().__init__(file)
        self.matching = matching

    def now(self) -> datetime:
        return self.matching.now


async def play(
    matching: Matching, file: Path, ids: Mapping[str, str] = MappingProxyType({})
) -> tuple[Season, list[Body], list[Body]]:
    """Play a whole season. `ids`: what some listings are called instead of their ids."""
    internships = [each | {"id": ids.get(each["id"], each["id"])} for each in data.internships()["listings"]]
    async with httpx.AsyncClient(transport=httpx.MockTransport(matching)) as client:
        season = Season(
            Desk(client, {"matching": "http://matching"}),
            Stopped(matching, file),
            {each["id"]: each["skills"] for each in internships},
            {each["id"]: each["capacity"] for each in internships},
            {id: key for key, id in ids.items()},
        )
        await season.apply([(outcome, [ids.get(id, id) for id in wished]) for outcome, wished in outcomes()])
        await season.invite()
        matching.pass_time(OFFERS)
        await season.offer()
        await season.reply()
        matching.pass_time(FIRST_DAY)
        assert await season.ended() == []
        await season.start()
        matching.pass_time(MIDDLE)
        await season.halfway()
        matching.pass_time(LAST_DAY)
        await season.finish()
        return season, *await season.tally()


@pytest.fixture
def matching() -> Matching:
    return Matching(BEGAN, listings())


async def test_a_season_comes_to_every_end_and_leaves_nothing_undecided(matching: Matching, tmp_path: Path) -> None:
    season, applications, placements = await play(matching, tmp_path)
    assert set(Counter(one["state"] for one in applications)) == {"accepted", "declined", "lapsed", "rejected", "closed"}
    assert {one["end_reason"] or one["state"] for one in placements} == {"completed", "agreed", "no_show"}
    assert any(one["hire"] for one in placements)
    assert set(season.completed) == {one["id"] for one in placements if one["state"] == "completed"}
    done = [matching.placements[id] for id in season.completed]
    assert all(skill.confirmed for one in done for skill in one.skills)
    assert all(len(one.answers) == 4 for one in done), "of both sides, in the middle and at the end"


async def test_a_season_goes_the_same_way_every_time(matching: Matching, tmp_path: Path) -> None:
    _, *first = await play(matching, tmp_path)
    _, *second = await play(Matching(BEGAN, listings()), tmp_path)

    def by_id(found: list[Body]) -> list[Body]:
        return sorted(found, key=lambda one: str(one["id"]))

    assert [by_id(each) for each in first] == [by_id(each) for each in second]


async def test_what_is_chosen_does_not_depend_on_ids_that_differ_from_run_to_run(matching: Matching, tmp_path: Path) -> None:
    _, *first = await play(matching, tmp_path)
    ids = {each["id"]: f"{each['id']}-{number}" for number, each in enumerate(data.internships()["listings"])}
    renamed = {ids[id]: replace(listing, id=ids[id]) for id, listing in listings().items()}
    _, *second = await play(Matching(BEGAN, renamed), tmp_path, ids)

    def results(found: list[Body]) -> Counter[tuple[str, ...]]:
        names = ("attendee_id", "state", "end_reason", "hire")
        return Counter(tuple(str(one.get(name)) for name in names) for one in found)

    assert [results(each) for each in first] == [results(each) for each in second]


async def test_a_season_that_is_left_open_has_something_to_answer_for_both_sides(matching: Matching, tmp_path: Path) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(matching)) as client:
        season = Season(Desk(client, {"matching": "http://matching"}), Stopped(matching, tmp_path), {}, {})
        await season.apply(outcomes()[:30])
        examples = await season.leave_open()
    states = Counter(one.state for one in matching.applications.values())
    assert set(states) == {"submitted", "interview", "offered"}
    assert max(states.values()) - min(states.values()) <= 1
    assert {state: matching.applications[one.id].state for state, one in examples.items()} == {state: state for state in states}
    offered = [one.offer for one in matching.applications.values() if one.offer]
    assert all(offer.deadline > BEGAN for offer in offered)


def test_people_apply_for_their_best_match_of_the_next_term_and_each_listing_has_one_applicant() -> None:
    ids = [each["id"] for each in data.internships()["listings"]]
    everything = [{"listing_id": id} for id in ids]
    found = list(
        under_way.wishes(replace(outcome, matches=everything[number:]) for number, (outcome, _) in enumerate(outcomes()))
    )
    wanted = [listing for _, listings in found for listing in listings]
    assert len(set(wanted)) == len(wanted) == under_way.APPLICATIONS
    assert all(of_next_term(id) for id in wanted)


async def test_nobody_applies_where_something_stands_in_the_way(matching: Matching, tmp_path: Path) -> None:
    matching.listings = {}
    async with httpx.AsyncClient(transport=httpx.MockTransport(matching)) as client:
        season = Season(Desk(client, {"matching": "http://matching"}), Stopped(matching, tmp_path), {}, {})
        await season.apply(outcomes())
    assert (season.applicants, matching.applications) == ([], {})


async def test_some_of_those_who_do_not_apply_look_at_what_they_would_share(matching: Matching, tmp_path: Path) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(matching)) as client:
        season = Season(Desk(client, {"matching": "http://matching"}), Stopped(matching, tmp_path), {}, {})
        await season.apply([(replace(outcome, matches=[{"listing_id": "any"}]), []) for outcome, _ in outcomes()])
    assert 30 < len(matching.looked) < 100
    assert matching.applications == {}


async def test_a_refusal_ends_the_season_with_the_request_and_the_answer(matching: Matching, tmp_path: Path) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(matching)) as client:
        internships = data.internships()["listings"]
        capacities = {each["id"]: each["capacity"] for each in internships}
        season = Season(Desk(client, {"matching": "http://matching"}), Stopped(matching, tmp_path), {}, capacities)
        await season.apply(outcomes())
        await season.invite()
        await season.offer()
        await season.reply()
        assert any(one.state in AWAITING for one in matching.applications.values()), "some hosts say nothing"
        with pytest.raises(SetupError, match=r"POST http://matching/placements/\w+/start: 409 the first day is"):
            await season.start()
