"""Watches the services over HTTP until everything expected has arrived."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from demo.attendees import Expected

SERVICES = ("registration", "listings", "matching", "notifications")
POLL_SECONDS = 0.3
IDLE_POLL_SECONDS = 0.2
QUIET_POLLS = 3  # of these, longer than two of the intervals at which services measure their lag (`demo.run.MEASURE_SECONDS`)
PATIENCE_SECONDS = 120.0  # longer than a service may work on one batch

_COUNTERS = {
    "opportunity_desk_events_received_total": "received",
    "opportunity_desk_events_done_total": "done",
    "opportunity_desk_dead_letters_total": "dead",
    "opportunity_desk_consumer_lag": "lag",
    "opportunity_desk_outbox_unsent": "unsent",
    "opportunity_desk_mails_total": "sent",
}
"""The metrics that count, each with the field of `Counts` into which it goes."""


@dataclass(frozen=True)
class Counts:
    """The counters of one service. `answers` is false while its metrics cannot be read."""

    received: int = 0
    done: int = 0
    dead: int = 0
    lag: int = 0
    unsent: int = 0
    sent: int = 0
    answers: bool = True

    @property
    def idle(self) -> bool:
        """Whether nothing is left to read or to publish."""
        return self.answers and self.lag == 0 and self.unsent == 0


@dataclass(frozen=True)
class Snapshot:
    """The services at one moment: their counters and statistics, and the number of mails in the inbox."""

    services: Mapping[str, Counts]
    statistics: Mapping[str, Mapping[str, int]]
    inbox: int

    @property
    def idle(self) -> bool:
        """Whether all services are."""
        return all(counts.idle for counts in self.services.values())

    def missing(self, expected: Expected) -> list[str]:
        """Return what has not arrived yet, in one sentence each, except for mails to individual attendees."""
        registration, matching = self.statistics["registration"], self.statistics["matching"]
        return [
            *_less("registration", "attendance facts", registration.get("facts", 0), expected.facts),
            *_less("registration", "facts taken back", registration.get("reverted", 0), expected.reverted),
            *_less("registration", "attendees", registration.get("attendees", 0), expected.attendees),
            *_less("matching", "candidates", matching.get("candidates", 0), expected.candidates),
            *_less("matching", "listings", matching.get("listings", 0), expected.listings),
            *self.unfinished(),
        ]

    def unfinished(self) -> list[str]:
        """Return what the services have not done yet of what they were given, in one sentence each."""
        sent, mailing = self.services["notifications"].sent, self.statistics["notifications"]
        waiting = mailing.get("due", 0) + mailing.get("queued", 0)
        return [
            *(f"{name} does not answer" for name, counts in self.services.items() if not counts.answers),
            *(f"{name} has {counts.lag:,} events to read" for name, counts in self.services.items() if counts.lag),
            *(f"{name} has {counts.unsent:,} batches to publish" for name, counts in self.services.items() if counts.unsent),
            *(f"{name} could not apply {counts.dead:,} events" for name, counts in self.services.items() if counts.dead),
            *([f"{waiting:,} mails wait to be sent"] if waiting else []),
            *([] if self.inbox == sent else [f"the inbox has {self.inbox:,} mails, but {sent:,} were sent"]),
        ]


def _less(service: str, what: str, have: int, want: int) -> list[str]:
    return [] if have == want else [f"{service} has {have:,} {what} instead of {want:,}"]


@dataclass
class Watch:
    """Reads the four services and the inbox, at their base URLs."""

    client: httpx.AsyncClient
    addresses: Mapping[str, str]
    inbox: str
    last: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        silent = Counts(answers=False)
        self.last = Snapshot(dict.fromkeys(SERVICES, silent), {name: {} for name in SERVICES}, 0)

    async def until_quiet(self, expected: Expected | None = None) -> AsyncIterator[Snapshot]:
        """Yield a snapshot again and again, until nothing is missing and nothing changes any more.

        Without `expected`, it is enough that nothing is unfinished. It also ends when nothing has changed for two minutes
        although something is missing: see `last.missing()`.
        """
        clock = asyncio.get_running_loop().time
        changed, unchanged_polls = clock(), 0
        of = SERVICES if expected else ("notifications",)
        while True:
            before, self.last = self.last, await self.snapshot(of if unchanged_polls >= QUIET_POLLS - 1 else ())
            yield self.last
            if self.last != before:
                changed = clock()
            unchanged_polls = unchanged_polls + 1 if self.last.services == before.services else 0
            arrived = not (self.last.missing(expected) if expected else self.last.unfinished())
            if (arrived and unchanged_polls >= QUIET_POLLS) or clock() - changed > PATIENCE_SECONDS:
                return
            await asyncio.sleep(IDLE_POLL_SECONDS if self.last.idle else POLL_SECONDS)

    async def snapshot(self, of: Sequence[str] = SERVICES) -> Snapshot:
        """Ask all services at the same time. A service that does not answer keeps its last statistics.

        The database has to count for the statistics. So they are requested only ``of`` these services, and only when the counters
        no longer change. Without any of them, the inbox is not asked either.
        """
        counts = dict(zip(SERVICES, await asyncio.gather(*(self._counts(name) for name in SERVICES)), strict=True))
        seen = replace(self.last, services=counts)
        if not of or counts != self.last.services or not seen.idle:
            return seen
        answers = await asyncio.gather(*(self._statistics(name) for name in of))
        inbox = (await self._get(f"{self.inbox}/api/messages/count")).get("count", seen.inbox)
        return replace(seen, statistics={**seen.statistics, **dict(zip(of, answers, strict=True))}, inbox=inbox)

    async def _counts(self, name: str) -> Counts:
        try:
            # Only these: to make and to read all metrics twice a second would keep a core busy that the services need.
            response = await self.client.get(f"{self.addresses[name]}/metrics", params={"name[]": list(_COUNTERS)})
            return read_counts(response.raise_for_status().text)
        except httpx.HTTPError:
            return Counts(answers=False)

    async def _statistics(self, name: str) -> Mapping[str, int]:
        return await self._get(f"{self.addresses[name]}/statistics") or self.last.statistics[name]

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            response = await self.client.get(url)
            return dict(response.raise_for_status().json())
        except (httpx.HTTPError, ValueError):
            return {}


def read_counts(metrics: str) -> Counts:
    """Read the counters that the demo shows from a service's metrics, in Prometheus's text format."""
    sums: dict[str, Any] = dict.fromkeys(_COUNTERS.values(), 0)
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name in _COUNTERS and sample.labels.get("status", "sent") == "sent":
                sums[_COUNTERS[sample.name]] += int(sample.value)
    return Counts(**sums)
