"""Batches of CloudEvents as JSON, before any event in them is looked at."""

import time

import pytest

from registration.attendance.api.cloudevents import MAX_BATCH, batch
from shared.contract.envelope import Rejected


def test_a_batch_of_as_many_events_as_may_be_is_read() -> None:
    event = b'{"data": {"attendee": {"consent": {}, "skills": []}, "note": [1, 2, 3]}},'
    assert len(batch(b"[" + (event * MAX_BATCH).rstrip(b",") + b"]")) == MAX_BATCH


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"a":[]},', b"[[]],"])
def test_a_batch_of_little_but_brackets_is_refused_before_it_is_parsed(unit: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(Rejected, match="more than 200,000 objects and arrays"):
        batch(b"[" + unit * (5_000_000 // len(unit)) + b"1]")
    assert time.process_time() - begun < 0.3
