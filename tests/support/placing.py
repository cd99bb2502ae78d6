"""Seats and placements on a real database, without the service."""

from collections.abc import Awaitable, Mapping
from datetime import date
from functools import partial
from typing import Any, ClassVar, Self, cast

from matching.catalogue.repository import CatalogueRepository
from matching.model.candidates import Availability, Candidate
from matching.model.listings import Conditions, Listing
from matching.placements.domain.placement import Placement, placement_of, round_placement_id
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placement_maker import PlacementMaker
from matching.recommendations.repository import CandidatesRepository
from matching.roles.domain import RoleHolders
from matching.roles.repository import RolesRepository
from matching.seats.repository import SeatsRepository
from matching.seats.use_cases import SeatAllocator
from matching.settings import Settings
from shared.database.mongo import Database, Tx
from shared.database.outbox_documents import outbox_events
from shared.refusals import Conflict
from shared.web.access.roles import Role


async def refused(work: Awaitable[object]) -> Conflict | None:
    """The conflict with which the work is refused; None if it succeeds."""
    try:
        await work
    except Conflict as conflict:
        return conflict
    return None


class Placing:
    """The use cases and repositories, with the listings and candidates that they read."""

    # Subclasses may override these.
    seat_allocator: ClassVar = SeatAllocator
    placement_maker: ClassVar = PlacementMaker

    def __init__(self, database: Database | None = None) -> None:
        self.database = database or Database("matching", Settings())
        db = self.database.db
        self.candidates, self.catalogue = CandidatesRepository(db), CatalogueRepository(db)
        self.stored_seats, self.placements = SeatsRepository(db), PlacementsRepository(db)
        self.seats: SeatAllocator = self.seat_allocator(self.stored_seats, self.catalogue)
        self.keeper: PlacementMaker = self.placement_maker(self.placements, self.seats, self.candidates, RolesRepository(db))

    async def __aenter__(self) -> Self:
        await self.database.wait_until_fit(30)
        await self.stored_seats.ensure_indexes()
        await self.placements.ensure_indexes()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.database.close()

    async def know(self, attendees: Mapping[str, int | None], **capacities: int) -> None:
        """Save these attendees, each with their weekly hours, and these listings of three months at 20 hours a week."""
        conditions = Conditions(date(2027, 3, 1), date(2027, 5, 31), 20)
        listings = [
            Listing(id, 1, open=True, title=id, organization_id=f"o-{id}", seats=1, capacity=capacity, conditions=conditions)
            for id, capacity in capacities.items()
        ]
        people = [
            Candidate(id, shard=0, version=1, conference_ids={"c1"}, availability=Availability(hours_per_week=hours))
            for id, hours in attendees.items()
        ]

        async def work(tx: Tx) -> None:
            await self.catalogue.save(listings, [], set(), tx)
            await self.candidates.save(people, [], set(), {}, tx)

        await self.database.transact(work)

    async def staff(self, organization_id: str, **roles: str) -> None:
        """Save who has which roles at the organization, separated by spaces."""
        held = {id: frozenset(cast("list[Role]", names.split())) for id, names in roles.items()}
        holders = RoleHolders("organization", organization_id, 1, held)
        await self.database.transact(partial(RolesRepository(self.database.db).save, [holders], ()))

    async def confirm(self, listing_id: str, attendee_id: str, **more: Any) -> Placement:
        async def work(tx: Tx) -> Placement:
            listing = (await self.catalogue.listings([listing_id], tx))[listing_id]
            id = round_placement_id(more["round_id"], attendee_id) if "round_id" in more else f"{listing_id}-{attendee_id}"
            return await self.keeper.confirm(placement_of(listing, attendee_id, id, **more), tx)

        return await self.database.transact(work)

    async def published(self, topic: str) -> list[tuple[str, bytes | None]]:
        """The keys and values of the events to be published on the topic, in order."""
        documents = await self.database.outbox.find(sort=[("order", 1), ("part", 1)]).to_list(None)
        events = [event for document in documents for event in outbox_events(document)]
        return [(event["key"], event["value"]) for event in events if event["topic"] == topic]
