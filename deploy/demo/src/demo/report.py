"""What the demo prints: each step, a live table, the summary, and what is missing."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from demo.outcome import Outcome, examples, in_words
from demo.result import Result
from demo.watch import Snapshot
from local_stack import Server, Stack

# The inbox that `make up` starts.
INBOX = "http://127.0.0.1:8025"
LINE_SECONDS = 2.0
SAME_LINE_SECONDS = 20.0


def step(what: str) -> None:
    """Announce the next step."""
    print(f"\n{what} …", flush=True)


def moved(directory: Path, aside: Path) -> None:
    """Say where the data was moved that was in the demo's directory."""
    print(f"Moved the data in {directory} to {aside}", flush=True)


def servers(stack: Stack) -> None:
    """Print each server with its address."""
    for name, part in stack.parts.items():
        print(f"  {name:14} {part.url}  ({part.kind})")


def services(started: Mapping[str, Server]) -> None:
    """Print each service with its address and process id."""
    for name, server in started.items():
        print(f"  {name:14} {server.url}  (pid {server.pid})")


class Progress:
    """The progress of the services: a live table on a terminal; elsewhere a line every two seconds while something changes."""

    def __init__(self) -> None:
        self._live = Live(console=Console(), transient=False, auto_refresh=False) if sys.stdout.isatty() else None
        self._line, self._printed = "", 0.0
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Show the current numbers."""
        if self._live:
            self._live.update(_table(snapshot), refresh=True)
            return
        now, line = time.monotonic(), _line(snapshot)
        if now - self._printed >= (SAME_LINE_SECONDS if line == self._line else LINE_SECONDS):
            self._line, self._printed = line, now
            print(f"  {now - self._began:4.0f} s  {line}", flush=True)


def _table(snapshot: Snapshot) -> Table:
    table = Table("service", box=None, pad_edge=False)
    for column in ("received", "done", "lag", "to publish", "mails"):
        table.add_column(column, justify="right", min_width=9)
    for name, counts in snapshot.services.items():
        mails = f"{counts.sent:,}" if name == "notifications" else ""
        numbers = [f"{number:,}" for number in (counts.received, counts.done, counts.lag, counts.unsent)]
        table.add_row(name, *(numbers if counts.answers else ["?"] * 4), mails)
    return table


def _line(snapshot: Snapshot) -> str:
    shown = [f"{name} {counts.done:,} done, lag {counts.lag:,}" for name, counts in snapshot.services.items()]
    return "; ".join([*shown, f"{snapshot.services['notifications'].sent:,} mails"])


def summary(result: Result, total_seconds: float) -> None:
    """Print the numbers of the run, and three matches with their reasons in words."""
    expected, matching = result.attendance.expected, result.snapshot.statistics["matching"]
    rate = expected.messages / result.registered_seconds if result.registered_seconds else 0
    rows = {
        "events": f"{expected.messages:,} published: {expected.facts:,} facts, {expected.reverted} of them taken back; "
        f"{expected.messages - expected.facts - expected.reverted} repeats",
        "candidates": f"{matching.get('candidates', 0):,}, "
        f"{sum(bool(each.declared) for each in result.attendance.attendees)} of them with a declared profile",
        "listings": f"{matching.get('listings', 0):,}",
        "matches": f"{matching.get('matches', 0):,}, for {matching.get('recommendations', 0):,} attendees",
        "mails": f"{result.snapshot.services['notifications'].sent:,}, "
        f"{sum(each.digests for each in result.outcomes):,} of them with matches, "
        f"to {sum(bool(each.digests) for each in result.outcomes):,} of {len(expected.consenting):,} who consented to mail",
        "time": f"{result.registered_seconds:.1f} s until every event was applied ({rate:,.0f} events/s), "
        f"{result.seconds:.1f} s until the last mail, {total_seconds:.0f} s in total",
    }
    print()
    for name, value in rows.items():
        print(f"  {name:11} {value}")
    for outcome in examples(result.outcomes):
        print(f"\n{_sentence(outcome)}")


def _sentence(outcome: Outcome) -> str:
    best = outcome.matches[0]
    reasons = "".join(f"\n    - they {words}" for words in in_words(best["reasons"]))
    return (
        f"  {outcome.attendee.person.name} and “{best['title']}” at {best['organization']} match ({best['score']:.0%}):{reasons}"
    )


def failure(missing: Sequence[str], logs: Sequence[Path]) -> None:
    """Print what did not arrive, and where the logs are."""
    sys.stdout.flush()
    print("\nNot everything arrived:", file=sys.stderr)
    for each in missing:
        print(f"  - {each}", file=sys.stderr)
    print("The logs:", file=sys.stderr)
    for log in logs:
        print(f"  {log}", file=sys.stderr)


def stay(stack: Stack, started: Mapping[str, Server]) -> None:
    """Print the pages to look at, and wait for Ctrl-C."""
    print(f"\nThe mails: {stack.inbox_url}")
    for name, server in started.items():
        print(f"  {name:14} {server.page}")
    print("Press Ctrl-C to stop everything.", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def farewell(directory: Path, *, kept: bool) -> None:
    """Say that everything has stopped, and how to start it again."""
    print(f"\nEverything has stopped. Data and logs: {directory}")
    if not kept:
        print(f"To read the mails, run `make up` and open {INBOX}. `make down` stops everything and keeps the data.")
