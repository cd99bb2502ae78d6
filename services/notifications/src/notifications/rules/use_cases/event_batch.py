"""What a batch of events is compared with: read once, and saved once, by a few commands, however many events there are."""

from typing import Generic, TypeVar

from notifications.rules.domain.applications import Application
from notifications.rules.domain.progress import Progress
from notifications.rules.repository.projections import Listing, Projections
from shared.contract.events.listings import OrganizationChanged
from shared.database.mongo import Tx

Record = TypeVar("Record", Listing, Application, Progress)


class Records(Generic[Record]):
    """The records of one kind that a batch needs, by their ids, with what it changes."""

    def __init__(self, stored: dict[str, Record]) -> None:
        self._stored = set(stored)
        self._records: dict[str, Record] = stored
        self._changed: dict[str, Record] = {}

    def get(self, id: str) -> Record | None:
        """The record as it is after the events before; None if it is not known."""
        return self._records.get(id)

    def put(self, record: Record) -> None:
        self._records[record.id] = self._changed[record.id] = record

    @property
    def new(self) -> list[Record]:
        return [record for id, record in self._changed.items() if id not in self._stored]

    @property
    def changed(self) -> list[Record]:
        return [record for id, record in self._changed.items() if id in self._stored]


class EventBatch:
    """The projections that a batch of events is about. What the events change is kept until it is saved together."""

    def __init__(self, listings: dict[str, Listing], applications: dict[str, Application], progress: dict[str, Progress]) -> None:
        """Of those that the events are about, the ones that are known."""
        self.listings = Records(listings)
        self.applications = Records(applications)
        self._progress = Records(progress)
        self.organizations: list[OrganizationChanged] = []
        """Those that are saved, unless newer versions are known."""

    def advance(self, progress: Progress) -> Progress | None:
        """Keep how far a placement, a round or a nomination has come, if that is newer than what is known.

        Returns what was known before (version 0, without a state, if nothing was), or None if this is not newer.
        """
        known = self._progress.get(progress.id) or Progress(progress.id, 0, "", progress.over_at)
        if progress.version <= known.version:
            return None
        self._progress.put(progress)
        return known

    def has_applied(self, attendee_id: str, listing_id: str) -> bool:
        """Whether the attendee applied to the listing by an event of this batch."""
        applications = (*self.applications.new, *self.applications.changed)
        return any((one.attendee_id, one.listing_id) == (attendee_id, listing_id) for one in applications)

    async def save(self, projections: Projections, tx: Tx) -> None:
        """Save what has changed."""
        await projections.save_listings(self.listings.new, self.listings.changed, tx)
        await projections.save_applications(self.applications.new, self.applications.changed, tx)
        await projections.save_progress(self._progress.new, self._progress.changed, tx)
        await projections.ideas.save_organizations(self.organizations, tx)
