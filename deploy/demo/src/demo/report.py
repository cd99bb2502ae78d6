"""What the demo prints: each step, what came of the conference, and what is missing."""

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from demo import funnel
from demo.attendees import Attendance
from demo.outcome import Outcome, examples, in_words
from demo.watch import Snapshot
from local_stack import Server, Stack
from local_stack.__main__ import PEOPLE

if TYPE_CHECKING:  # it prints its steps by this module
    from demo.story import Story

LINE_SECONDS = 5.0


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


def day(today: datetime) -> None:
    """Say which day it is for the services."""
    print(f"\nThe services' clock says {today.day} {today:%B %Y}. The demo moves it on in steps, to now.")


class Progress:
    """The progress of the services: a line every five seconds while something changes."""

    def __init__(self) -> None:
        self._line, self._printed = "", 0.0
        self._began = time.monotonic()

    def show(self, snapshot: Snapshot) -> None:
        """Print the current numbers, if it is time to."""
        services, now = snapshot.services, time.monotonic()
        lags = sum(counts.lag for counts in services.values())
        line = f"{lags:,} events wait in Kafka, {services['notifications'].sent:,} mails are sent"
        if line != self._line and now - self._printed >= LINE_SECONDS:
            self._line, self._printed = line, now
            print(f"  {now - self._began:4.0f} s  {line}", flush=True)


def conference(seen: Attendance, snapshot: Snapshot, outcomes: Sequence[Outcome]) -> None:
    """Print what the services made of the attendance, and three matches with their reasons in words."""
    expected, matching = seen.expected, snapshot.statistics["matching"]
    repeats = expected.messages - expected.facts - expected.reverted
    mailed = sum(bool(outcome.digests) for outcome in outcomes)
    _rows(
        {
            "events": f"{expected.facts:,} facts, {expected.reverted} of them taken back; {repeats} repeats changed nothing",
            "candidates": f"{matching.get('candidates', 0):,} attendees agreed to be matched",
            "listings": f"{matching.get('listings', 0):,} internships are open",
            "matches": f"{matching.get('matches', 0):,}, for {matching.get('recommendations', 0):,} attendees",
            "mails": f"{snapshot.services['notifications'].sent:,}, to {len(expected.consenting):,} people who agreed to them; "
            f"{mailed} of these have matches",
        }
    )
    for outcome in examples(outcomes):
        print(f"\n{_sentence(outcome)}")


def story(told: "Story", seconds: float) -> None:
    """Print what came of the conference within this time, and the funnel."""
    print()
    _rows(
        {
            "applications": _numbers(told.states()),
            "placements": f"{_numbers(told.courses())}; {told.hires()} hired afterwards",
            **told.notes,
            "mails": f"{told.mails:,} in all",
            "time": f"{seconds:.0f} s, after the services had started",
        }
    )
    print("\nThe funnel, in people (<3: one or two):")
    for name, number, bar in funnel.shown(told.steps):
        print(f"  {name:13} {number:>5} {bar}".rstrip())


def _rows(rows: Mapping[str, str]) -> None:
    for name, value in rows.items():
        print(f"  {name:13} {value}", flush=True)


_WORDS = {"closed": "not answered", "no_show": "never came", "agreed": "ended early"}


def _numbers(counts: Mapping[str, int]) -> str:
    """How many of each, the most first."""
    named = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{sum(counts.values()):,}: " + ", ".join(f"{number} {_WORDS.get(name, name)}" for name, number in named)


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


def people(directory: Path, story: "Story") -> None:
    """Write down, for `make up`, as whom one can sign in."""
    lines = [f"  {one.email:36} {one.who}" for one in story.people]
    (directory / PEOPLE).write_text("\n".join([*lines, ""]))


def farewell(directory: Path, *, kept: bool) -> None:
    """Say that everything has stopped, and how to start it again."""
    print(f"\nEverything has stopped. Data and logs: {directory}")
    if not kept:
        print("To look around, run `make up`, which starts everything again with this data. It says where, and as whom.")
        print("`make down` stops everything and keeps the data.")
