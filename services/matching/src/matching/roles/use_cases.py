"""Keeps who has which roles up to date with what registration and listings publish."""

from collections.abc import Awaitable, Callable, Collection

from matching.roles.domain import Place, RoleHolders, role_holders_of
from matching.roles.repository import RolesRepository
from shared.contract.envelope import Event
from shared.contract.events.listings import OrganizationChanged
from shared.contract.events.registration import ConferenceScheduled
from shared.contract.topics import CONFERENCES
from shared.database.mongo import Tx

StaffChanged = Callable[[Collection[str], Tx], Awaitable[None]]
"""Called whenever the staff of these organizations may have changed."""


class RoleRecorder:
    """Records conferences' organizers and hosts' staff, in the transaction it is given.

    An erasure needs nothing else: registration and listings publish the conference or the organization without the person.
    ``staff_changed`` then forgets them elsewhere, in the same transaction.
    """

    def __init__(self, repository: RolesRepository, staff_changed: StaffChanged | None = None) -> None:
        self._repository = repository
        self._staff_changed = staff_changed

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of conferences and organizations. Versions that are not newer than the stored ones change nothing."""
        known = await self._repository.versions({_place_of(event) for event in events}, tx)
        changed: dict[tuple[Place, str], RoleHolders] = {}
        for event in events:
            place = _place_of(event)
            before = changed[place].version if place in changed else known.get(place, 0)
            if isinstance(event.data, ConferenceScheduled | OrganizationChanged):
                holders = role_holders_of(event.data)
                if holders.id != event.key:
                    tx.reject(event, f"{holders.place}_id: must be the key of the record, {event.key!r}, not {holders.id!r}")
                elif holders.version > before:
                    changed[place] = holders
            elif before:  # A tombstone. It has no version, so it gets the next one.
                changed[place] = RoleHolders(*place, version=before + 1)
        await self._repository.save(changed.values(), known, tx)
        organizations = {id for place, id in changed if place == "organization"}
        if organizations and self._staff_changed:
            await self._staff_changed(organizations, tx)


def _place_of(event: Event) -> tuple[Place, str]:
    # A tombstone has no data; its topic tells.
    of_conference = isinstance(event.data, ConferenceScheduled) or (
        event.data is None and event.record.topic.endswith(CONFERENCES.name)
    )
    return "conference" if of_conference else "organization", event.key
