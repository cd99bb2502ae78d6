"""Which listings are not recommended to whom, and who is not invited to a match day: whoever is placed is no longer recruited."""

from collections.abc import Collection, Iterable, Mapping

from notifications.contacts.domain import Contact
from notifications.rules.domain.progress import Progress, commitment_of
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Listing, Projections
from notifications.writing.use_cases.transaction_cache import TransactionCache
from shared.commitments import Commitment, clashing
from shared.database.mongo import Document, Tx


class Suitability:
    """Finds listings and people that recruiting mails must leave out."""

    def __init__(self, projections: Projections, attendances: Attendances) -> None:
        self._projections = projections
        self._attendances = attendances

    async def unsuitable(self, wanted: Mapping[str, Collection[str]], tx: Tx) -> dict[str, set[str]]:
        """The listings not to be recommended, of those ``wanted`` for each attendee, and others.

        They have or had a placement there, or one that leaves them no hours for it; or their application is open, or was ended by
        themselves or the host.
        """
        unsuitable = await self._projections.ruled_out(wanted.keys(), tx)
        placements = await self._projections.placements_of(wanted.keys(), tx)
        listings = await self._projections.listings({id for attendee_id in placements for id in wanted[attendee_id]}, tx)
        profiles = await self._attendances.known(placements.keys(), tx)
        held = await self._held(placements, profiles, tx)
        for attendee_id, (commitments, hours) in held.items():
            for id in wanted[attendee_id]:
                if id in listings and clashing(commitment_of(listings[id].conditions), commitments, hours):
                    unsuitable.setdefault(attendee_id, set()).add(id)
        return unsuitable

    async def suitable_recipients(
        self, scheduled: ScheduledMail, contacts: Mapping[str, Contact], cache: TransactionCache
    ) -> dict[str, Contact]:
        """Those of these people whom a mail that recruits may reach; of any other mail, all of them."""
        tx = cache.tx
        if scheduled.kind.name == "listing_closing":
            left_out = await self._not_reminded(scheduled.details.listing_id, contacts.keys(), tx)
        elif scheduled.kind.name == "invitation":
            listing = (await cache.listings([scheduled.details.listing_id])).get(scheduled.details.listing_id)
            is_open = listing is not None and listing.open
            left_out = await self._not_reminded(scheduled.details.listing_id, contacts, tx) if is_open else {*contacts}
        elif scheduled.kind.name == "round_opened":
            left_out = await self._not_invited(scheduled.details.round_id, contacts.keys(), tx)
            if scheduled.audience.group == "attended":
                left_out |= await self._projections.took_part(scheduled.details.round_id, contacts.keys(), tx)
        else:
            left_out = set()
        return {id: contact for id, contact in contacts.items() if id not in left_out}

    async def _not_reminded(self, listing_id: str, ids: Collection[str], tx: Tx) -> set[str]:
        """Those whom the listing does not suit, or who applied for it, whatever became of that."""
        unsuitable = await self.unsuitable(dict.fromkeys(ids, (listing_id,)), tx)
        return {id for id, listings in unsuitable.items() if listing_id in listings} | (
            await self._projections.applied(listing_id, ids, tx)
        )

    async def _not_invited(self, round_id: str, ids: Collection[str], tx: Tx) -> set[str]:
        """Those who do not agree to be matched any more, or whose placements rule out each of the round's listings."""
        profiles = await self._attendances.known(ids, tx)
        left_out = {id for id, profile in profiles.items() if not profile.get("agreed", True)}
        placements = await self._projections.placements_of(set(ids) - left_out, tx)
        if placements and (listings := await self._projections.listings_of_round(round_id, tx)):
            for id, (commitments, hours) in (await self._held(placements, profiles, tx)).items():
                if not _suits_any(listings, placements[id], commitments, hours):
                    left_out.add(id)
        return left_out

    async def _held(
        self, placements: Mapping[str, Collection[Progress]], profiles: Mapping[str, Document], tx: Tx
    ) -> dict[str, tuple[dict[str, Commitment], int | None]]:
        """What the placements of each attendee take, by their ids, and how many hours a week the attendee has."""
        made = {one.listing_id for theirs in placements.values() for one in theirs}
        listings = await self._projections.listings(made, tx)
        held = {}
        for attendee_id, theirs in placements.items():
            commitments = {}
            for placement in theirs:
                listing = listings.get(placement.listing_id)
                if commitment := placement.commitment(listing.conditions if listing else None):
                    commitments[placement.id] = commitment
            held[attendee_id] = commitments, profiles.get(attendee_id, {}).get("hours")
        return held


def _suits_any(
    listings: Iterable[Listing], placements: Collection[Progress], held: Mapping[str, Commitment], hours: int | None
) -> bool:
    """Whether the attendee could take one of these listings beside their placements, and has no seat of it yet."""
    seated = {placement.listing_id for placement in placements}
    suits: dict[Commitment, bool] = {}  # of thousands of listings, most have the same dates and hours
    for listing in listings:
        wanted = commitment_of(listing.conditions)
        if wanted not in suits:
            suits[wanted] = not clashing(wanted, held, hours)
        if suits[wanted] and listing.id not in seated:
            return True
    return False
