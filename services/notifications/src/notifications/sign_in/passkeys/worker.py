"""Clearing up."""

from notifications.sign_in.passkeys.repository import Challenges
from shared import clock


class ChallengeSweeper:
    """Deletes challenges that were never used."""

    def __init__(self, challenges: Challenges) -> None:
        self._challenges = challenges

    async def sweep(self) -> None:
        await self._challenges.sweep(clock.now())
