"""HTTP interface: match-day rounds, for operators and organizers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self, TypeVar

from fastapi import Depends, Path, Query, Response
from pydantic import BaseModel, Field

from matching.rounds.domain.requests import CleanUp, RoundId, RoundSettings
from matching.rounds.domain.rounds import OPENED, Round
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from shared.contract.events.fields import Id
from shared.contract.events.matching import RoundState
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router

Result = TypeVar("Result")
Summary = TypeVar("Summary", bound="RoundSummary")


class RoundSummary(BaseModel):
    """A round. ``version`` counts its published changes, ``listings`` its listings."""

    id: str
    version: int
    state: RoundState
    name: str
    conference_id: str | None
    listings: int
    closes_at: datetime | None
    seed: str
    clean_up: CleanUp | None
    clean_up_of: str | None
    attendees: int
    matched: int
    publishing: bool
    input_digest: str | None
    result_digest: str | None
    fault: str | None
    failure: str | None
    failures: int

    @classmethod
    def of(cls, round: Round, listings: int | None = None) -> Self:
        """``listings``: their number, if the round was read without them."""
        shown = {name: getattr(round, name) for name in cls.model_fields if hasattr(round, name)}
        count = len(round.listing_ids) if listings is None else listings
        return cls(**shown | {"listings": count, "publishing": round.step == "publish"})


class RoundView(RoundSummary):
    """A round with its listings, at most 5,000."""

    listing_ids: list[str]


class RoundDetails(RoundView):
    """A round, and what an operator should attend to."""

    silent: list[str] = Field(description="the listings whose host has sent no ranking; they take nobody")


class RoundPage(BaseModel):
    """A page of rounds, by id. ``next`` is the ``after`` of the next page; null on the last one."""

    items: list[RoundSummary]
    next: str | None


class RoundTransactions:
    """Runs use cases that change rounds, each in a transaction, one at a time.

    Requests that change the same round exclude each other. In a queue, each takes its turn; concurrently, they would conflict and
    run again and again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    async def __call__(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        async with self._turn:
            return await self._database.transact(work)


class SelfCheck:
    """Checks that signed-in attendees act for themselves, in rounds that were opened."""

    def __init__(self, guard: Guard, rounds: Rounds) -> None:
        self._guard = guard
        self._rounds = rounds

    async def __call__(self, caller: Caller, attendee_id: str, id: str) -> None:
        """Raises ``Problem`` 404 if a signed-in caller is not this attendee, or the round was not opened yet."""
        self._guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        if caller.attendee_ids is not None:
            round = await self._rounds.get(id)
            if round is None or round.state not in OPENED:
                raise NotFound("round", id)


InPath = Annotated[RoundId, Path()]


def create_router(guard: Guard, match_days: MatchDays, rounds: Rounds, rankings: Rankings, transact: RoundTransactions) -> Router:
    """``/rounds``. For callers bound to a conference, rounds of other conferences, or of none, do not exist.

    People who rank need to know which rounds are open, and which listings are in them. So all signed-in people see the rounds
    that have been opened, without the details that only concern the people who run them.
    """
    router = Router(prefix="/rounds", tags=["rounds"])
    running = guard("rounds", conference=True, people=True)
    reading = guard("rounds", "rankings", conference=True, attendee=True, people=True)

    def check_seen(caller: Caller, round: Round) -> None:
        """Raises ``Problem`` 404 if the round does not exist for the caller."""
        if not (_ranks(caller) and round.state in OPENED):
            guard.owner(caller, "round", round.id, conference_id=round.conference_id)

    @router.put("/{id}", responses={201: {"model": RoundView, "description": "The round is new"}})
    async def put_round(
        id: InPath, settings: RoundSettings, response: Response, caller: Annotated[Caller, Depends(running)]
    ) -> RoundView:
        """Create a draft, or change a round. Sending the same again changes nothing.

        Once the round is open, only name, closes_at and clean_up can change.

        A key bound to a conference, and organizers, create rounds for it only (else 403). They may name listings whose
        hosts take part in the conference or name none; others are unknown to them (422). An id of another conference's round gets
        404.
        """
        guard.conference(caller, settings.conference_id)
        round, new = await transact(lambda tx: match_days.put(id, settings, tx, caller.conference_ids))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return RoundView.of(round)

    @router.get("")
    async def get_rounds(
        caller: Annotated[Caller, Depends(reading)],
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        after: Annotated[RoundId | None, Query(description="the `next` of the previous page")] = None,
        state: RoundState | None = None,
        conference_id: Id | None = None,
    ) -> RoundPage:
        """List rounds, without the ids of their listings: a page could have half a million.

        A key bound to a conference sees the rounds of that conference only. Signed-in people see all rounds of conferences
        that they organize; of others, those that have been opened and not cancelled.
        """
        opened = OPENED if _ranks(caller) else ()
        found = await rounds.page(after or "", limit + 1, state, conference_id, caller.conference_ids, opened)
        more = found[limit - 1][0].id if len(found) > limit else None
        shown = [_without_faults(RoundSummary.of(round, listings), caller) for round, listings in found[:limit]]
        return RoundPage(items=shown, next=more)

    @router.get("/{id}")
    async def get_round(id: InPath, caller: Annotated[Caller, Depends(reading)]) -> RoundDetails:
        """Return the round, and the listings whose host has not ranked. A key bound to another conference gets 404.

        Signed-in people who do not organize the conference see it once it has been opened, without these listings and
        without faults; before that, and once it is cancelled, they get 404.
        """
        round = await rounds.get(id)
        if round is None:
            raise NotFound("round", id)
        check_seen(caller, round)
        shown = _without_faults(RoundView.of(round), caller)
        if not _runs(caller, round.conference_id):
            return RoundDetails(**shown.model_dump(), silent=[])
        answered = await rankings.answered([*round.earlier, id])
        silent = [listing_id for listing_id in round.listing_ids if listing_id not in answered]
        return RoundDetails(**shown.model_dump(), silent=silent)

    @router.post("/{id}/open")
    async def open_round(id: InPath, caller: Annotated[Caller, Depends(running)]) -> RoundView:
        """Let attendees and hosts rank. An open round stays open.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        return RoundView.of(await transact(lambda tx: match_days.open(id, tx, caller.conference_ids)))

    @router.post("/{id}/lock")
    async def lock_round(id: InPath, caller: Annotated[Caller, Depends(running)]) -> RoundView:
        """Accept no more rankings, and match the round in the background. A round that stopped with a fault is retried.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        return RoundView.of(await transact(lambda tx: match_days.lock(id, tx, caller.conference_ids)))

    @router.post("/{id}/publish")
    async def publish_round(id: InPath, caller: Annotated[Caller, Depends(running)]) -> RoundView:
        """Publish a matched round's outcomes in the background. Its state is `published` once all are out.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        return RoundView.of(await transact(lambda tx: match_days.publish(id, tx, caller.conference_ids)))

    @router.post("/{id}/cancel")
    async def cancel_round(id: InPath, caller: Annotated[Caller, Depends(running)]) -> RoundView:
        """End a round that is not being published yet, without a result. Its listings may then be in other rounds.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        return RoundView.of(await transact(lambda tx: match_days.cancel(id, tx, caller.conference_ids)))

    @router.post("/{id}/clean-up", status_code=HTTPStatus.CREATED)
    async def start_clean_up(id: InPath, caller: Annotated[Caller, Depends(running)]) -> RoundView:
        """Open a clean-up round for the seats left by a published round. Everybody without a seat of it may rank, even newcomers.

        It is open for as long as the settings say, or else for 48 hours, and is matched and published automatically.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        return RoundView.of(await transact(lambda tx: match_days.clean_up(id, tx, caller.conference_ids)))

    return router


def _ranks(caller: Caller) -> bool:
    """Whether the caller ranks for themselves: any signed-in person who is not an operator."""
    return caller.attendee_ids is not None


def _runs(caller: Caller, conference_id: str | None) -> bool:
    """Whether the caller may run rounds of this conference, or of any."""
    return caller.conference_ids is None or conference_id in caller.conference_ids


def _without_faults(round: Summary, caller: Caller) -> Summary:
    """The round as the caller sees it: only those who run it see faults of the background work."""
    if _runs(caller, round.conference_id):
        return round
    return round.model_copy(update={"fault": None, "failure": None, "failures": 0})
