"""Publishes a matched round's outcomes and placements, page by page, and opens the clean-up round that follows."""

from matching.rounds.domain import rounds as domain
from matching.rounds.domain.rounds import BatchSizes, Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import outcome_key, save_and_publish
from shared.contract.events.matching import Choice, OutcomeDecided, PlacementMade
from shared.contract.topics import OUTCOMES, PLACEMENTS
from shared.database.leases import Lease
from shared.database.mongo import Tx


class RoundPublisher:
    """Publishes rounds. Each call processes some pages, under the lease, and returns the round."""

    def __init__(self, rounds: Rounds, entries: Entries, sizes: BatchSizes) -> None:
        self._rounds = rounds
        self._entries = entries
        self._sizes = sizes

    async def publish_next(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Publish the next pages. After the last one, the round is published, and a clean-up round may follow."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "publish":
            return round
        if round.done < round.pages:
            await self._publish_outcomes(id, range(round.done, round.done + self._sizes.pages), tx)
            round = domain.advance_to(round, round.done + self._sizes.pages)
            await self._rounds.save(round, tx)
            return round
        round = await save_and_publish(domain.finish(round), self._rounds, tx)
        await self._rounds.free_listings(id, tx)
        await self._open_clean_up(round, tx)
        return round

    async def _publish_outcomes(self, id: str, numbers: range, tx: Tx) -> None:
        async for page in self._entries.pages(id, numbers, tx):
            for attendee, outcome in zip(page.attendees, page.outcomes, strict=True):
                key = outcome_key(id, attendee.id)
                results = zip(attendee.choices, outcome.results, strict=True)
                decided = OutcomeDecided(
                    round_id=id,
                    attendee_id=attendee.id,
                    version=1,
                    listing_id=outcome.listing_id,
                    choices=[Choice(listing_id=listing_id, result=result) for listing_id, result in results],
                )
                tx.publish(OUTCOMES, key, decided, version=1)
                if outcome.listing_id is not None:
                    placed = PlacementMade(
                        placement_id=key,
                        version=1,
                        attendee_id=attendee.id,
                        listing_id=outcome.listing_id,
                        round_id=id,
                        reverted_from=outcome.reverted_from,
                    )
                    tx.publish(PLACEMENTS, key, placed, version=1)

    async def _open_clean_up(self, round: Round, tx: Tx) -> None:
        """Open a clean-up round for the seats left, if the first round's settings ask for it and somebody has no seat."""
        first = round if not round.clean_up_of else await self._rounds.hold(round.clean_up_of, tx)
        listings = await self._entries.listings(round.id, tx=tx)
        left = [id for id, listing in listings.items() if listing.left and not listing.withdrawn]
        clean_up = first.clean_up if first else None
        following = domain.clean_up(round, left, clean_up, tx.now)
        if first is None or following is None or await self._everybody_has_a_seat(first, following, tx):
            return
        await self._rounds.take_listings(left, following.id, tx)
        await self._rounds.add(following, tx)
        await save_and_publish(following, self._rounds, tx)

    async def _everybody_has_a_seat(self, first: Round, following: Round, tx: Tx) -> bool:
        placed = 0
        for id in following.earlier:
            placed += sum(len(listing.placed) for listing in (await self._entries.listings(id, tx=tx)).values())
        return placed >= first.attendees
