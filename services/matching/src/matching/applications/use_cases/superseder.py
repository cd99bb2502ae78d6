"""Ends the applications that an attendee's new placements rule out."""

from collections.abc import Collection

from matching.applications.domain import decisions
from matching.applications.domain.application import Application, commitment_of
from matching.applications.domain.transitions import Reason
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.application_changer import ApplicationChanger
from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from matching.placements.domain.placement import Placement
from matching.placements.use_cases.placement_maker import PlacementMaker
from shared.database.mongo import Tx


class Superseder:
    """Supersedes applications, in the transaction that makes the placements."""

    def __init__(
        self,
        changer: ApplicationChanger,
        applications: ApplicationsRepository,
        catalogue: CatalogueRepository,
        placement_maker: PlacementMaker,
    ) -> None:
        self._changer = changer
        self._applications = applications
        self._catalogue = catalogue
        self._placement_maker = placement_maker

    async def supersede(self, placements: Collection[Placement], tx: Tx) -> None:
        """End the attendees' live applications for the same listings, and those for which the placements leave no hours.

        The application from which a placement follows is excluded. Applications that are compatible with the placements continue.
        """
        persons = await self._placement_maker.persons([placement.attendee_id for placement in placements], tx)
        made = {id: placement for placement in placements for id in persons[placement.attendee_id]}
        live = await self._applications.live(made.keys(), tx)
        live = [application for application in live if application.id != made[application.attendee_id].application_id]
        if not live:
            return
        listings = await self._catalogue.listings({application.listing_id for application in live}, tx)
        changed = []
        for application in live:
            placement = made[application.attendee_id]
            if await self._is_ruled_out(application, placement, listings.get(application.listing_id), tx):
                reason: Reason = "match_day" if placement.round_id else "accepted_elsewhere"
                changed.append((application, decisions.supersede(application, reason, tx.now)))
        await self._changer.save(changed, tx)

    async def would_end(self, placement: Placement, tx: Tx) -> list[Application]:
        """The applications that ``supersede`` would end if this placement were made."""
        ids = (await self._placement_maker.persons([placement.attendee_id], tx))[placement.attendee_id]
        live = [one for one in await self._applications.live(ids, tx) if one.id != placement.application_id]
        listings = await self._catalogue.listings({one.listing_id for one in live}, tx) if live else {}
        return [one for one in live if await self._is_ruled_out(one, placement, listings.get(one.listing_id), tx, [placement])]

    async def _is_ruled_out(
        self,
        application: Application,
        placement: Placement,
        listing: Listing | None,
        tx: Tx,
        also: Collection[Placement] = (),
    ) -> bool:
        if listing is None or listing.id == placement.listing_id:
            return True
        commitment = commitment_of(application, listing)
        return bool(await self._placement_maker.clashing(application.attendee_id, commitment, tx, also=also))
