"""Works on match-day rounds in the background: locks them on time, freezes, matches and publishes them.

One instance works on a round at a time, under a lease. Each step commits its progress, so another instance can continue.
"""

from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from matching.rounds.domain.rounds import BatchSizes, Round
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.round_freezer import RoundFreezer
from matching.rounds.use_cases.round_matcher import RoundMatcher
from matching.rounds.use_cases.round_publisher import RoundPublisher
from shared import clock
from shared.database.leases import Lease
from shared.database.mongo import Database
from shared.logging import correlated
from shared.transient_errors import passes

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

LEASE: Final = timedelta(seconds=60)
"""How long the lease on a round lasts unless it is renewed."""
PAUSE: Final = timedelta(seconds=10)
"""How long after a failure the work on a round is tried again."""


class RoundsWorker:
    """Works on one round after another."""

    def __init__(
        self,
        match_days: MatchDays,
        freezer: RoundFreezer,
        matcher: RoundMatcher,
        publisher: RoundPublisher,
        rounds: Rounds,
        database: Database,
        sizes: BatchSizes,
        lease: timedelta = LEASE,
    ) -> None:
        self._match_days = match_days
        self._freezer = freezer
        self._matcher = matcher
        self._publisher = publisher
        self._rounds = rounds
        self._database = database
        self._sizes = sizes
        self._lease_length = lease

    async def work(self) -> None:
        """Lock the rounds that are due, and do the pending work of all rounds that no instance works on."""
        for id in await self._rounds.overdue(clock.now()):
            await self._database.transact(partial(self._match_days.lock_if_due, id))
        async for round, lease in self._rounds.claims(self._lease_length, self._database):
            with correlated(f"round/{round.id}@{round.version}"):
                await self._run(round, lease)

    async def _run(self, round: Round, lease: Lease) -> None:
        async def failed(error: Exception) -> None:
            if passes(error):
                raise error  # the database is unavailable
            log.error("round_failed", round_id=round.id, step=round.step, exc_info=error)
            # Without the error's text, which may contain ids or addresses.
            failure = f"{type(error).__name__} in step {round.step!r}; retried every {PAUSE.seconds} s, see the log"
            await self._rounds.fail(round.id, Lease.lasting(PAUSE, lease.owner), failure)

        async with self._rounds.leases.working(round.id, lease, failed):
            while round.step and not round.fault:
                round = await self.advance(round, lease.owner)
            # End the lease at once, so that the next step, such as publishing, need not wait for it.
            await self._rounds.leases.renew(round.id, lease.ended())

    async def advance(self, round: Round, owner: str) -> Round:
        """Do the next piece of work, and return the changed round. Raises ``LeaseLost`` if another instance has it."""
        match round.step:
            case "listings":
                return await self._database.transact(partial(self._freezer.listings, round.id, self._lease(owner)))
            case "attendees":
                return await self._database.transact(partial(self._freezer.attendees, round.id, self._lease(owner)))
            case "rankings":
                return await self._freeze_rankings(round, owner)
            case "match":
                return await self._match(round, owner)
            case "publish":
                await self._renewing(round, owner, self._database.outbox_below(self._sizes.unsent))
                return await self._database.transact(partial(self._publisher.publish_next, round.id, self._lease(owner)))
            case _:
                return round

    async def _freeze_rankings(self, round: Round, owner: str) -> Round:
        erased = round.erased
        applicants = await self._renewing(round, owner, self._freezer.applicants(round.id))
        while round.step == "rankings" and round.erased == erased:
            lease = self._lease(owner)
            round = await self._database.transact(partial(self._freezer.rankings, round.id, lease, applicants, erased))
        return round

    async def _match(self, round: Round, owner: str) -> Round:
        erased = round.erased
        solution = await self._renewing(round, owner, self._matcher.solve(round))
        for start in range(0, round.pages, self._sizes.pages):
            numbers = range(start, start + self._sizes.pages)
            round = await self._database.transact(
                partial(self._matcher.save_outcomes, round.id, self._lease(owner), solution, numbers)
            )
        for start in range(0, len(solution.listings), self._sizes.listings):
            listings = solution.listings[start : start + self._sizes.listings]
            round = await self._database.transact(
                partial(self._matcher.save_listings, round.id, self._lease(owner), listings, erased)
            )
        if round.step != "match" or round.erased != erased:
            return round  # cancelled meanwhile, or has to be matched again without erased attendees
        fault = await self._renewing(round, owner, self._fault(round))
        return await self._database.transact(
            partial(self._matcher.complete, round.id, self._lease(owner), solution, erased, fault)
        )

    async def _fault(self, round: Round) -> str | None:
        """Why the stored result must not be published; None if it is stable."""
        try:
            pairs = await self._matcher.blocking_pairs(round)
        except ValueError as error:
            log.critical("round_unstable", round_id=round.id, error=str(error))
            return "the result is not a valid assignment: see the log; to match it again, lock the round again"
        if not pairs:
            return None
        log.critical("round_unstable", round_id=round.id, blocking_pairs=len(pairs), first=pairs[0])
        return f"the result has {len(pairs)} blocking pairs: see the log; to match it again, lock the round again"

    async def _renewing(self, round: Round, owner: str, work: Coroutine[Any, Any, Result]) -> Result:
        """Run long work that commits nothing, renewing the lease meanwhile. The largest rounds take minutes."""
        return await self._rounds.leases.holding(round.id, owner, self._lease_length, work)

    def _lease(self, owner: str) -> Lease:
        return Lease.lasting(self._lease_length, owner)
