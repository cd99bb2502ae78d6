"""How far placements, rounds and nominations have come, so that each step causes its mails once. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256

from shared.commitments import Commitment
from shared.contract.events.matching import GainedSkill, NominationChanged, PlacementChanged, PlacementMade, RoundChanged
from shared.wording.conditions import ListingConditions


@dataclass(frozen=True, slots=True)
class Progress:
    """A placement, a round or a nomination, as far as mails need it. The next event is compared with it."""

    id: str
    """``placement/ID``, ``round/ID`` or ``nomination/ID``."""
    version: int
    state: str
    """For a placement, see ``placement_state``; "" if it is not known."""
    over_at: datetime | None
    """When it ends, as far as that is known; not before its last event. None: an event will say so."""
    listing_id: str = ""
    """The listing of a placement or a nomination; "" for a round."""
    attendee_id: str = ""
    """Of a placement; "" for the others, and once the attendee was erased."""
    round_id: str = ""
    """The round that assigned a placement; "" if none did."""
    dates: str = ""
    """The dates of a placement; "" if they are not known."""
    named: tuple[str, ...] = ()
    """The skills that a mentor has named, with their levels."""
    hours: int | None = None
    """Per week, of a placement; None if they are not known."""
    hired: str = ""
    """The hire that was recorded, as ``hired`` gives it."""

    @property
    def is_live(self) -> bool:
        """Whether a placement is upcoming or current."""
        return self.state in ("made", "started") or self.state.startswith("confirmed")

    def commitment(self, listing: ListingConditions | None) -> Commitment | None:
        """What the placement takes of the attendee's time. What it does not say itself is as in its ``listing``.

        None if nothing is known: of a placement that was only made yet, in a listing that is not known.
        """
        if not self.dates:
            return commitment_of(listing) if listing else None
        starts, _, ends = self.dates.partition("/")
        return Commitment(_day(starts), _day(ends), self.hours or (listing.hours if listing else None))


def commitment_of(listing: ListingConditions) -> Commitment:
    """What a placement in this listing would take of somebody's time."""
    return Commitment(listing.starts, listing.ends, listing.hours)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def placement_state(event: PlacementChanged) -> str:
    """The state of a placement as its mails distinguish it: a confirmed one also by its dates."""
    return f"confirmed/{placement_dates(event)}" if event.state == "confirmed" else event.state


def placement_dates(event: PlacementChanged) -> str:
    """The dates of a placement, to be compared with others."""
    return f"{event.starts or ''}/{event.ends or ''}"


def named_skill(skill: GainedSkill) -> str:
    """A skill with its level, to be compared with others."""
    return f"{skill.term}={skill.level or ''}"


def hired(event: PlacementChanged) -> str:
    """The hire that was recorded, to be compared with others; "" if none was. Not what it says, as that is about a person."""
    if event.hire is None:
        return ""
    said = f"{event.hire.said_by}\n{event.hire.starts}\n{event.hire.role}"
    return sha256(said.encode()).hexdigest()[:16]


def seat_progress(event: PlacementMade, now: datetime) -> Progress:
    """How far a placement is that was only assigned yet."""
    id, round_id = f"placement/{event.placement_id}", event.round_id or ""
    return Progress(id, event.version, "made", now, event.listing_id, event.attendee_id, round_id)


def placement_progress(event: PlacementChanged, now: datetime) -> Progress:
    """How far a placement is after the event."""
    return Progress(
        f"placement/{event.placement_id}",
        event.version,
        placement_state(event),
        max(now, datetime.combine(event.ends, time(), UTC)) if event.ends else now,
        event.listing_id,
        event.attendee_id,
        event.round_id or "",
        placement_dates(event),
        tuple(map(named_skill, event.skills)),
        event.hours_per_week,
        hired(event),
    )


def round_progress(event: RoundChanged, now: datetime) -> Progress:
    """How far a round is after the event."""
    return Progress(f"round/{event.round_id}", event.version, event.state, max(now, event.closes_at or now))


def nomination_progress(event: NominationChanged, now: datetime) -> Progress:
    """How far a nomination is after the event."""
    stands = event.state in ("proposed", "agreed")
    return Progress(f"nomination/{event.nomination_id}", event.version, event.state, None if stands else now, event.listing_id)
