"""Keeps placements up to date with what matching publishes, and adds the skills gained in them to profiles."""

from collections.abc import Collection, Mapping

import structlog

from registration.attendees.domain.attendance import MAX_PLACEMENTS
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import Identity, groups_of
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from registration.attendees.use_cases import Profiles
from registration.portfolio.domain.placements import Credential, Placement
from registration.portfolio.repository.placements import Placements
from registration.portfolio.use_cases.revoker import Revoker
from shared.contract.envelope import Event
from shared.contract.events.matching import PlacementChanged
from shared.database.mongo import Tx

log = structlog.get_logger(__name__)


class PlacementRecorder:
    """Records placements, in the transaction given."""

    def __init__(
        self, placements: Placements, attendees: Attendees, identities: Identities, profiles: Profiles, revoker: Revoker
    ) -> None:
        self._placements = placements
        self._revoker = revoker
        self._attendees = attendees
        self._identities = identities
        self._profiles = profiles

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of placements. Versions that are not newer than the stored ones change nothing.

        ``PlacementMade`` changes nothing either, because ``PlacementChanged`` has everything that can be shown of a placement.
        """
        known = await self._placements.get_many({event.key for event in events}, tx)
        batch = _Batch(known, *await self._people(events, known, tx))
        for event in events:
            if event.data is None:
                batch.remove(event)
            elif isinstance(event.data, PlacementChanged) and (reason := batch.record(event, event.data)):
                tx.reject(event, reason)
        await self._revoker.revoke(batch.revoked, tx)
        await self._placements.remove(known.keys() - batch.placements.keys(), tx)
        now = batch.placements
        await self._placements.save(
            [now[id] for id in now.keys() - known.keys()],
            [now[id] for id in now.keys() & known.keys() if now[id] is not known[id]],
            tx,
        )
        await self._profiles.publish(batch.changes, tx)

    async def _people(
        self, events: list[Event], known: Mapping[str, Placement], tx: Tx
    ) -> tuple[AttendeeChanges, dict[str, Identity]]:
        """The attendees who have these placements, with all attendees of the same persons, and their identities."""
        ids = {placement.attendee_id for placement in known.values()}
        ids |= {event.data.attendee_id for event in events if isinstance(event.data, PlacementChanged)}
        identities = await self._identities.get_many(ids, tx)
        groups = groups_of(identities.values())
        members: Collection[str] = {member for id in ids for member in groups.get(id, (id,))}
        return AttendeeChanges({}, await self._attendees.get_many(members, tx), groups), identities


class _Batch:
    """The placements of a batch as they are after each of its events."""

    def __init__(self, known: Mapping[str, Placement], changes: AttendeeChanges, identities: Mapping[str, Identity]) -> None:
        self.placements = dict(known)
        self.changes = changes
        self.revoked: list[Credential] = []
        """The credentials to revoke."""
        self._identities = identities

    def record(self, event: Event, data: PlacementChanged) -> str:
        """Record this version of a placement. Returns why that is impossible, or "" if it was recorded."""
        if event.key != data.placement_id:
            return f"placement_id: must be the key of the record, {event.key!r}, not {data.placement_id!r}"
        before = self.placements.get(data.placement_id)
        if before and before.attendee_id != data.attendee_id:
            return f"attendee_id: must stay {before.attendee_id!r}"
        if before and before.version >= data.version:
            return ""
        attendee = self.changes.attendees.get(data.attendee_id)
        identity = self._identities.get(data.attendee_id)
        if attendee is None or (identity and identity.erased_at and event.time <= identity.erased_at):
            # They were erased, but matching has not processed that yet.
            log.info("placement_without_attendee", placement=data.placement_id)
            return ""
        if before is None and len(attendee.placements) >= MAX_PLACEMENTS:
            return f"attendee_id: {data.attendee_id!r} already has {MAX_PLACEMENTS} placements"
        placement = self.placements[data.placement_id] = Placement.of(data, before)
        if placement.credential and placement.has_outdated_credential:
            self.revoked.append(placement.credential)
            placement.credential = None
        if attendee.placements.get(placement.id) != placement.gained:
            attendee.placements[placement.id] = placement.gained
            self.changes.changed[attendee.id] = event
        return ""

    def remove(self, event: Event) -> None:
        """Forget a placement that matching has erased."""
        placement = self.placements.pop(event.key, None)
        if placement and placement.credential:
            self.revoked.append(placement.credential)
        attendee = self.changes.attendees.get(placement.attendee_id) if placement else None
        if attendee and attendee.placements.pop(event.key, None) is not None:
            self.changes.changed[attendee.id] = None
