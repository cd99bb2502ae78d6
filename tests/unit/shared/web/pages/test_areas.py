"""Navigation: each area has its entries, and a page is in exactly one of them."""

import pytest

from shared.web.access.roles import ROLES, Role
from shared.web.access.scopes import SCOPES
from shared.web.pages.areas import AREAS, navigation


@pytest.mark.parametrize(
    ("area", "path", "current"),
    [
        ("attendee", "/my", "Your turn"),
        ("attendee", "/my/matches/l-1", "Matches"),
        ("attendee", "/profile", "Profile"),
        ("host", "/desk/o-1", "Today"),
        ("host", "/desk/o-1/applications/a", "Applications"),
        ("host", "/desk-listings/o-1/new", "Listings"),
        ("host", "/desk/o-2", None),
        ("mentor", "/mentor/nominations", "Nominations"),
    ],
)
def test_the_nearest_entry_is_the_current_one(area: str, path: str, current: str | None) -> None:
    links = list(navigation(area, "o-1", path, SCOPES))
    assert [link.text for link in links if link.current] == ([current] if current else [])
    assert all("{" not in link.path for link in links)


@pytest.mark.parametrize(
    ("role", "texts"),
    [
        ("mentor", ["Placements"]),
        ("contact", ["Today", "Candidates", "Applications", "Match days", "Placements", "Figures"]),
        ("admin", [entry.text for entry in AREAS["host"]]),
    ],
)
def test_the_desk_shows_each_of_its_people_what_they_may_open(role: Role, texts: list[str]) -> None:
    assert [link.text for link in navigation("host", "o-1", "/desk/o-1/placements", ROLES[role].scopes)] == texts


def test_pages_of_no_area_have_no_navigation() -> None:
    assert list(navigation("", "", "/sign-in", SCOPES)) == []


def test_the_entries_of_an_area_differ() -> None:
    for entries in AREAS.values():
        assert len({entry.text for entry in entries}) == len({entry.path for entry in entries}) == len(entries)
