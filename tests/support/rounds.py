"""Match-day rounds on a real database, without the service: the test runs the background work."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from matching.catalogue.repository import CatalogueRepository
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.placements.domain.placement import Placement
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.erasure import PlacementEraser
from matching.placements.use_cases.placement_maker import PlacementMaker
from matching.recommendations.repository import CandidatesRepository
from matching.roles.repository import RolesRepository
from matching.rounds.domain.requests import HostRanking, RoundSettings
from matching.rounds.domain.rounds import BatchSizes, Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.erasure import AttendeeEraser
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.round_freezer import RoundFreezer
from matching.rounds.use_cases.round_matcher import RoundMatcher
from matching.rounds.use_cases.round_publisher import RoundPublisher
from matching.rounds.worker import LEASE, RoundsWorker
from matching.seats.repository import SeatsRepository
from matching.seats.use_cases import SeatAllocator
from matching.settings import Settings
from shared.database.leases import Lease
from shared.database.mongo import Database, Result, Tx
from shared.database.outbox_documents import outbox_events

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


class Killed(BaseException):
    """Simulates the death of the process: no code handles it."""


class Mortal(Database):
    """A database that raises ``Killed`` instead of committing once ``commits_left`` is 0."""

    commits_left: int | None = None

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        if self.commits_left == 0:
            raise Killed
        if self.commits_left is not None:
            self.commits_left -= 1
        return await super().transact(work)


class MatchDay:
    """The use cases and repositories of rounds, with the candidates and listings that they read."""

    def __init__(self) -> None:
        self.database = Mortal("matching", Settings())
        db = self.database.db
        self.rounds, self.rankings, self.entries = Rounds(db), Rankings(db), Entries(db)
        self.candidates, self.catalogue = CandidatesRepository(db), CatalogueRepository(db)
        self.sizes = BatchSizes(unsent=1000)  # nothing publishes here
        self.stored_seats, self.placements = SeatsRepository(db), PlacementsRepository(db)
        self.seat_allocator = SeatAllocator(self.stored_seats, self.catalogue)
        self.placement_maker = PlacementMaker(self.placements, self.seat_allocator, self.candidates, RolesRepository(db))
        self.days = MatchDays(
            self.rounds, self.rankings, self.entries, self.candidates, self.catalogue, self.seat_allocator, draw=lambda: "drawn"
        )
        placements = PlacementEraser(self.placements, self.seat_allocator)
        self.partnerships = Partnerships(db)
        self.eraser = AttendeeEraser(self.rounds, self.rankings, self.partnerships, self.entries, placements)
        self.superseded: list[str] = []
        """The attendees whose new placements were passed on, to end the applications that they rule out."""
        self.matcher = RoundMatcher(self.rounds, self.entries)
        self.scores: dict[str, float] = {}
        self.worker = self.another_worker()

    async def __aenter__(self) -> Self:
        await self.database.wait_until_fit(30)
        for repository in (self.rounds, self.rankings, self.partnerships, self.entries, self.stored_seats, self.placements):
            await repository.ensure_indexes()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.database.close()

    def another_worker(self, lease: timedelta = LEASE) -> RoundsWorker:
        freezer = RoundFreezer(
            self.rounds,
            self.rankings,
            self.entries,
            self.candidates,
            self.catalogue,
            self.seat_allocator,
            self.placements,
            self.partnerships,
            self._score,
            self.sizes,
        )
        publisher = RoundPublisher(
            self.rounds,
            self.entries,
            self.candidates,
            self.catalogue,
            self.seat_allocator,
            self.placement_maker,
            self.sizes,
            self._supersede,
        )
        return RoundsWorker(self.days, freezer, self.matcher, publisher, self.rounds, self.database, self.sizes, lease)

    async def _score(self, listing_id: str, attendee_ids: Sequence[str], tx: Tx) -> Mapping[str, float]:
        return {id: self.scores.get(id, 0.5) for id in attendee_ids}

    async def _supersede(self, placements: Collection[Placement], tx: Tx) -> None:
        self.superseded += [placement.attendee_id for placement in placements]

    async def know(self, attendees: Mapping[str, str | None], **seats: int) -> None:
        """Save these attendees, each with a discipline, and these listings, each with a number of seats."""
        listings = [Listing(id, 1, open=True, organization_id="o1", seats=count) for id, count in seats.items()]
        people = [
            Candidate(id, shard=0, version=1, conference_ids={"c1"}, discipline=discipline)  # type: ignore[arg-type]
            for id, discipline in attendees.items()
        ]

        async def work(tx: Tx) -> None:
            await self.catalogue.save(listings, [], set(), tx)
            await self.candidates.save(people, [], set(), {}, tx)

        await self.database.transact(work)

    async def withdraw(self, id: str) -> None:
        async def work(tx: Tx) -> None:
            await self.catalogue.save([Listing(id, 2, open=False)], [], {id}, tx)

        await self.database.transact(work)

    async def opened(
        self,
        id: str,
        listings: Sequence[str],
        choices: Mapping[str, list[str]],
        hosts: Mapping[str, dict[str, Any]],
        **settings: Any,
    ) -> None:
        """Create a round, open it, and submit these rankings."""
        transact = self.database.transact
        new = RoundSettings(name="Match day", listing_ids=list(listings), **{"seed": "lottery"} | settings)
        await transact(partial(self.days.put, id, new))
        await transact(partial(self.days.open, id))
        await self.rank(id, choices, hosts)

    async def rank(self, id: str, choices: Mapping[str, list[str]], hosts: Mapping[str, dict[str, Any]]) -> None:
        transact = self.database.transact
        for attendee_id, listing_ids in choices.items():
            await transact(partial(self.days.rank_listings, id, attendee_id, listing_ids))
        for listing_id, ranking in hosts.items():
            await transact(partial(self.days.rank_attendees, id, listing_id, HostRanking(**ranking)))

    async def claim(self, id: str, owner: str) -> Round | None:
        """Take over the round's lease for this owner, as after the previous owner was killed and its lease ended."""
        await self.database.db["rounds"].update_one({"_id": id}, {"$set": {"until": LONG_AGO}})
        lease = Lease(owner, LONG_AGO + timedelta(days=36500))
        to_do = {"step": {"$ne": None}, "fault": None}
        claimed = await self.database.transact(partial(self.rounds.leases.claim, id, to_do, lease))
        return await self.get(id) if claimed else None

    async def matched(self, id: str) -> Round:
        """Lock the round and run the background work until it is matched."""
        await self.database.transact(partial(self.days.lock, id))
        await self.worker.work()
        return await self.get(id)

    async def published(self, id: str) -> Round:
        await self.database.transact(partial(self.days.publish, id))
        await self.worker.work()
        return await self.get(id)

    async def get(self, id: str) -> Round:
        round = await self.rounds.get(id)
        assert round
        return round

    async def seats(self, id: str) -> dict[str, str | None]:
        """The listing in which the round placed each attendee, or None."""
        return {one.attendee_id: one.listing_id async for page in self.entries.pages(id) for one in page.outcomes}

    async def told(self, topic: str) -> list[tuple[str, bytes | None]]:
        """The keys and values of the events to be published, in order."""
        documents = await self.database.outbox.find(sort=[("order", 1), ("part", 1)]).to_list(None)
        events = [event for document in documents for event in outbox_events(document)]
        return [(event["key"], event["value"]) for event in events if event["topic"] == topic]
