"""A season after the conference: attendees apply, hosts answer, offers are accepted, and placements run to their end.

Everything goes over the services' HTTP interfaces, in steps between which the demo's clock moves on. Who does what is decided in
`demo.choices`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from demo import choices
from demo.clock import Clock
from demo.desk import Desk, Json, each, until
from demo.outcome import Outcome

AWAITING = ("submitted", "screening", "interview")
LIVE = (*AWAITING, "offered")
DECIDE_WITHIN = timedelta(days=7)
"""How long an attendee has to answer an offer."""


@dataclass(frozen=True)
class Applicant:
    """An attendee's application for a listing."""

    id: str
    attendee_id: str
    name: str
    email: str
    listing_id: str
    organization_id: str
    listing: str
    """What the listing is called in `demo.choices`."""


@dataclass
class Season:
    """Plays a season, step by step. `skills` and `capacities` are those of the listings, by their ids.

    `keys` names the listings, by their ids, whose ids are others in each run.
    """

    desk: Desk
    clock: Clock
    skills: Mapping[str, list[str]]
    capacities: Mapping[str, int]
    keys: Mapping[str, str] = field(default_factory=dict)
    applicants: list[Applicant] = field(default_factory=list)
    placements: dict[str, Applicant] = field(default_factory=dict)
    """By their ids, those in which nobody said that the attendee did not come."""
    completed: dict[str, Applicant] = field(default_factory=dict)

    async def apply(self, wishes: Iterable[tuple[Outcome, list[str]]]) -> None:
        """Attendees apply for listings, after a look at what the host would see. Some only look."""

        async def act(wish: tuple[Outcome, list[str]]) -> None:
            outcome, listing_ids = wish
            person, own = outcome.attendee.person, f"/attendees/{outcome.attendee_id}/applications"
            if not listing_ids and outcome.matches and choices.looks(person.email):
                await self.desk.get("matching", f"{own}/{outcome.matches[0]['listing_id']}/preview")
            for listing_id in listing_ids:
                path = f"{own}/{listing_id}"
                preview = await self.desk.get("matching", f"{path}/preview")
                if preview["obstacles"]:
                    continue
                sent = await self.desk.put("matching", path, {"name": person.name, "note": choices.NOTE})
                host, key = sent["organization_id"], self.keys.get(listing_id, listing_id)
                one = Applicant(sent["id"], outcome.attendee_id, person.name, person.email, listing_id, host, key)
                self.applicants.append(one)

        await each(wishes, act)
        self.applicants.sort(key=lambda one: (one.email, one.listing))  # their ids are others in each run

    async def invite(self) -> None:
        """Hosts reject some, invite some to an interview, and leave the others without an answer. The invited pick a time."""

        async def act(planned: tuple[Applicant, choices.Plan]) -> None:
            one, plan = planned
            if plan == "rejection":
                await self._command(one, "reject", AWAITING)
            elif plan != "silence":
                seen = await self._command(one, "screen", ("submitted",))
                seen = await self._command(one, "interview", AWAITING, {"slots": self._slots(one.listing_id)}, seen)
                picked = {"slot": choices.slot(one.email, one.listing)}
                await self._command(one, "pick-slot", ("interview",), picked, seen)

        await each(self._plans(), act)

    async def leave_open(self) -> dict[str, Applicant]:
        """Leave a third of the applications unanswered, propose an interview to a third, and offer a seat to a third.

        Returns an applicant of each kind, by the state.
        """
        states = ("submitted", "interview", "offered")

        async def act(numbered: tuple[int, Applicant]) -> None:
            number, one = numbered
            state = states[number % len(states)]
            if state == "interview":
                await self._command(one, "interview", AWAITING, {"slots": self._slots(one.listing_id)})
            elif state == "offered":
                deadline = (self.clock.now() + DECIDE_WITHIN).isoformat()
                await self._command(one, "offer", AWAITING, {"deadline": deadline})

        await each(enumerate(self.applicants), act)
        return dict(zip(states, self.applicants, strict=False))

    async def offer(self) -> None:
        """After the interviews, hosts offer their seats and reject the others whom they invited."""

        async def act(planned: tuple[Applicant, choices.Plan]) -> None:
            one, plan = planned
            if plan == "offer":
                deadline = (self.clock.now() + DECIDE_WITHIN).isoformat()
                await self._command(one, "offer", AWAITING, {"deadline": deadline})
            elif plan == "interview":
                await self._command(one, "reject", AWAITING)

        await each(self._plans(), act)

    async def reply(self) -> None:
        """Attendees accept or decline what they were offered, or say nothing. What an acceptance rules out ends with it."""
        of_attendees: dict[str, list[Applicant]] = defaultdict(list)
        for one in self.applicants:
            of_attendees[one.attendee_id].append(one)

        async def act(own: list[Applicant]) -> None:
            for one in own:
                said = choices.reply(one.email, one.listing)
                if said != "silence":
                    answered = await self._command(one, said, ("offered",))
                    if answered and answered["placement_id"]:
                        self.placements[answered["placement_id"]] = one

        await each(of_attendees.values(), act)

    async def ended(self) -> list[str]:
        """Wait until no application is undecided. Returns a complaint if one still is."""

        async def look() -> bool | None:
            for state in LIVE:
                if (await self.desk.get("matching", "/applications", state=state, limit="1"))["items"]:
                    return None
            return True

        return [] if await until(look) else ["applications are undecided although their time has passed"]

    async def start(self) -> None:
        """On the first day, attendees say that it started, or hosts that they did not come."""

        async def act(item: tuple[str, Applicant]) -> None:
            id, one = item
            if choices.course(one.email, one.listing) == "no-show":
                await self._say(id, "no-show")
                del self.placements[id]
            else:
                await self._say(id, "start", {"side": "attendee"})

        await each(list(self.placements.items()), act)

    async def halfway(self) -> None:
        """In the middle, both sides give feedback, and some agree to end it early."""

        async def act(item: tuple[str, Applicant]) -> None:
            id, one = item
            seen = await self._feedback(id, one, None, "middle")
            if choices.course(one.email, one.listing) == "ended early":
                await self._say(id, "end", {"side": "host", "reason": "agreed"}, seen)
                del self.placements[id]

        await each(list(self.placements.items()), act)

    async def finish(self) -> None:
        """On the last day: completion, feedback, skills that are named and confirmed, and some are hired."""

        async def act(item: tuple[str, Applicant]) -> None:
            id, one = item
            seen: Json | None = await self._say(id, "complete", {"side": "host"})
            seen = await self._feedback(id, one, seen, "end", completed=True)
            named = choices.gained(one.email, one.listing, self.skills[one.listing_id])
            seen = await self._say(id, "skills", {"skills": named, "remark": choices.REMARK}, seen)
            if named:
                seen = await self._say(id, "confirm-skills", {"terms": [skill["term"] for skill in named]}, seen)
            if choices.hired(one.email, one.listing):
                starts = (self.clock.now() + timedelta(days=14)).date().isoformat()
                await self._say(id, "hire", {"side": "host", "role": "Research software engineer", "starts": starts}, seen)
            self.completed[id] = one

        await each(list(self.placements.items()), act)

    async def tally(self) -> tuple[list[Json], list[Json]]:
        """All applications and placements as they are now."""
        return await self.desk.items("matching", "/applications"), await self.desk.items("matching", "/placements")

    def _plans(self) -> list[tuple[Applicant, choices.Plan]]:
        """What the hosts do with each application."""
        of_listings: dict[tuple[str, str], list[Applicant]] = defaultdict(list)
        for one in self.applicants:
            of_listings[one.organization_id, one.listing_id].append(one)
        planned = []
        for (organization_id, listing_id), ones in of_listings.items():
            emails = [one.email for one in ones]
            plans = choices.plans(organization_id, ones[0].listing, self.capacities[listing_id], emails)
            planned += [(one, plans[one.email]) for one in ones]
        return planned

    def _slots(self, listing_id: str) -> list[Json]:
        """Two times for an interview, in three and in four days."""
        url = f"https://meet.example.org/{listing_id}"
        times = [self.clock.now() + timedelta(days=days) for days in (3, 4)]
        return [
            {"starts": starts.isoformat(), "ends": (starts + timedelta(minutes=30)).isoformat(), "url": url} for starts in times
        ]

    async def _command(
        self, one: Applicant, command: str, states: tuple[str, ...], body: Json | None = None, seen: Json | None = None
    ) -> Json | None:
        """Carry out a command on an application as it was `seen`, or else is now; None if its state is none of these."""
        path = f"/applications/{one.id}"
        seen = seen or await self.desk.get("matching", path)
        if seen["state"] not in states:
            return None
        return await self.desk.command("matching", f"{path}/{command}", seen["version"], body)

    async def _say(self, id: str, command: str, body: Json | None = None, seen: Json | None = None) -> Json:
        """Carry out a command on a placement as it was `seen`, or else is now."""
        path = f"/placements/{id}"
        seen = seen or await self.desk.get("matching", path)
        return await self.desk.command("matching", f"{path}/{command}", seen["version"], body or {})

    async def _feedback(self, id: str, one: Applicant, seen: Json | None, moment: str, **said: Any) -> Json | None:
        """Both sides say how it goes."""
        for side in ("attendee", "host"):
            rating = choices.rating(one.email, one.listing, moment, side)
            seen = await self._say(id, "feedback", {"side": side, "moment": moment, "rating": rating, **said}, seen)
        return seen
