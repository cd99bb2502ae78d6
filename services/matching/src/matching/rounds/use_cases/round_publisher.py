"""Publishes a matched round's outcomes and creates its placements, page by page, then opens a clean-up round if needed."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from matching.catalogue.repository import CatalogueRepository
from matching.placements.domain.placement import Placement, placement_of, round_placement_id
from matching.placements.use_cases.placement_maker import PlacementMaker, Superseded
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain import rounds as domain
from matching.rounds.domain.entries import AttendeeEntry, Outcome, placed_elsewhere, without
from matching.rounds.domain.free_seats import MOST_COMPARED, suitable
from matching.rounds.domain.rounds import BatchSizes, Round
from matching.rounds.repository.entries import Entries, Page
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import outcome_key, save_and_publish
from matching.seats.use_cases import SeatAllocator
from shared.contract.events.matching import Choice, OutcomeDecided
from shared.contract.topics import OUTCOMES
from shared.database.leases import Lease
from shared.database.mongo import Tx


class RoundPublisher:
    """Publishes rounds. Each call processes some pages, under the lease, and returns the round."""

    def __init__(
        self,
        rounds: Rounds,
        entries: Entries,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        seats: SeatAllocator,
        placements: PlacementMaker,
        sizes: BatchSizes,
        superseded: Superseded | None = None,
    ) -> None:
        self._rounds = rounds
        self._entries = entries
        self._candidates = candidates
        self._catalogue = catalogue
        self._seats = seats
        self._placements = placements
        self._superseded = superseded
        self._sizes = sizes

    async def publish_next(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Publish the next pages. After the last one, the round is published, and a clean-up round may follow."""
        round = await self._rounds.get_leased(id, lease, tx)
        if round.step != "publish":
            return round
        if round.done < round.pages:
            round = await self._publish_pages(round, range(round.done, round.done + self._sizes.pages), tx)
            round = domain.advance_to(round, round.done + self._sizes.pages)
            await self._rounds.save(round, tx)
            return round
        round = await save_and_publish(domain.finish(round), self._rounds, tx)
        await self._rounds.free_listings(id, tx)
        await self._seats.release(id, tx)
        await self._open_clean_up(round, tx)
        return round

    async def _publish_pages(self, round: Round, numbers: range, tx: Tx) -> Round:
        """Publish these pages. Attendees who took another placement since the lock keep that one, and get no seat here."""
        pages = [page async for page in self._entries.pages(round.id, numbers, tx)]
        placements = await self._placements_of(pages, tx)
        refused = {one.attendee_id for one in await self._placements.confirm_all(placements, tx, "round")}
        if self._superseded:
            await self._superseded([one for one in placements if one.attendee_id not in refused], tx)
        if refused:
            pages = [await self._take_out(page, refused, tx) for page in pages]
            count = len(refused)
            round = replace(round, matched=round.matched - count, erased=round.erased + count)
        free = await self._free_for(round.id, pages, tx)
        for page in pages:
            for attendee, outcome in zip(page.attendees, page.outcomes, strict=True):
                self._publish_outcome(round.id, attendee, outcome, free.get(attendee.id, []), tx)
        return round

    async def _free_for(self, round_id: str, pages: Sequence[Page], tx: Tx) -> dict[str, list[str]]:
        """The listings with free seats that suit each attendee on these pages who wanted a seat and got none."""
        outcomes = [outcome for page in pages for outcome in page.outcomes if outcome.listing_id is None]
        unseated = [outcome.attendee_id for outcome in outcomes if set(outcome.results) != {"placed_elsewhere"}]
        if not unseated:
            return {}
        ids = (await self._entries.free(round_id, tx))[:MOST_COMPARED]
        listings = await self._catalogue.listings(ids, tx)
        free = {id: listings[id] for id in ids if id in listings}
        people = await self._candidates.get_many(unseated, tx)
        return {id: suitable(person, free, tx.now) for id, person in people.items() if not person.empty}

    async def _placements_of(self, pages: Sequence[Page], tx: Tx) -> list[Placement]:
        """The placements of the attendees on these pages who got a seat."""
        seated = [(page.round_id, one, one.listing_id) for page in pages for one in page.outcomes if one.listing_id is not None]
        listings = await self._catalogue.listings({listing_id for _, _, listing_id in seated}, tx)
        return [
            placement_of(
                listings[listing_id],
                outcome.attendee_id,
                round_placement_id(round_id, outcome.attendee_id),
                round_id=round_id,
                reverted_from=outcome.reverted_from,
            )
            for round_id, outcome, listing_id in seated
        ]

    async def _take_out(self, page: Page, refused: Collection[str], tx: Tx) -> Page:
        """Store the page without the seats of these attendees. Their seats are free once the round is published."""
        attendees = [placed_elsewhere(one) if one.id in refused else one for one in page.attendees]
        outcomes = [
            Outcome(one.attendee_id, None, ("placed_elsewhere",) * len(one.results)) if one.attendee_id in refused else one
            for one in page.outcomes
        ]
        gone = [one for one in page.attendees if one.id in refused]
        listings = await self._entries.listings(page.round_id, {id for one in gone for id in one.choices}, tx)
        for attendee in gone:
            for id in attendee.choices:
                listings[id] = without(listings[id], attendee, matched=True)
        await self._entries.save_listings(page.round_id, listings.values(), tx)
        page = replace(page, attendees=attendees, outcomes=outcomes)
        await self._entries.save_pages([page], tx)
        return page

    def _publish_outcome(self, round_id: str, attendee: AttendeeEntry, outcome: Outcome, free: list[str], tx: Tx) -> None:
        results = zip(attendee.choices, outcome.results, strict=True)
        decided = OutcomeDecided(
            round_id=round_id,
            attendee_id=attendee.id,
            version=1,
            listing_id=outcome.listing_id,
            choices=[Choice(listing_id=listing_id, result=result) for listing_id, result in results],
            free_listing_ids=free,
        )
        tx.publish(OUTCOMES, outcome_key(round_id, attendee.id), decided, version=1)

    async def _open_clean_up(self, round: Round, tx: Tx) -> None:
        """Open a clean-up round for the seats left, if the first round's settings ask for it and anybody ranked."""
        first = round if not round.clean_up_of else await self._rounds.get_for_update(round.clean_up_of, tx)
        if first is None or not first.attendees:
            return
        left = sorted(await self._entries.free(round.id, tx))
        if following := domain.clean_up(round, left, first.clean_up, tx.now):
            await self._rounds.take_listings(left, following.id, tx)
            await self._rounds.add(following, tx)
            await save_and_publish(following, self._rounds, tx)
