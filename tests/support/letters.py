"""Reads and creates dead letters."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.contract.topics import SERVICES
from shared.messaging import dead_letters
from shared.messaging.dead_letters import DeadLetter
from shared.settings import ServiceSettings


async def read(settings: ServiceSettings, services: Iterable[str] = SERVICES) -> list[DeadLetter]:
    """All dead letters of these services."""
    return [letter async for letter in dead_letters.letters(settings, services)]


def a_letter(**change: Any) -> DeadLetter:
    """A dead letter of an attendance event, with these fields changed."""
    letter = DeadLetter("registration", "attendance.inbound/0/0", datetime(2026, 1, 1, tzinfo=UTC), "because", None, b"{}", ())
    return replace(letter, **change)
