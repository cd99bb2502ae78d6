"""Creates seats and placements for rounds that were locked or published by 0.1.0, which stored neither.

This runs once for each database, before anything else. If it is interrupted, it starts again, and changes nothing twice.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

import structlog

from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from matching.placements.domain.placement import placement_of, round_placement_id
from matching.placements.use_cases.placement_maker import PlacementMaker
from matching.rounds.domain.rounds import BatchSizes, Round
from matching.rounds.repository.entries import Entries, Page
from matching.rounds.repository.rounds import Rounds
from matching.seats.repository import SeatsRepository
from shared.contract.events.matching import RoundState
from shared.database.mongo import Database, Tx

log = structlog.get_logger(__name__)

_STATES: Final[tuple[RoundState, ...]] = ("locked", "matched", "published")
_PAGE: Final = 100


class SeatsOfRounds:
    """Adopts the promises of earlier rounds."""

    def __init__(
        self,
        rounds: Rounds,
        entries: Entries,
        catalogue: CatalogueRepository,
        seats: SeatsRepository,
        placements: PlacementMaker,
        database: Database,
        sizes: BatchSizes,
    ) -> None:
        self._rounds = rounds
        self._entries = entries
        self._catalogue = catalogue
        self._seats = seats
        self._placements = placements
        self._database = database
        self._sizes = sizes

    async def adopt(self) -> None:
        """Adopt all earlier rounds, unless that is done already."""
        if await self._seats.adopted():
            return
        rounds = 0
        async for round in self._all():
            published = round.pages if round.state == "published" else round.done if round.step == "publish" else 0
            for start in range(0, published, self._sizes.pages):
                numbers = range(start, min(published, start + self._sizes.pages))
                await self._database.transact(partial(self._adopt_placements, round.id, numbers))
            if round.state != "published":
                await self._database.transact(partial(self._adopt_holds, round.id, published))
            rounds += 1
        await self._database.transact(self._seats.mark_adopted)
        log.info("seats_of_rounds_adopted", rounds=rounds)

    async def _all(self) -> AsyncIterator[Round]:
        for state in _STATES:
            after = ""
            while found := await self._rounds.page(after, _PAGE, state, None):
                for round, _ in found:
                    yield round
                after = found[-1][0].id

    async def _adopt_placements(self, round_id: str, numbers: range, tx: Tx) -> None:
        await self._rounds.get_for_update(round_id, tx)  # an erasure holds it, too
        pages = [page async for page in self._entries.pages(round_id, numbers, tx)]
        seated = _seated(pages)
        listings = await self._catalogue.listings({listing_id for _, listing_id, _ in seated}, tx)
        placements = [
            placement_of(
                listings.get(listing_id) or Listing(listing_id, 0, open=False),
                attendee_id,
                round_placement_id(round_id, attendee_id),
                round_id=round_id,
                reverted_from=reverted_from,
            )
            for attendee_id, listing_id, reverted_from in seated
        ]
        await self._placements.adopt(round_id, placements, {}, tx)

    async def _adopt_holds(self, round_id: str, published: int, tx: Tx) -> None:
        """Hold the seats that the round has yet to assign: all, or during publication, those on the remaining pages."""
        round = await self._rounds.get_for_update(round_id, tx)
        if round is None:
            return
        if round.step == "publish":
            pages = [page async for page in self._entries.pages(round_id, range(published, round.pages), tx)]
            held = dict(Counter(reverted_from or listing_id for _, listing_id, reverted_from in _seated(pages)))
        else:
            held = {id: entry.seats for id, entry in (await self._entries.listings(round_id, tx=tx)).items() if entry.seats}
        await self._placements.adopt(round_id, [], held, tx)


def _seated(pages: Sequence[Page]) -> list[tuple[str, str, str | None]]:
    """Everybody on these pages who got a seat: attendee, listing, and the listing from which the seat reverted, if any."""
    return [
        (outcome.attendee_id, outcome.listing_id, outcome.reverted_from)
        for page in pages
        for outcome in page.outcomes
        if outcome.listing_id is not None
    ]
