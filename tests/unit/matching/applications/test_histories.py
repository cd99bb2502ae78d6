"""Whatever hosts, attendees, organizers and the clock do: no seat is given twice, and every application ends and is told of."""

from hypothesis import settings

from support.hiring_histories import Histories

TestHistories = Histories.TestCase
TestHistories.settings = settings(stateful_step_count=30)
