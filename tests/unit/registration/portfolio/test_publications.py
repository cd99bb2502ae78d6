"""What the public sees of a placement: what its person published, as far as it still holds."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from registration.portfolio.domain.placements import PARTS, GainedSkill, Part, Placement
from registration.portfolio.domain.publications import is_outdated, publication, shown
from registration.portfolio.domain.resume import resume
from shared.refusals import Conflict, Invalid

NOW = datetime(2026, 11, 29, tzinfo=UTC)
PLACEMENT = Placement(
    id="p1",
    version=3,
    attendee_id="ada",
    state="completed",
    title="Maps of stars",
    organization_id="o1",
    organization="Observatory",
    starts=date(2026, 1, 12),
    ends=date(2026, 3, 27),
    hours_per_week=20,
    skills=(GainedSkill("Go", 4, True), GainedSkill("Rust", None, True), GainedSkill("C", 1, False)),
    remark="A joy to work with.",
)


def published(*parts: Part, **changes: Any) -> Placement:
    """The placement, published with these parts, and changed since."""
    return replace(PLACEMENT, publication=publication(PLACEMENT, parts, NOW), **changes)


def test_nothing_is_seen_before_it_is_published() -> None:
    assert shown(PLACEMENT) is None
    assert not is_outdated(PLACEMENT)


def test_only_the_chosen_parts_are_seen() -> None:
    seen = shown(published())
    assert seen
    assert (seen.title, seen.organization, seen.state, seen.starts) == (
        "Maps of stars",
        "Observatory",
        "completed",
        date(2026, 1, 12),
    )
    assert (seen.hours_per_week, seen.skills, seen.remark) == (None, (), None)
    seen = shown(published(*PARTS))
    assert seen
    assert (seen.hours_per_week, seen.skills, seen.remark) == (20, (("Go", 4), ("Rust", None)), "A joy to work with.")


def test_what_is_added_or_changed_later_is_not_seen_before_it_is_published_too() -> None:
    more = (*PLACEMENT.skills, GainedSkill("Zig", 5, True))
    for changed in (
        published(*PARTS, skills=more, ends=date(2027, 1, 1), title="Other", organization="Else"),
        published(remark="x"),
    ):
        assert shown(changed) == changed.publication
    assert is_outdated(published(*PARTS, skills=more))
    assert not is_outdated(published(*PARTS))


def test_what_is_taken_back_disappears_at_once() -> None:
    seen = shown(published(*PARTS, skills=(GainedSkill("Go", 4, False), GainedSkill("Rust", None, True)), remark=None))
    assert seen
    assert (seen.skills, seen.remark) == ((("Rust", None),), None)
    seen = shown(published(*PARTS, remark="Another sentence."))
    assert seen
    assert seen.remark is None, "the person has not seen it"


def test_a_placement_that_ended_early_is_not_shown_as_one_that_goes_on() -> None:
    started = replace(PLACEMENT, state="started")
    started = replace(started, publication=publication(started, [], NOW))
    assert shown(started)
    assert shown(replace(started, state="ended")) is None
    ended = replace(PLACEMENT, state="ended")
    assert shown(replace(ended, publication=publication(ended, [], NOW)))


@pytest.mark.parametrize("change", [{"state": "confirmed"}, {"state": "of the future"}, {"title": None}, {"organization": None}])
def test_what_cannot_be_published_says_so(change: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        publication(replace(PLACEMENT, **change), [], NOW)


@pytest.mark.parametrize(
    ("part", "change"),
    [("hours", {"hours_per_week": None}), ("remark", {"remark": None}), ("skills", {"skills": PLACEMENT.skills[2:]})],
)
def test_a_part_that_is_not_there_cannot_be_published(part: Part, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=part):
        publication(replace(PLACEMENT, **change), [part], NOW)


def test_a_resume_has_what_was_published_and_nothing_else() -> None:
    seen = publication(PLACEMENT, PARTS, NOW)
    assert resume("Ada", "https://desk.example.org/portfolios/ada", [seen, replace(seen, skills=(("go", 5),), remark=None)]) == {
        "$schema": "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json",
        "basics": {"name": "Ada", "url": "https://desk.example.org/portfolios/ada"},
        "work": [
            {
                "name": "Observatory",
                "position": "Maps of stars",
                "startDate": "2026-01-12",
                "endDate": "2026-03-27",
                "highlights": skills,
            }
            for skills in (["Go", "Rust"], ["go"])
        ],
        "skills": [{"name": "Go", "level": "expert"}, {"name": "Rust"}],
        "references": [{"name": "Observatory", "reference": "A joy to work with."}],
    }
    assert resume(None, None, [])["basics"] == {}
