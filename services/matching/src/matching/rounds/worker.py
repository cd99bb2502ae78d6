"""Match-day rounds in the background: locked in time, frozen, matched, published; by one instance each, under a lease.

Every step commits by itself together with how far it got, so that another instance goes on from there.
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
from shared.failures import passes
from shared.logging import correlated

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

LEASE: Final = timedelta(seconds=60)
"""How long others wait for an instance that works on a round and was not heard of."""
PAUSE: Final = timedelta(seconds=10)
"""How long a round is let alone that failed."""


class RoundsWorker:
    """Works on one round after the other."""

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
        """Lock what is due, and do all that is to be done of the rounds that nobody works on."""
        for id in await self._rounds.overdue(clock.now()):
            await self._database.transact(partial(self._match_days.lock_if_due, id))
        async for round, lease in self._rounds.claims(self._lease_length, self._database):
            with correlated(f"round/{round.id}@{round.version}"):
                await self._run(round, lease)

    async def _run(self, round: Round, lease: Lease) -> None:
        async def failed(error: Exception) -> None:
            if passes(error):
                raise error  # the database is away
            log.error("round_failed", round_id=round.id, step=round.step, exc_info=error)
            # Not its text, which may hold ids or addresses.
            failure = f"{type(error).__name__} in the step {round.step!r}; tried again every {PAUSE.seconds} s, see the log"
            await self._rounds.fail(round.id, Lease.lasting(PAUSE, lease.owner), failure)

        async with self._rounds.leases.working(round.id, lease, failed):
            while round.step and not round.fault:
                round = await self.advance(round, lease.owner)
            # Free at once: what comes next, such as publishing, need not wait for the lease to end.
            await self._rounds.leases.renew(round.id, lease.ended())

    async def advance(self, round: Round, owner: str) -> Round:
        """Do the next piece of work on the round, and return it as it is then. Raises ``LeaseLost`` where it is another's."""
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
                await self._held(round, owner, self._database.outbox_below(self._sizes.unsent))
                return await self._database.transact(partial(self._publisher.publish_next, round.id, self._lease(owner)))
            case _:
                return round

    async def _freeze_rankings(self, round: Round, owner: str) -> Round:
        erased = round.erased
        applicants = await self._held(round, owner, self._freezer.applicants(round.id))
        while round.step == "rankings" and round.erased == erased:
            lease = self._lease(owner)
            round = await self._database.transact(partial(self._freezer.rankings, round.id, lease, applicants, erased))
        return round

    async def _match(self, round: Round, owner: str) -> Round:
        erased = round.erased
        solution = await self._held(round, owner, self._matcher.solve(round))
        for start in range(0, round.pages, self._sizes.pages):
            numbers = range(start, start + self._sizes.pages)
            round = await self._database.transact(
                partial(self._matcher.keep_outcomes, round.id, self._lease(owner), solution, numbers)
            )
        for start in range(0, len(solution.listings), self._sizes.listings):
            some = solution.listings[start : start + self._sizes.listings]
            round = await self._database.transact(
                partial(self._matcher.keep_listings, round.id, self._lease(owner), some, erased)
            )
        if round.step != "match" or round.erased != erased:
            return round  # cancelled meanwhile, or to be done again without who was erased
        fault = await self._held(round, owner, self._fault(round))
        return await self._database.transact(
            partial(self._matcher.complete, round.id, self._lease(owner), solution, erased, fault)
        )

    async def _fault(self, round: Round) -> str | None:
        """Why the result as it is kept must not be told, None where all is well."""
        try:
            pairs = await self._matcher.blocking_pairs(round)
        except ValueError as error:
            log.critical("round_unstable", round_id=round.id, error=str(error))
            return "the result is no matching: see the log; to match it anew, lock the round again"
        if not pairs:
            return None
        log.critical("round_unstable", round_id=round.id, blocking_pairs=len(pairs), first=pairs[0])
        return f"the result has {len(pairs)} blocking pairs: see the log; to match it anew, lock the round again"

    async def _held(self, round: Round, owner: str, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of what takes long and commits nothing, the lease renewed meanwhile: the largest rounds take minutes."""
        return await self._rounds.leases.holding(round.id, owner, self._lease_length, work)

    def _lease(self, owner: str) -> Lease:
        return Lease.lasting(self._lease_length, owner)
