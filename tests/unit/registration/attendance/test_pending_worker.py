"""When the worker looks for events that wait for an announced conference."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.attendance.worker import LOOK_AGAIN_FOR, PendingWorker
from shared import clock

ANNOUNCED = datetime(2024, 7, 8, 10, tzinfo=UTC)


class Announced:
    """One announced conference, without events that wait: when it is due next."""

    def __init__(self) -> None:
        self.next: datetime | None = ANNOUNCED

    async def due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        return [("c1", ANNOUNCED)] if self.next and self.next <= now else []

    async def look_again(self, conference_id: str, announced_at: datetime, due: datetime | None) -> None:
        self.next = due

    async def get(self, conference_id: str) -> None:
        return None


async def test_it_looks_again_soon_and_ever_more_rarely_until_no_transaction_can_be_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announced: Any = Announced()
    nothing: Any = None
    worker = PendingWorker(nothing, nothing, nothing, announced, announced, nothing, nothing, days=30)
    looked_after = []
    while announced.next:
        now = announced.next
        looked_after.append(now - ANNOUNCED)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        await worker.apply()
    assert looked_after == [timedelta(seconds=seconds) for seconds in (0, 1, 2, 4, 8, 16, 32, 64, 128)]
    assert looked_after[-1] > LOOK_AGAIN_FOR
