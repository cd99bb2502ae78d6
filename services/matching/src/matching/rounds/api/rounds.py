"""HTTP in: match-day rounds, for operators and organizers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self, TypeVar

from fastapi import Depends, Path, Query, Response
from pydantic import BaseModel

from matching.rounds.domain.requests import CleanUp, RoundId, RoundSettings
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from shared.contract.events.fields import Id
from shared.contract.events.matching import RoundState
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound
from shared.web.access.guard import Guard
from shared.web.access.keys import ApiKey
from shared.web.access.router import Router

Result = TypeVar("Result")


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
    """A round with what an operator should look after."""

    silent: list[str]
    """The listings whose host has sent no ranking. They take nobody."""


class RoundPage(BaseModel):
    """A page of rounds, by id. ``next`` is the ``after`` of the next page; null on the last one."""

    items: list[RoundSummary]
    next: str | None


class RoundTransactions:
    """Runs use cases that change rounds, each in a transaction, one at a time.

    Requests that change one round exclude each other. In a queue each takes its turn; all at once they would conflict and run
    again, over and over.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    async def __call__(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        async with self._turn:
            return await self._database.transact(work)


InPath = Annotated[RoundId, Path()]


def create_router(guard: Guard, match_days: MatchDays, rounds: Rounds, rankings: Rankings, transact: RoundTransactions) -> Router:
    """``/rounds``. For a key bound to a conference, the rounds of other conferences, and of none, do not exist."""
    router = Router(prefix="/rounds", tags=["rounds"])
    running = guard("rounds", conference=True)
    # Whoever ranks has to know which rounds are open, and which listings are in them.
    reading = guard("rounds", "rankings", conference=True)

    @router.put("/{id}", responses={201: {"model": RoundView, "description": "The round is new"}})
    async def put_round(
        id: InPath, settings: RoundSettings, response: Response, key: Annotated[ApiKey, Depends(running)]
    ) -> RoundView:
        """Create a draft, or change a round. Sending the same again changes nothing.

        Once the round is open, only name, closes_at and clean_up can change.

        A key bound to a conference makes rounds of that conference only (else 403). It may name listings whose hosts take part in
        the conference or name none; others are unknown to it (422). An id of another conference's round gets 404.
        """
        guard.conference(key, settings.conference_id)
        round, new = await transact(lambda tx: match_days.put(id, settings, tx, key.conference_id))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return RoundView.of(round)

    @router.get("")
    async def get_rounds(
        key: Annotated[ApiKey, Depends(reading)],
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        after: Annotated[RoundId | None, Query(description="the last id of the page before")] = None,
        state: RoundState | None = None,
        conference_id: Id | None = None,
    ) -> RoundPage:
        """List rounds, without the ids of their listings: a page could have half a million.

        A key bound to a conference sees the rounds of that conference only.
        """
        found = await rounds.page(after or "", limit + 1, state, conference_id, only=key.conference_id)
        more = found[limit - 1][0].id if len(found) > limit else None
        return RoundPage(items=[RoundSummary.of(round, listings) for round, listings in found[:limit]], next=more)

    @router.get("/{id}")
    async def get_round(id: InPath, key: Annotated[ApiKey, Depends(reading)]) -> RoundDetails:
        """The round, and the listings whose host has not sent a ranking. A key bound to another conference gets 404."""
        round = await rounds.get(id)
        if round is None:
            raise NotFound("round", id)
        guard.owner(key, "round", id, conference_id=round.conference_id)
        answered = await rankings.answered([*round.earlier, id])
        silent = [listing_id for listing_id in round.listing_ids if listing_id not in answered]
        return RoundDetails(**RoundView.of(round).model_dump(), silent=silent)

    @router.post("/{id}/open")
    async def open_round(id: InPath, key: Annotated[ApiKey, Depends(running)]) -> RoundView:
        """Let attendees and hosts rank. An open round stays open. A key bound to another conference gets 404."""
        return RoundView.of(await transact(lambda tx: match_days.open(id, tx, key.conference_id)))

    @router.post("/{id}/lock")
    async def lock_round(id: InPath, key: Annotated[ApiKey, Depends(running)]) -> RoundView:
        """Accept no more rankings, and match the round in the background. A round that stopped with a fault is tried again.

        A key bound to another conference gets 404.
        """
        return RoundView.of(await transact(lambda tx: match_days.lock(id, tx, key.conference_id)))

    @router.post("/{id}/publish")
    async def publish_round(id: InPath, key: Annotated[ApiKey, Depends(running)]) -> RoundView:
        """Publish a matched round's outcomes in the background. Its state is `published` once all are out.

        A key bound to another conference gets 404.
        """
        return RoundView.of(await transact(lambda tx: match_days.publish(id, tx, key.conference_id)))

    @router.post("/{id}/cancel")
    async def cancel_round(id: InPath, key: Annotated[ApiKey, Depends(running)]) -> RoundView:
        """End a round that is not being published yet, without a result. Its listings may then be in other rounds.

        A key bound to another conference gets 404.
        """
        return RoundView.of(await transact(lambda tx: match_days.cancel(id, tx, key.conference_id)))

    return router
