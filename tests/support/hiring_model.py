"""The expected applications, seats and placements: a small model that shares no code with the service."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
AWAITING: Final = ("submitted", "screening", "interview")
LIVE: Final = (*AWAITING, "offered")
FROM: Final = {
    "screen": ("submitted",),
    "interview": AWAITING,
    "pick-slot": ("interview",),
    "call-off": ("interview",),
    "offer": (*AWAITING, "rejected", "rescinded", "lapsed", "superseded"),
    "accept": ("offered",),
    "decline": ("offered",),
    "reject": AWAITING,
    "rescind": ("offered",),
    "withdraw": (*LIVE, "withdrawn"),
    "confirm-terms": LIVE,
}
"""The states from which each command is possible."""
TO: Final = {
    "screen": "screening",
    "interview": "interview",
    "call-off": "screening",
    "offer": "offered",
    "accept": "accepted",
    "decline": "declined",
    "reject": "rejected",
    "rescind": "rescinded",
    "withdraw": "withdrawn",
}
MAIL_OF_END: Final = {
    "rejected": "application_rejected",
    "rescinded": "offer_rescinded",
    "lapsed": "offer_lapsed",
    "closed": "application_closed",
}
"""The mail that informs an attendee of an end that they did not cause themselves."""
MAIL_TO_HOST: Final = {
    "accepted": "offer_answered",
    "declined": "offer_answered",
    "lapsed": "offer_answered",
    "withdrawn": "application_withdrawn",
    "superseded": "application_superseded",
}


@dataclass
class Terms:
    """A listing's current terms, or the terms that somebody agreed to."""

    days: tuple[date, date] | None
    hours: int | None


PEOPLE: Final = {"attendee-ada": None, "attendee-ben": 20, "attendee-cyd": 60}
"""The people, each with their weekly hours."""
SUMMER, AUTUMN = (date(2026, 6, 1), date(2026, 8, 31)), (date(2026, 8, 15), date(2026, 11, 30))
TERMS: Final = {
    "full": Terms(SUMMER, 40),
    "half": Terms(SUMMER, 20),
    "later": Terms(AUTUMN, 20),
    "vague": Terms(None, None),
}
OTHER_TERMS: Final = [*TERMS.values(), Terms(SUMMER, 30), Terms(AUTUMN, 40)]


@dataclass
class Listing:
    terms: Terms
    capacity: int
    moved: int = 0
    open: bool = True


@dataclass
class Application:
    agreed: Terms
    submitted: datetime
    state: str = "submitted"
    version: int = 1
    attempt: int = 1
    answer_by: datetime | None = None
    slots: list[tuple[datetime, datetime]] = field(default_factory=list)
    picked: tuple[datetime, datetime] | None = None
    deadline: datetime | None = None
    offered: tuple[date, date] | None = None
    changed: set[str] = field(default_factory=set)


@dataclass
class Placement:
    who: str
    where: str
    days: tuple[date, date] | None
    hours: int | None
    state: str = "confirmed"
    round: str | None = None
    by_hand: bool = False
    said: set[tuple[str, str, date]] = field(default_factory=set)
    """Feedback that was given: the moment, the side, and the due day."""

    @property
    def live(self) -> bool:
        return self.state in ("confirmed", "started")


class Model:
    """The complete state, by ids. An application's key is the pair of attendee and listing."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.people: dict[str, int | None] = {}
        """The people who agreed to be matched, with their weekly hours."""
        self.listings: dict[str, Listing] = {}
        self.applications: dict[tuple[str, str], Application] = {}
        self.placements: dict[str, Placement] = {}
        self.merged: dict[str, str] = {}
        """Merged attendees, each with the attendee that is kept."""
        self.rounds: dict[str, dict[str, int]] = {}
        """How many seats of each listing each locked round holds."""

    # Seats

    def promised(self, where: str) -> int:
        placed = sum(one.where == where and one.state != "ended" for one in self.placements.values())
        return placed + self.offers(where) + sum(held.get(where, 0) for held in self.rounds.values())

    def offers(self, where: str) -> int:
        return sum(key[1] == where and one.state == "offered" for key, one in self.applications.items())

    def free(self, where: str) -> int:
        return self.listings[where].capacity + self.listings[where].moved - self.promised(where)

    # Time

    def person(self, who: str) -> str:
        """The attendee that is kept of this person."""
        return self.merged.get(who, who)

    def of(self, who: str) -> list[Placement]:
        """A person's live placements."""
        return [one for one in self.placements.values() if self.person(one.who) == self.person(who) and one.live]

    def fits(self, who: str, days: tuple[date, date] | None, hours: int | None, beside: list[Placement] | None = None) -> bool:
        """Whether each day has enough hours left for this, besides what somebody has."""
        has = self.people.get(self.person(who)) or 40
        beside = self.of(who) if beside is None else beside
        for day in _all_days(days):
            then = [one for one in beside if one.days is None or one.days[0] <= day <= one.days[1]]
            wanted = [hours, *(one.hours for one in then)]
            if then and (None in wanted or sum(one or 0 for one in wanted) > has):
                return False
        return True

    def has_seat(self, who: str, where: str) -> bool:
        return any(one.where == where for one in self.of(who))

    def may_be_placed(self, who: str, where: str, days: tuple[date, date] | None) -> bool:
        return not self.has_seat(who, where) and self.fits(who, days, self.listings[where].terms.hours)

    # Applications

    def may_apply(self, who: str, where: str) -> bool:
        known = [one for (id, to), one in self.applications.items() if to == where and self.person(id) == self.person(who)]
        listing = self.listings[where]
        return (
            all(one.state in ("withdrawn", "closed") for one in known)
            and who in self.people
            and listing.open
            and self.may_be_placed(who, where, listing.terms.days)
        )

    def apply(self, who: str, where: str, version: int) -> None:
        before = self.applications.get((who, where))
        self.applications[who, where] = Application(
            self.listings[where].terms,
            self.now,
            version=version,
            attempt=before.attempt + 1 if before else 1,
            answer_by=self.now + 21 * DAY,
        )

    def may(self, command: str, key: tuple[str, str], slot: int = 0) -> bool:
        """Whether this command is possible now."""
        (who, where), one = key, self.applications[key]
        listing = self.listings[where]
        if one.state not in FROM[command]:
            return False
        match command:
            case "pick-slot":
                return slot < len(one.slots) and one.slots[slot][0] > self.now
            case "offer":
                days = listing.terms.days
                return not (days and days[1] < self.now.date()) and self.may_be_placed(who, where, days) and self.free(where) > 0
            case "accept":
                return one.deadline is not None and one.deadline > self.now and self.may_be_placed(who, where, one.offered)
            case "confirm-terms":
                return bool(one.changed)
        return True

    def do(self, command: str, key: tuple[str, str], *, slots: list[datetime], slot: int, deadline: datetime) -> None:
        """Carry out a possible command."""
        one, usual = self.applications[key], self.applications[key].submitted + 21 * DAY
        listing = self.listings[key[1]]
        match command:
            case "interview":
                one.slots = [(starts, starts + timedelta(hours=1)) for starts in slots]
                one.picked = one.slots[0] if len(slots) == 1 else None
                one.answer_by = max(usual, *(ends + 7 * DAY for _, ends in one.slots))
            case "pick-slot" if one.slots[slot] != one.picked:
                one.picked = one.slots[slot]
                one.answer_by = max(usual, one.picked[1] + 7 * DAY)
            case "call-off":
                one.answer_by = max(usual, self.now + 7 * DAY)
            case "offer":
                one.deadline, one.offered = deadline, listing.terms.days
                one.changed = _changes(one.agreed, listing.terms)
            case "confirm-terms":
                one.agreed, one.changed = listing.terms, set()
        self.turn(key, TO.get(command, one.state))

    def turn(self, key: tuple[str, str], state: str) -> None:
        """Change the state, and end what belongs to the previous one."""
        one = self.applications[key]
        one.state = state
        if state not in AWAITING:
            one.answer_by = None
        if state != "interview":
            one.slots, one.picked = [], None
        if state != "offered":
            one.deadline = one.offered = None
        if state not in LIVE:
            one.changed = set()

    def place(self, id: str, placement: Placement, *, but: tuple[str, str] | None = None) -> None:
        """Add a placement, and end what it rules out, ``but`` the application from which it follows."""
        self.placements[id] = placement
        for key, one in self.applications.items():
            if self.person(key[0]) != self.person(placement.who) or key == but or one.state not in LIVE:
                continue
            terms = self.listings[key[1]].terms
            days = one.offered if one.state == "offered" else terms.days
            if key[1] == placement.where or not self.fits(placement.who, days, terms.hours):
                self.turn(key, "superseded")

    # The clock

    def pass_time(self, now: datetime) -> None:
        self.now = now

    def clock(self) -> None:
        for key, one in self.applications.items():
            if one.state == "offered" and one.deadline and one.deadline <= self.now:
                self.turn(key, "lapsed")
            elif one.state in AWAITING and one.answer_by and one.answer_by <= self.now:
                self.turn(key, "closed")

    def follow(self, where: str) -> None:
        """Update applications to their listing."""
        listing = self.listings[where]
        for key, one in self.applications.items():
            if key[1] != where:
                continue
            if not listing.open:
                if one.state in AWAITING:
                    self.turn(key, "closed")
            elif one.state in LIVE:
                one.changed = _changes(one.agreed, listing.terms)

    def erase(self, who: str) -> None:
        self.people.pop(who, None)
        self.merged.pop(who, None)
        self.applications = {key: one for key, one in self.applications.items() if key[0] != who}
        self.placements = {id: one for id, one in self.placements.items() if one.who != who}


def _changes(agreed: Terms, now: Terms) -> set[str]:
    return {name for name, differ in (("dates", agreed.days != now.days), ("hours", agreed.hours != now.hours)) if differ}


def _all_days(days: tuple[date, date] | None) -> list[date]:
    """All days in this range; if it is unknown, all days of the years that histories cover."""
    first, last = days or (date(2025, 1, 1), date(2029, 12, 31))
    return [first + n * DAY for n in range((last - first).days + 1)]
