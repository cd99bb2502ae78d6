"""Follows what listings says of host organizations."""

from registration.hosts.repository import Host, HostsRepository
from shared.contract.envelope import Event
from shared.contract.events.listings import OrganizationChanged
from shared.database.mongo import Tx


class HostNames:
    """Keeps what hosts are called, in the transaction given."""

    def __init__(self, hosts: HostsRepository) -> None:
        self._hosts = hosts

    async def follow(self, events: list[Event], tx: Tx) -> None:
        """Take over each host, unless a newer version of it is known."""
        for event in events:
            if isinstance(said := event.data, OrganizationChanged):
                await self._hosts.save(Host(said.organization_id, said.version, said.name, said.approved), tx)
