"""What the tests of match-day rounds share."""

import pytest

from support import example_round
from support.rounds import MatchDay


@pytest.fixture
async def example(day: MatchDay) -> None:
    """The match day knows the attendees and listings of the example round."""
    await example_round.know(day)
