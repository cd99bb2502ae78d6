"""Match-day rounds: their states, and what is allowed in each. Pure.

Each function takes a round and returns the changed one. A round's ``step`` is its pending background work:

    locked: listings → attendees → rankings → match   matched: publish
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from matching.rounds.domain.requests import MAX_CLEAN_UPS, CleanUp, RoundSettings
from shared.clock import whole_milliseconds
from shared.contract.events.matching import RoundChanged, RoundState
from shared.refusals import Conflict, Invalid
from shared.worded import Worded

OPENED: Final[tuple[RoundState, ...]] = ("open", "locked", "matched", "published")
"""The states from which on people can rank or have ranked."""
SHOWN: Final[tuple[RoundState, ...]] = (*OPENED, "cancelled")
"""The states in which people who may take part have a page of it: mails lead there."""
WORDS: Final[Mapping[RoundState, Worded]] = MappingProxyType(
    {
        "draft": Worded("draft"),
        "open": Worded("open"),
        "locked": Worded("locked"),
        "matched": Worded("matched"),
        "published": Worded("published"),
        "cancelled": Worded("cancelled"),
    }
)
"""The states, worded for use in a sentence."""
MAX_ATTENDEES: Final = 100_000
"""How many attendees may rank in one round."""


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """How much of a round the background work processes in one transaction."""

    page: int = 250
    """Attendees on a page."""
    pages: int = 4
    listings: int = 500
    unsent: int = 4
    """Publishing waits while the outbox holds this many documents, so that other events do not queue behind a whole round."""


Step = Literal["listings", "attendees", "rankings", "match", "publish"]


@dataclass(frozen=True, slots=True)
class Round:
    """A match-day round. ``version`` counts its published changes."""

    id: str
    name: str
    seed: str
    listing_ids: tuple[str, ...]
    conference_id: str | None = None
    closes_at: datetime | None = None
    clean_up: CleanUp | None = None
    clean_up_of: str | None = None
    number: int = 0
    """n for the nth clean-up round, 0 for any other round."""
    state: RoundState = "draft"
    version: int = 0
    attendees: int = 0
    """How many attendees have ranked listings."""
    matched: int = 0
    step: Step | None = None
    """The pending background work."""
    done: int = 0
    """How many pages or listings of this step are done."""
    after: str = ""
    """The last attendee on these pages."""
    pages: int = 0
    """How many pages of attendees there are."""
    erased: int = 0
    """How many attendees were erased since the lock. A result computed before an erasure must not be stored."""
    erased_before: int = 0
    """How many attendees were erased between the lock and the match."""
    input_digest: str | None = None
    result_digest: str | None = None
    fault: str | None = None
    """Why the background work has stopped."""
    failure: str | None = None
    """Why the current work failed last. It will be retried."""
    failures: int = 0
    """How often the current work has failed in a row."""

    @property
    def root(self) -> str:
        """The id of this round, or for a clean-up round, of the round that it follows."""
        return self.clean_up_of or self.id

    @property
    def following(self) -> str:
        """The id of the clean-up round after this one."""
        return _id(self.root, self.number + 1)

    @property
    def earlier(self) -> list[str]:
        """The ids of the rounds before a clean-up round, in order."""
        return [_id(self.root, number) for number in range(self.number)]


def _id(root: str, number: int) -> str:
    return f"{root}~{number}" if number else root


def draft(id: str, settings: RoundSettings, seed: str) -> Round:
    """A new round. ``seed`` is used if the settings have none."""
    return Round(
        id,
        settings.name,
        settings.seed or seed,
        tuple(settings.listing_ids),
        settings.conference_id,
        settings.closes_at,
        settings.clean_up,
    )


def revise(round: Round, settings: RoundSettings, now: datetime) -> Round:
    """Change a draft, or the settings of an open round on which no ranking depends."""
    revised = replace(
        draft(round.id, settings, round.seed),
        clean_up_of=round.clean_up_of,
        number=round.number,
        state=round.state,
        version=round.version,
        attendees=round.attendees,
    )
    if round.state == "draft":
        return revised
    if round.state != "open":
        raise Conflict(Worded("the round is %(state)s; only a draft or an open round can be changed", state=WORDS[round.state]))
    for field in ("conference_id", "seed", "listing_ids"):
        if getattr(revised, field) != getattr(round, field):
            raise Invalid(field, Worded("can no longer change: the round is open, and people rank by it"))
    if round.clean_up_of and settings.clean_up:
        raise Invalid(
            "clean_up", Worded("is set by the first round, %(clean_up_of)s; leave it out", clean_up_of=repr(round.clean_up_of))
        )
    _check_closing(revised, now)
    return revised


def open_rankings(round: Round, now: datetime) -> Round:
    """Let attendees and hosts rank. An open round stays open."""
    if round.state == "open":
        return round
    if round.state != "draft":
        raise Conflict(Worded("the round is %(state)s; only a draft can be opened", state=WORDS[round.state]))
    _check_closing(round, now)
    return replace(round, state="open")


def _check_closing(round: Round, now: datetime) -> None:
    if round.closes_at and round.closes_at <= now:
        raise Invalid("closes_at", Worded("has passed; choose a later time, or none and lock the round yourself"))


def check_open(round: Round, now: datetime) -> None:
    """Raises ``Conflict`` unless rankings are accepted."""
    if round.state != "open":
        raise Conflict(Worded("the round is %(state)s; rankings are accepted only while it is open", state=WORDS[round.state]))
    if round.closes_at and round.closes_at <= now:
        raise Conflict(
            Worded(
                "the round closed at %(closes_at)s UTC; an operator may set a later closes_at",
                closes_at=f"{round.closes_at:%Y-%m-%d %H:%M:%S}",
            )
        )


def lock(round: Round) -> Round:
    """Accept no more rankings. A locked round stays locked; if a fault stopped its work, it is done again."""
    if round.state == "locked":
        return replace(round, fault=None)
    if round.state != "open":
        raise Conflict(Worded("the round is %(state)s; only an open one can be locked", state=WORDS[round.state]))
    return replace(round, state="locked", step="listings")


def next_step(round: Round, step: Step | None) -> Round:
    """Continue with this step."""
    return advance_to(replace(round, step=step), done=0)


def advance_to(round: Round, done: int, after: str = "") -> Round:
    """Record progress in the step, and clear earlier failures."""
    return replace(round, done=done, after=after, failure=None, failures=0)


def stop(round: Round, fault: str) -> Round:
    """Stop the background work until the round is locked again."""
    return advance_to(replace(round, fault=fault), done=0)


def match(round: Round, matched: int, input_digest: str, result_digest: str) -> Round:
    """Record that the result is stored and checked. A clean-up round is published at once."""
    if round.state != "locked":
        raise Conflict(Worded("the round is %(state)s; only a locked one can be matched", state=WORDS[round.state]))
    round = replace(
        round,
        state="matched",
        matched=matched,
        erased_before=round.erased,
        input_digest=input_digest,
        result_digest=result_digest,
    )
    return next_step(round, "publish" if round.clean_up_of else None)


def publish(round: Round) -> Round:
    """Begin to publish. A round that is published, or being published, stays so."""
    if round.state == "published" or round.step == "publish":
        return round
    if round.state != "matched":
        if round.state == "locked":
            raise Conflict(Worded("the round is locked; only a matched one can be published; wait until it is matched"))
        raise Conflict(Worded("the round is %(state)s; only a matched one can be published", state=WORDS[round.state]))
    return next_step(round, "publish")


def finish(round: Round) -> Round:
    """Record that all outcomes are published."""
    return replace(next_step(round, None), state="published")


def cancel(round: Round) -> Round:
    """End the round without a result."""
    if round.state == "cancelled":
        return round
    if round.state == "published" or round.step == "publish":
        raise Conflict(Worded("the round is published, or about to be; it can no longer be cancelled"))
    return replace(next_step(round, None), state="cancelled")


def is_cleanable(round: Round) -> bool:
    """Whether an organizer may start a clean-up round after this one."""
    return round.state == "published" and round.number < MAX_CLEAN_UPS


def clean_up(round: Round, listing_ids: Collection[str], settings: CleanUp | None, now: datetime) -> Round | None:
    """The clean-up round that follows a published round, already open; None if none follows.

    ``listing_ids``: the listings with seats left; ``settings``: the first round's.
    """
    number = round.number + 1
    if settings is None or number > settings.rounds or not listing_ids:
        return None
    return Round(
        round.following,
        f"{round.name.removesuffix(_title(number - 1))[:280]}{_title(number)}",
        round.seed,
        tuple(listing_ids),
        round.conference_id,
        whole_milliseconds(now + timedelta(hours=settings.hours)),
        clean_up_of=round.root,
        number=number,
        state="open",
    )


def _title(number: int) -> str:
    return f" – clean-up {number}" if number else ""


def announce(round: Round) -> tuple[Round, RoundChanged]:
    """The round with its next version, and the event that announces it."""
    round = replace(round, version=round.version + 1)
    return round, event_of(round)


def event_of(round: Round) -> RoundChanged:
    """The event that publishes this version."""
    return RoundChanged(
        round_id=round.id,
        version=round.version,
        name=round.name,
        state=round.state,
        conference_id=round.conference_id,
        listing_ids=list(round.listing_ids),
        closes_at=round.closes_at,
        seed=round.seed,
        clean_up_of=round.clean_up_of,
        attendees=round.attendees,
        matched=round.matched,
    )
