"""The areas of the site, each for one kind of people, and the navigation of each. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from shared.web.access.scopes import Scope
from shared.wording.languages import translatable


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation. ``{of}`` in ``path`` stands for what the area is about: an organization, a conference."""

    text: str
    path: str
    scope: Scope | None = None
    """What its page needs, where not everybody in the area may open it."""


AREAS: Final[dict[str, tuple[Entry, ...]]] = {
    "attendee": (
        Entry(translatable("Your turn"), "/my"),
        Entry(translatable("Matches"), "/my/matches"),
        Entry(translatable("Applications"), "/my/applications"),
        Entry(translatable("Ideas"), "/my-ideas"),
        Entry(translatable("Profile"), "/profile"),
    ),
    "host": (
        Entry(translatable("Today"), "/desk/{of}", "applications"),
        Entry(translatable("Listings"), "/desk-listings/{of}", "listings"),
        Entry(translatable("Candidates"), "/desk/{of}/candidates", "applications"),
        Entry(translatable("Applications"), "/desk/{of}/applications", "applications"),
        Entry(translatable("Match days"), "/desk/{of}/match-days", "rankings"),
        Entry(translatable("Placements"), "/desk/{of}/placements", "placements"),
        Entry(translatable("Figures"), "/desk/{of}/figures", "applications"),
        Entry(translatable("Team"), "/desk-people/{of}", "organizations"),
    ),
    "mentor": (
        Entry(translatable("Your mentees"), "/mentor"),
        Entry(translatable("Nominations"), "/mentor/nominations"),
        Entry(translatable("Your time"), "/mentor-time"),
    ),
    "organizer": (
        Entry(translatable("Overview"), "/organize/{of}"),
        Entry(translatable("Schedule"), "/organize/{of}/schedule"),
        Entry(translatable("Events"), "/organize/{of}/events"),
        Entry(translatable("Look"), "/organize/{of}/brand"),
        Entry(translatable("Match days"), "/organize-days/{of}"),
        Entry(translatable("Answers"), "/organize-days/{of}/answers"),
        Entry(translatable("Insight"), "/conferences/{of}/insight/page"),
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation on one page."""

    text: str
    path: str
    current: bool


def navigation(area: str, of: str, path: str, scopes: Collection[Scope]) -> Iterator[Link]:
    """The entries of an area on the page at ``path``, for a reader with these scopes; none for "", the pages of no area."""
    shown = [entry for entry in AREAS.get(area, ()) if entry.scope is None or entry.scope in scopes]
    entries = [(entry.text, entry.path.replace("{of}", of)) for entry in shown]
    above = [prefix for _, prefix in entries if f"{path}/".startswith(f"{prefix}/")]
    nearest = max(above, key=len, default="")
    for text, prefix in entries:
        yield Link(text, prefix, prefix == nearest)
