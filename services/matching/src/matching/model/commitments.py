"""What somebody has committed to, and so what they can no longer take, or need not be recommended. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from matching.model.listings import Conditions
from shared.commitments import Commitment


@dataclass(frozen=True, slots=True)
class Commitments:
    """What decides, besides the profile, which listings are still recommended to somebody."""

    placements: Mapping[str, Commitment] = field(default_factory=dict)
    """Those that are confirmed or have started, by their ids."""
    listing_ids: Collection[str] = ()
    """The listings that they have hidden; those that they applied for, withdrew from or were rejected by, as long as nothing
    changed in these since.
    """
    nominated_for: Collection[str] = ()
    """The leadership programmes that they agreed to be nominated for: only these are recommended to them."""


FREE: Final = Commitments()
"""Of somebody who has applied for nothing, and is placed nowhere."""


def commitment_of(conditions: Conditions) -> Commitment:
    """What a listing's placements take of somebody's time."""
    return Commitment(conditions.starts, conditions.ends, conditions.hours_per_week)
