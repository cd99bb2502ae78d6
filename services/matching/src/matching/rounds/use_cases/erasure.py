"""The part of an erasure that deletes attendees from match-day rounds, with their placements.

Every erasure in matching starts in ``Recommendations.refresh``, with the tombstone of a profile. It deletes the candidate with
their list and calls ``AttendeeEraser``, all in one transaction. Insight needs no erasure: it has no ids of people.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from matching.placements.use_cases.erasure import PlacementEraser
from matching.rounds.domain.entries import without, without_partner
from matching.rounds.repository.entries import Entries, Page
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import outcome_key
from shared.contract.topics import OUTCOMES, RANKINGS
from shared.database.mongo import Tx
from shared.refusals import NotFound


class AttendeeEraser:
    """Erases attendees from all rounds, and their placements, in the transaction given.

    Store any other data about attendees so that it can be erased here, and add it to ``erase``.
    """

    def __init__(
        self, rounds: Rounds, rankings: Rankings, partnerships: Partnerships, entries: Entries, placements: PlacementEraser
    ) -> None:
        self._rounds = rounds
        self._rankings = rankings
        self._partnerships = partnerships
        self._entries = entries
        self._placements = placements

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these attendees' rankings, partnerships, entries, outcomes, placements and seats.

        Tombstones delete them for other services.
        """
        if not attendee_ids:
            return
        await self._placements.erase(attendee_ids, tx)
        pages = await self._entries.of_attendees(attendee_ids, tx)
        ids = set(attendee_ids)
        if partners := {one.partner for page in pages for one in page.attendees if one.id in ids and one.partner}:
            pages = await self._entries.of_attendees(ids | partners, tx)
            pages = [page for page in pages if any(one.id in ids or one.partner in ids for one in page.attendees)]
        await self._partnerships.erase(attendee_ids, tx)
        rankings = await self._rankings.erase(attendee_ids, tx)
        for id, ranking in rankings:
            tx.erase(RANKINGS, outcome_key(id, ranking.attendee_id))
        ranked = Counter(id for id, ranking in rankings if ranking.listing_ids)
        matched = set()
        for id in sorted({page.round_id for page in pages} | ranked.keys()):
            round = await self._rounds.get_for_update(id, tx)
            if round is None:
                raise NotFound("round", id)
            if round.state in ("matched", "published"):
                matched.add(id)
            # While a locked round is being frozen, a page that is not stored yet may contain them.
            locked = 0 if round.state == "open" else 1
            await self._rounds.save(replace(round, attendees=round.attendees - ranked[id], erased=round.erased + locked), tx)
        for page in pages:
            await self._erase_from(page, ids, page.round_id in matched, tx)

    async def _erase_from(self, page: Page, ids: set[str], matched: bool, tx: Tx) -> None:
        erased = [attendee for attendee in page.attendees if attendee.id in ids]
        listings = await self._entries.listings(page.round_id, {id for attendee in erased for id in attendee.choices}, tx)
        for attendee in erased:
            for id in attendee.choices:
                listings[id] = without(listings[id], attendee, matched=matched)
            tx.erase(OUTCOMES, outcome_key(page.round_id, attendee.id))
        await self._entries.save_listings(page.round_id, listings.values(), tx)
        attendees = [without_partner(attendee, ids) for attendee in page.attendees if attendee.id not in ids]
        outcomes = [outcome for outcome in page.outcomes if outcome.attendee_id not in ids]
        await self._entries.save_pages([replace(page, attendees=attendees, outcomes=outcomes)], tx)
