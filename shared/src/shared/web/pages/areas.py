"""The areas of the site, each for one kind of people, and the navigation of each. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from shared.web.access.scopes import Scope
from shared.wording.languages import translatable


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry of the navigation. ``{of}`` in ``path`` stands for what the area is about: an organization, a conference."""

    text: str
    path: str
    scope: Scope | None = None
    """What its page needs, where not everybody in the area may open it."""


AREAS: Final[dict[str, tuple[NavigationEntry, ...]]] = {
    "attendee": (
        NavigationEntry(translatable("Your turn"), "/my"),
        NavigationEntry(translatable("Matches"), "/my/matches"),
        NavigationEntry(translatable("Applications"), "/my/applications"),
        NavigationEntry(translatable("Ideas"), "/my-ideas"),
        NavigationEntry(translatable("Profile"), "/profile"),
    ),
    "host": (
        NavigationEntry(translatable("Today"), "/desk/{of}", "applications"),
        NavigationEntry(translatable("Listings"), "/desk-listings/{of}", "listings"),
        NavigationEntry(translatable("Candidates"), "/desk/{of}/candidates", "applications"),
        NavigationEntry(translatable("Applications"), "/desk/{of}/applications", "applications"),
        NavigationEntry(translatable("Match days"), "/desk/{of}/match-days", "rankings"),
        NavigationEntry(translatable("Placements"), "/desk/{of}/placements", "placements"),
        NavigationEntry(translatable("Figures"), "/desk/{of}/figures", "applications"),
        NavigationEntry(translatable("Team"), "/desk-people/{of}", "organizations"),
    ),
    "mentor": (
        NavigationEntry(translatable("Your mentees"), "/mentor"),
        NavigationEntry(translatable("Nominations"), "/mentor/nominations"),
        NavigationEntry(translatable("Your time"), "/mentor-time"),
    ),
    "organizer": (
        NavigationEntry(translatable("Overview"), "/organize/{of}"),
        NavigationEntry(translatable("Schedule"), "/organize/{of}/schedule"),
        NavigationEntry(translatable("Events"), "/organize/{of}/events"),
        NavigationEntry(translatable("Look"), "/organize/{of}/brand"),
        NavigationEntry(translatable("Match days"), "/organize-days/{of}"),
        NavigationEntry(translatable("Answers"), "/organize-days/{of}/answers"),
        NavigationEntry(translatable("Insight"), "/conferences/{of}/insight/page"),
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
