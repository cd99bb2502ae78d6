"""Publication of placements, and what the public sees of them. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from registration.portfolio.domain.placements import COMPLETED, ENDED, PARTS, Part, Placement, Publication
from shared.refusals import Conflict, Invalid
from shared.worded import Worded

PUBLISHABLE: Final = ("started", COMPLETED, ENDED)
"""The states of placements that can be published. One that is only confirmed may still fall through."""


def publication(placement: Placement, parts: Iterable[Part], now: datetime) -> Publication:
    """These parts of the placement as it is, for everybody to see.

    Raises:
        Conflict: the placement cannot be published.
        Invalid: it has no such part.
    """
    if placement.state not in PUBLISHABLE:
        raise Conflict(
            Worded("a placement that is %(state)s cannot be published; wait until it has started", state=repr(placement.state))
        )
    if placement.title is None or placement.organization is None:
        raise Conflict(Worded("the title and host of this placement are not known yet; try again in a minute"))
    chosen = tuple(part for part in PARTS if part in set(parts))
    there: dict[Part, object] = {"hours": placement.hours_per_week, "skills": placement.gained, "remark": placement.remark}
    for part in chosen:
        if not there[part]:
            raise Invalid("parts", Worded("the placement has no %(part)s; leave it out", part=part))
    return Publication(
        now,
        chosen,
        placement.title,
        placement.organization,
        placement.state,
        placement.starts,
        placement.ends,
        placement.hours_per_week if "hours" in chosen else None,
        placement.gained if "skills" in chosen else (),
        placement.remark if "remark" in chosen else None,
    )


def shown(placement: Placement) -> Publication | None:
    """What the public sees: the publication, as far as it still holds; None if nothing.

    Later additions and changes are hidden until they are published, too; withdrawn parts disappear at once.
    """
    published = placement.publication
    if published is None or (placement.state == ENDED and published.state != ENDED):
        return None
    gained = {term for term, _ in placement.gained}
    return replace(
        published,
        skills=tuple((term, level) for term, level in published.skills if term in gained),
        remark=published.remark if published.remark == placement.remark else None,
    )


def is_outdated(placement: Placement) -> bool:
    """Whether the placement has changed since it was published, so that publishing it again would show something else."""
    published = placement.publication
    if published is None:
        return False
    try:
        return publication(placement, published.parts, published.at) != published
    except (Conflict, Invalid):
        return True
