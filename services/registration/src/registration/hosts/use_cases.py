"""Keeps host organizations up to date with what listings publishes."""

from registration.hosts.repository import Host, HostsRepository
from shared.contract.envelope import Event
from shared.contract.events.listings import OrganizationChanged
from shared.database.mongo import Tx


class HostNames:
    """Stores the names of hosts, in the transaction given."""

    def __init__(self, hosts: HostsRepository) -> None:
        self._hosts = hosts

    async def follow(self, events: list[Event], tx: Tx) -> None:
        """Store each host, unless a newer version of it is known."""
        told = [event.data for event in events if isinstance(event.data, OrganizationChanged)]
        await self._hosts.save([Host(one.organization_id, one.version, one.name, one.approved) for one in told], tx)
