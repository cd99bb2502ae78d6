"""An attendee's commitments, which limit what they can take and what is recommended to them. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from matching.model.listings import Conditions
from shared.commitments import Commitment


@dataclass(frozen=True, slots=True)
class Commitments:
    """What determines, besides the profile, which listings are recommended to somebody."""

    placements: Mapping[str, Commitment] = field(default_factory=dict)
    """Placements that are confirmed or have started, by id."""
    listing_ids: Collection[str] = ()
    """The listings that the attendee has hidden, and those that they applied for, withdrew from or were rejected by, unless these
    have changed since.
    """
    nominated_for: Collection[str] = ()
    """The leadership programmes for which the attendee agreed to be nominated. No others are recommended to them."""


FREE: Final = Commitments()
"""The commitments of somebody without applications or placements."""


def commitment_of(conditions: Conditions) -> Commitment:
    """The time that a placement in a listing takes."""
    return Commitment(conditions.starts, conditions.ends, conditions.hours_per_week)
