"""HTTP interface: rankings and outcomes of match-day rounds."""

import asyncio
from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from matching.catalogue.repository import CatalogueRepository
from matching.rounds.api.rounds import InPath, RoundTransactions, SelfCheck
from matching.rounds.domain.requests import MAX_ATTENDEE_ID, AttendeeRanking, HostLimits, HostRanking
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.round_matcher import RoundMatcher
from shared.contract.events.fields import Id
from shared.contract.events.matching import Choice, RoundState
from shared.refusals import Conflict, NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router

AttendeeId = Annotated[Id, StringConstraints(max_length=MAX_ATTENDEE_ID), Path()]

MAX_SHOWN_PAIRS = 100
"""How many blocking pairs a check names."""


class HostRankingView(HostRanking):
    """A host's ranking as stored. ``not_applied``: those of its attendees who have not ranked the listing yet."""

    not_applied: list[str] = []


class AttendeeOutcome(BaseModel):
    """An attendee's outcome. Until the round is published, nobody is notified."""

    round_id: str
    state: RoundState
    attendee_id: str
    listing_id: str | None = Field(description="the listing where they have a seat; null without one")
    choices: list[Choice]


class ListingOutcome(BaseModel):
    """A listing's outcome. ``results``: how many of the attendees who ranked it got which result."""

    round_id: str
    state: RoundState
    listing_id: str
    seats: int
    capacity: int = Field(description="its seats after reversion")
    withdrawn: bool
    attendee_ids: list[str] = Field(description="the attendees who have its seats, in the order of the host's ranking")
    results: dict[str, int]


class BlockingPair(BaseModel):
    """An attendee and a listing that prefer each other to what they got."""

    attendee_id: str
    listing_id: str


class CheckView(BaseModel):
    """The check of a matched round. ``blocking_pairs`` is their number: 0 means that the result is stable."""

    round_id: str
    attendees: int
    matched: int
    seats: int
    blocking_pairs: int
    first: list[BlockingPair]
    dissatisfied_couples: int | None = Field(
        description="how many couples would rather have another pair of seats that would take them: 0 unless no stable "
        "result was found; null if somebody was erased since"
    )
    repeats: bool | None = Field(
        description="whether matching again gives the same result, bit for bit; null if somebody was erased since"
    )
    input_digest: str | None
    result_digest: str | None


def create_router(
    guard: Guard,
    match_days: MatchDays,
    rounds: Rounds,
    rankings: Rankings,
    entries: Entries,
    catalogue: CatalogueRepository,
    matcher: RoundMatcher,
    transact: RoundTransactions,
) -> Router:
    """``/rounds/{id}/rankings``, ``/rounds/{id}/limits``, ``/rounds/{id}/outcomes`` and ``/rounds/{id}/check``.

    Signed-in attendees rank for themselves; for them, other attendees and rounds that were not opened do not exist. For keys
    bound to an organization, and for a host's people, listings of other organizations do not exist. Attendees' rankings and
    outcomes name listings of many organizations, so neither may read them.
    """
    router = Router(prefix="/rounds/{id}", tags=["rounds"])
    ranking = guard("rankings", attendee=True, people=True)
    hosting = guard("rankings", organization=True, people=True)
    running = guard("rounds", conference=True, people=True)
    checking = asyncio.Lock()
    check_self = SelfCheck(guard, rounds)

    async def known(id: str) -> Round:
        round = await rounds.get(id)
        if round is None:
            raise NotFound("round", id)
        return round

    async def check_own(caller: Caller, listing_id: str) -> None:
        """Raises ``Problem`` 404 if the caller acts for organizations, and the listing is not one of theirs."""
        if caller.organization_ids is not None:
            guard.owner(caller, "listing", listing_id, organization_id=await catalogue.organization_of(listing_id))

    @router.put("/rankings/attendees/{attendee_id}")
    async def rank_listings(
        id: InPath, attendee_id: AttendeeId, choices: AttendeeRanking, caller: Annotated[Caller, Depends(ranking)]
    ) -> AttendeeRanking:
        """Store the attendee's ranking of listings, best first. It replaces an earlier one.

        Attendees who are signed in rank for themselves. Other attendees, and rounds that have not been opened, get 404.
        """
        await check_self(caller, attendee_id, id)
        await transact(lambda tx: match_days.rank_listings(id, attendee_id, choices.listing_ids, tx))
        return choices

    @router.get("/rankings/attendees/{attendee_id}")
    async def get_choices(id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]) -> AttendeeRanking:
        """Return the attendee's ranking of listings, best first. Attendees who are signed in see their own; others get 404."""
        await check_self(caller, attendee_id, id)
        listing_ids = (await rankings.of_attendee((await known(id)).id, attendee_id)).listing_ids
        if not listing_ids:
            raise NotFound("ranking of attendee", attendee_id, which=f"in round {id!r}")
        return AttendeeRanking.model_construct(listing_ids=listing_ids)

    @router.delete("/rankings/attendees/{attendee_id}", status_code=204)
    async def take_back_ranking(id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]) -> None:
        """Withdraw the attendee's ranking. Attendees who are signed in withdraw their own; others get 404."""
        await check_self(caller, attendee_id, id)
        await transact(lambda tx: match_days.withdraw_ranking(id, attendee_id, tx))

    @router.put("/rankings/listings/{listing_id}")
    async def rank_attendees(
        id: InPath, listing_id: Id, ranking: HostRanking, caller: Annotated[Caller, Depends(hosting)]
    ) -> HostRankingView:
        """Store the host's ranking for a listing. It replaces an earlier one.

        Attendees may be ranked before they rank the listing themselves; the response lists those as ``not_applied``.

        A key bound to an organization, and its people (`admin`, `contact`), rank for that organization's listings, as matching
        knows them; other listings get 404.
        """
        not_applied = await transact(lambda tx: match_days.rank_attendees(id, listing_id, ranking, tx, caller.organization_ids))
        return HostRankingView.model_construct(**dict(ranking), not_applied=not_applied)

    @router.get("/rankings/listings/{listing_id}")
    async def get_host_ranking(id: InPath, listing_id: Id, caller: Annotated[Caller, Depends(hosting)]) -> HostRanking:
        """Return the host's ranking. In a clean-up round, the last one from earlier rounds, unless there is a new one.

        A key bound to another organization gets 404, and so do people of other organizations.
        """
        await check_own(caller, listing_id)
        round = await known(id)
        sent = await rankings.of_listing([*round.earlier, id], listing_id)
        if sent is None or listing_id not in round.listing_ids:
            raise NotFound("ranking for listing", listing_id, which=f"in round {id!r}")
        return sent[1]

    @router.put("/limits/{organization_id}")
    async def limit_seats(
        id: InPath, organization_id: Id, limits: HostLimits, caller: Annotated[Caller, Depends(hosting)]
    ) -> HostLimits:
        """Store the most seats that several of the organization's listings give together. This replaces earlier limits.

        A key bound to an organization, and its people (`admin`, `contact`), set those of their own; others get 404.
        """
        await transact(lambda tx: match_days.limit(id, organization_id, limits, tx, caller.organization_ids))
        return limits

    @router.get("/limits/{organization_id}")
    async def get_limits(id: InPath, organization_id: Id, caller: Annotated[Caller, Depends(hosting)]) -> HostLimits:
        """Return the organization's limits. In a clean-up round, the last ones from earlier rounds, unless there are new ones.

        A key bound to another organization gets 404, and so do people of other organizations.
        """
        guard.owner(caller, "organization", organization_id, organization_id=organization_id)
        round = await known(id)
        return await rankings.limits_of([*round.earlier, id], organization_id)

    @router.get("/outcomes/attendees/{attendee_id}")
    async def get_attendee_outcome(
        id: InPath, attendee_id: AttendeeId, caller: Annotated[Caller, Depends(ranking)]
    ) -> AttendeeOutcome:
        """Return the attendee's seat, and the result of each of their choices.

        Attendees who are signed in see their own once the round is published (until then 409), because the round may still be
        cancelled. Other attendees get 404.
        """
        await check_self(caller, attendee_id, id)
        round = await known(id)
        _check_matched(round)
        if caller.attendee_ids is not None and round.state != "published":
            raise Conflict("the round is not published yet; attendees see their results once it is")
        for _, attendee, outcome in await entries.of_attendee([id], attendee_id):
            if outcome:
                results = zip(attendee.choices, outcome.results, strict=True)
                choices = [Choice(listing_id=choice, result=result) for choice, result in results]
                return AttendeeOutcome(
                    round_id=id, state=round.state, attendee_id=attendee_id, listing_id=outcome.listing_id, choices=choices
                )
        raise NotFound("attendee", attendee_id, which=f"in round {id!r}")

    @router.get("/outcomes/listings/{listing_id}")
    async def get_listing_outcome(id: InPath, listing_id: Id, caller: Annotated[Caller, Depends(hosting)]) -> ListingOutcome:
        """Return the attendees who have the listing's seats, and how many attendees got which result.

        A key bound to an organization, and its people (`admin`, `contact`), see it once the round is published (until then 409),
        because the round may still be cancelled. Listings of other organizations get 404.
        """
        await check_own(caller, listing_id)
        round = await known(id)
        if listing_id not in round.listing_ids:
            raise NotFound("listing", listing_id, which=f"in round {id!r}")
        _check_matched(round)
        if caller.organization_ids is not None and round.state != "published":
            raise Conflict("the round is not published yet; hosts see who has their seats once it is")
        listing = (await entries.listings(id, [listing_id])).get(listing_id)
        if listing is None:
            raise NotFound("listing", listing_id, which=f"in round {id!r}")
        return ListingOutcome(
            round_id=id,
            state=round.state,
            listing_id=listing_id,
            seats=listing.seats,
            capacity=listing.capacity,
            withdrawn=listing.withdrawn,
            attendee_ids=list(listing.placed),
            results=dict(listing.results),
        )

    @router.get("/check")
    async def check_round(id: InPath, caller: Annotated[Caller, Depends(running)]) -> CheckView:
        """Search the stored result for blocking pairs, and match the frozen round again.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        round = await known(id)
        guard.owner(caller, "round", id, conference_id=round.conference_id)
        _check_matched(round)
        async with checking:  # one at a time: for a large round it takes seconds and much memory
            found = await matcher.check(round)
        shown = found.blocking_pairs[:MAX_SHOWN_PAIRS]
        pairs = [BlockingPair(attendee_id=attendee, listing_id=listing) for attendee, listing in shown]
        return CheckView(
            round_id=id,
            attendees=round.attendees,
            matched=round.matched,
            seats=found.seats,
            blocking_pairs=len(found.blocking_pairs),
            first=pairs,
            dissatisfied_couples=found.dissatisfied_couples,
            repeats=found.repeats,
            input_digest=round.input_digest,
            result_digest=round.result_digest,
        )

    return router


def _check_matched(round: Round) -> None:
    """Raises ``Conflict`` unless the round has a result."""
    if round.state not in ("matched", "published"):
        raise Conflict(f"the round is {round.state}; there is a result once it is matched")
