"""Leases on uploads: each is received or published by one instance at a time."""

from datetime import timedelta
from typing import Final

from shared.database.leases import Lease

LEASE: Final = timedelta(seconds=30)


def new_lease(owner: str = "") -> Lease:
    """A lease that begins now, of this owner or a new one."""
    return Lease.lasting(LEASE, owner)
