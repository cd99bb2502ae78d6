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
        """Take over the newest version of each host."""
        newest: dict[str, OrganizationChanged] = {}
        for event in events:
            if isinstance(event.data, OrganizationChanged):
                known = newest.get(event.data.organization_id)
                if known is None or known.version < event.data.version:
                    newest[event.data.organization_id] = event.data
        for id, said in newest.items():
            await self._hosts.save(Host(id, said.version, said.name, said.approved), tx)
