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
        stored = await self._hosts.versions({one.organization_id for one in told}, tx)
        newest: dict[str, Host] = {}
        for one in told:
            id = one.organization_id
            if one.version > (newest[id].version if id in newest else stored.get(id, 0)):
                newest[id] = Host(id, one.version, one.name, one.approved)
        new = [host for id, host in newest.items() if id not in stored]
        await self._hosts.save(new, [host for id, host in newest.items() if id in stored], tx)
