"""The areas of the site, each for one kind of people, and the navigation of each. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.wording.languages import translatable


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation. ``{of}`` in ``path`` stands for what the area is about: an organization, a conference."""

    text: str
    path: str


AREAS: Final[dict[str, tuple[Entry, ...]]] = {
    "attendee": (
        Entry(translatable("Your turn"), "/my"),
        Entry(translatable("Matches"), "/my/matches"),
        Entry(translatable("Applications"), "/my/applications"),
        Entry(translatable("Ideas"), "/my-ideas"),
        Entry(translatable("Profile"), "/profile"),
    ),
    "host": (
        Entry(translatable("Today"), "/desk/{of}"),
        Entry(translatable("Listings"), "/desk-listings/{of}"),
        Entry(translatable("Candidates"), "/desk/{of}/candidates"),
        Entry(translatable("Applications"), "/desk/{of}/applications"),
        Entry(translatable("Match days"), "/desk/{of}/match-days"),
        Entry(translatable("Placements"), "/desk/{of}/placements"),
        Entry(translatable("Figures"), "/desk/{of}/figures"),
        Entry(translatable("People"), "/desk-people/{of}"),
    ),
    "mentor": (Entry(translatable("Your mentees"), "/mentor"), Entry(translatable("Nominations"), "/mentor/nominations")),
    "organizer": (
        Entry(translatable("Overview"), "/organize/{of}"),
        Entry(translatable("Schedule"), "/organize/{of}/schedule"),
        Entry(translatable("Events"), "/organize/{of}/events"),
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


def navigation(area: str, of: str, path: str) -> Iterator[Link]:
    """The entries of an area on the page at ``path``; none for "", the pages that belong to no area."""
    entries = [(entry.text, entry.path.replace("{of}", of)) for entry in AREAS.get(area, ())]
    above = [prefix for _, prefix in entries if f"{path}/".startswith(f"{prefix}/")]
    nearest = max(above, key=len, default="")
    for text, prefix in entries:
        yield Link(text, prefix, prefix == nearest)
