"""Leases on uploads: each is received or published by one instance at a time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Final

from registration.uploads.domain.upload import State, Upload
from registration.uploads.repository import Uploads
from shared import clock
from shared.database.leases import Lease
from shared.database.mongo import Database

LEASE: Final = timedelta(seconds=30)


def new_lease(owner: str = "") -> Lease:
    """A lease that begins now, of this owner or a new one."""
    return Lease.lasting(LEASE, owner)


async def claims(uploads: Uploads, state: State, database: Database) -> AsyncIterator[tuple[Upload, Lease]]:
    """Claims the uploads in this state that have no lease, one after the other. Yields each with its new lease."""
    while ids := await uploads.leases.free({"state": state}, clock.now()):
        for id in ids:
            lease = new_lease()
            if upload := await database.transact(partial(uploads.claim, id, state, lease)):
                yield upload, lease
