"""What every service counts, for Prometheus. A service adds its own in the module that counts it.

All names begin with ``opportunity_desk_``. ``group`` is a consumer group, and ``topic`` a topic, both without ``TOPIC_PREFIX``.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from math import nan

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from shared import clock

disable_created_metrics()  # type: ignore[no-untyped-call] # they would be a third of all series, and nobody asks for them


class Age:
    """A gauge of how long the oldest waiting item has waited, in seconds; 0 if nothing waits.

    It is given the start of the wait, so it keeps growing even if nobody can update it.
    """

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        self._gauge = Gauge(name, meaning, labels)
        self._since: dict[tuple[str, ...], datetime | None] = {}
        if not labels:
            self.waits_since(None)

    def waits_since(self, since: datetime | None, *labels: str) -> None:
        """Since when the oldest waits; None: nothing waits."""
        if labels not in self._since:
            child = self._gauge.labels(*labels) if labels else self._gauge
            child.set_function(partial(self._seconds, labels))
        self._since[labels] = since

    def _seconds(self, labels: tuple[str, ...]) -> float:
        since = self._since.get(labels)
        return max(0.0, (clock.now() - since).total_seconds()) if since else 0.0


BUILD = Gauge("opportunity_desk_build_info", "always 1; the label is the running version", ["version"])
SCHEMA_VERSION = Gauge("opportunity_desk_schema_version", "the schema version of the service's database")
RECEIVED = Counter("opportunity_desk_events_received", "records received, including repeats", ["group", "topic"])
DONE = Counter(
    "opportunity_desk_events_done", "records completed: applied, recognized as repeats, or dead-lettered", ["group", "topic"]
)
DEAD_LETTERS = Counter("opportunity_desk_dead_letters", "records dead-lettered", ["group", "topic"])
OPEN_DEAD_LETTERS = Gauge(
    "opportunity_desk_dead_letters_open",
    "dead letters that nobody has sent again or discarded; counted every five minutes, up to 100,000",
)
OPEN_DEAD_LETTERS.set(nan)  # not counted yet
RETRIES = Counter("opportunity_desk_batch_retries", "retries of batches", ["group"])
BATCH_SECONDS = Histogram(
    "opportunity_desk_batch_duration_seconds",
    "time of one batch, from receipt to commit",
    ["group"],
    # One transaction may take 60 s, and a batch makes several where some of its records fail.
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
LAG = Gauge("opportunity_desk_consumer_lag", "records not yet completed", ["group", "topic", "partition"])
LAG_AGE = Age(
    "opportunity_desk_consumer_lag_seconds",
    "how long the oldest record that this instance still has to complete has waited, since its timestamp in Kafka",
    ["group", "topic"],
)
HALTED = Gauge(
    "opportunity_desk_consumer_halted",
    "1 while the consumer is halted because too many records in a row failed; 0 once it continues",
    ["group"],
)
OUTBOX_UNSENT = Gauge("opportunity_desk_outbox_unsent", "outbox documents not yet published; each instance counts all")
OUTBOX_AGE = Age("opportunity_desk_outbox_oldest_age_seconds", "how long the oldest unpublished outbox document has waited")
REQUEST_SECONDS = Histogram(
    "opportunity_desk_http_request_duration_seconds",
    "time of HTTP requests, until the answer is sent, by route and status class; the route is empty if there is none",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
