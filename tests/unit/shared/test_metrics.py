"""Gauges of how long the oldest of what waits has waited."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from shared import clock, metrics

NAME = "an_age_seconds"


@pytest.fixture
def age() -> Iterator[metrics.Age]:
    age = metrics.Age(NAME, "of what waits", ["kind"])
    yield age
    REGISTRY.unregister(age._gauge)


def shown(kind: str) -> float | None:
    return REGISTRY.get_sample_value(NAME, {"kind": kind})


def test_an_age_grows_by_itself_until_nothing_waits(age: metrics.Age) -> None:
    age.waits_since(clock.now() - timedelta(seconds=90), "mail")
    first = shown("mail") or 0
    assert 90 <= first < 100
    time.sleep(0.01)
    assert (shown("mail") or 0) > first
    age.waits_since(None, "mail")
    assert shown("mail") == 0


def test_each_kind_has_its_own_age_and_none_is_negative(age: metrics.Age) -> None:
    age.waits_since(clock.now() - timedelta(hours=1), "old")
    age.waits_since(clock.now() + timedelta(hours=1), "from another machine, whose clock is ahead")
    assert (shown("old") or 0) >= 3600
    assert shown("from another machine, whose clock is ahead") == 0
    assert shown("never told") is None
