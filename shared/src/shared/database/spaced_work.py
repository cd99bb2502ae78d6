"""Long work that one instance does from time to time, with pauses, such as counting everybody."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from shared import clock
from shared.database.leases import Lease, Leases

LEASE: Final = timedelta(minutes=5)
"""How long the lease on the work lasts unless it is renewed."""

REST: Final = 20
"""The pause as a multiple of the work's duration: it takes at most a twentieth of one core."""

Keep = Callable[[], Awaitable[None]]
"""Renews the lease if it is time. Call it between the parts of the work."""


class SpacedWork:
    """Work that one of several instances does, once its last end is long enough ago."""

    def __init__(self, leases: Leases, name: str, pause: timedelta, now: Callable[[], datetime] = clock.now) -> None:
        """``name``: of the lease; ``pause``: the shortest one between two times."""
        self._leases = leases
        self._name = name
        self._pause = pause
        self._now = now

    async def run(self, work: Callable[[datetime, Keep], Awaitable[None]]) -> None:
        """Do the work if it is time. It is passed its starting time. After an interruption, it is done again once the
        lease has ended.

        Raises:
            LeaseLost: the work took so long that another instance has begun.
        """
        started = self._now()
        lease = Lease(uuid4().hex, started + LEASE)
        if not await self._leases.take(self._name, lease, started):
            return  # another instance does it, or it is too early

        async def keep() -> None:
            nonlocal lease
            if self._now() > lease.until - LEASE / 2:
                lease = replace(lease, until=self._now() + LEASE)
                await self._leases.renew(self._name, lease)

        await work(started, keep)
        ended = self._now()
        await self._leases.renew(self._name, replace(lease, until=ended + max(self._pause, REST * (ended - started))))
