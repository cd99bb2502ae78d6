"""``/desk`` and ``/desk/{org}``: what needs an answer, and by when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.applications.api.views import ApplicationView
from matching.applications.domain.transitions import BulkCommand
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.desk.desk import Desk, Organization
from matching.desk.people import People
from matching.placements.domain.course import start_asked
from matching.placements.domain.placement import Placement, to_be_given
from matching.placements.repository import PlacementsRepository
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.seats.domain import Seats
from matching.seats.use_cases import SeatAllocator
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter, see_other

MOST_SHOWN: Final = 50
"""How many things of each kind the page names."""
MOST_DUE: Final = 30
"""How many applications and offers the page names, by due date. The table has all of them."""
MOST_PLACEMENTS: Final = 200
MOST_PENDING: Final = 100
ANSWERS: Final[tuple[BulkCommand, ...]] = ("offer", "reject")
"""The commands that answer an application."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A placement about which the host is asked, with the deadline."""

    placement: Placement
    name: str
    start: bool
    """Whether the host is asked if it has started; otherwise, it is asked for feedback."""
    due: date | None


@dataclass(frozen=True, slots=True)
class ToRank:
    """An open match day, and the host's listings without a ranking."""

    round: Round
    titles: list[str]


def create_router(
    desk: Desk,
    people: People,
    applications: ApplicationsRepository,
    pending: PendingCommands,
    placements: PlacementsRepository,
    rounds: Rounds,
    rankings: Rankings,
    seats: SeatAllocator,
    database: Database,
) -> PageRouter:
    """``/desk``, for a host's people, and for operators."""
    router = PageRouter(prefix="/desk")
    hosting = desk.guard("applications", organization=True, people=True)

    @router.get("")
    async def choose(request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """The desk of the caller's organization; of several, one to choose."""
        names = await desk.names(caller.organization_ids or ())
        if len(names) == 1:
            return see_other(f"/desk/{next(iter(names))}")
        return desk.pages.page("desk/choose", request, names=names)

    @router.get("/{org}")
    async def show_today(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """What needs an answer today."""
        host = await desk.organization(caller, org)
        now = desk.pages.reader(request).now
        found = await applications.due_of_host(org, MOST_DUE + 1)
        due = [ApplicationView.of(one, caller) for one in found[:MOST_DUE]]
        live = await placements.of_host(org, MOST_PLACEMENTS, states=("confirmed", "started"))
        untold = {one.application_id: one.command for one in await pending.of_host(org, MOST_PENDING)}
        return desk.show(
            "today",
            request,
            host,
            to_answer=[
                one
                for one in due
                if one.answer_by and untold.get(one.id) not in ANSWERS and not (one.interview and one.interview.ends > now)
            ],
            more_due=len(found) > MOST_DUE,
            untold=len(untold),
            interviews=sorted(
                (one for one in due if one.interview and one.interview.ends > now),
                key=lambda one: one.interview.starts if one.interview else now,
            ),
            offers=[one for one in due if one.state == "offered"],
            asked=await _asked(host, live, now.date()),
            to_rank=await _to_rank(host, now),
            alone=await _alone(live),
            away=len(host.mentors_away),
            seats=await _seats(host),
        )

    async def _asked(host: Organization, live: Sequence[Placement], today: date) -> list[Asked]:
        over = await placements.of_host(host.id, MOST_SHOWN, states=("completed", "ended"))
        asked = [(one, True, one.starts) for one in live if "host" in start_asked(one, today)]
        for one in (*live, *over):
            due = next((it.due for it in to_be_given(one) if it.side == "host" and it.due <= today), None)
            if due and one.state != "confirmed":
                asked.append((one, False, due))
        names = await people.names((one.listing_id, one.attendee_id) for one, _, _ in asked)
        return sorted(
            (Asked(one, names.get((one.listing_id, one.attendee_id), ""), start, due) for one, start, due in asked),
            key=lambda it: it.due or date.min,
        )[:MOST_SHOWN]

    async def _alone(live: Iterable[Placement]) -> list[tuple[Placement, str]]:
        """Placements without a mentor, with the person's name."""
        alone = [one for one in live if not one.mentor_person_ids][:MOST_SHOWN]
        names = await people.names((one.listing_id, one.attendee_id) for one in alone)
        return [(one, names.get((one.listing_id, one.attendee_id), "")) for one in alone]

    async def _to_rank(host: Organization, now: datetime) -> list[ToRank]:
        found = []
        for round in await rounds.with_listings(host.listings, ["open"], MOST_SHOWN):
            if round.closes_at is None or round.closes_at > now:
                ranked = await rankings.answered([*round.earlier, round.id])
                own = _own(round, host)
                if missing := [host.listings[id].title for id in own if id not in ranked]:
                    found.append(ToRank(round, missing))
        return found

    async def _seats(host: Organization) -> list[tuple[str, str, Seats]]:
        ids = [listing.id for listing in host.listings.values() if not listing.closed]
        found = await database.transact(lambda tx: seats.get_many(ids, tx))
        return [(id, host.listings[id].title, found[id]) for id in ids]

    return router


def _own(round: Round, host: Organization) -> Iterable[str]:
    return [id for id in round.listing_ids if id in host.listings]
