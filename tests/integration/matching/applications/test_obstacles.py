"""What stands in the way of an application, and what a preview shows of it."""

from functools import partial
from typing import Any

import pytest

from matching.applications.domain.application import Answers
from matching.applications.use_cases.obstacles import MAX_LIVE
from matching.model.candidates import Candidate
from shared import clock
from shared.refusals import NotFound
from support.applying import DAY, Applying
from support.placing import refused


async def test_pythondotorg_2755_nobody_applies_who_would_have_to_be_nominated(world: Applying) -> None:
    await world.host("board", kind="leadership")
    assert "whom mentors nominate" in str(await refused(world.apply("ada", "board")))
    assert not await world.published("matching.applications")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"open": False, "closed": True}, "closed"),
        ({"open": False}, "closed"),
        ({"approved": False}, "host not approved"),
        ({"deadline": clock.now() - DAY}, "deadline passed"),
    ],
)
async def test_nobody_applies_for_a_listing_that_is_not_open(world: Applying, changes: dict[str, Any], why: str) -> None:
    await world.host("l1", version=2, **changes)
    assert f"takes no applications: {why}" in str(await refused(world.apply("ada", "l1")))


async def test_nobody_applies_without_consent_or_without_end(world: Applying) -> None:
    await world.database.transact(lambda tx: world.candidates.save([Candidate("eve", 0, 2)], [], set(), {}, tx))
    assert "has not agreed to be matched" in str(await refused(world.apply("eve", "l1")))
    with pytest.raises(NotFound, match="no attendee 'nobody' who has agreed to be matched"):
        await world.apply("nobody", "l1")
    with pytest.raises(NotFound):
        await world.apply("ada", "nothing")
    await world.host(*(f"many{number}" for number in range(MAX_LIVE)))
    for number in range(MAX_LIVE):
        await world.apply("ada", f"many{number}")
    assert f"has {MAX_LIVE} applications that are not decided" in str(await refused(world.apply("ada", "l1")))


async def test_a_preview_shows_what_is_shared_and_all_that_stands_in_the_way(world: Applying) -> None:
    preview = await world.database.transact(partial(world.applicants.preview, "ada", "l1"))
    assert ([one.term for one in preview.profile.skills], preview.obstacles, preview.mismatch) == (["numpy"], [], None)
    assert (preview.answer_days, preview.answers, preview.application) == (21, Answers(), None)
    await world.attend("cyd", hours=20)
    await world.host("l1", version=2, open=False, answer_days=5)
    preview = await world.database.transact(partial(world.applicants.preview, "cyd", "l1"))
    assert ([one.kind for one in preview.obstacles], preview.mismatch, preview.answer_days) == (["listing_closed"], "hours", 5)
    await world.do("accept", await world.offered("ada", "l2"))
    preview = await world.database.transact(partial(world.applicants.preview, "ada", "l3"))
    assert [one.kind for one in preview.obstacles] == ["placed"]
    preview = await world.database.transact(partial(world.applicants.preview, "nobody", "l3"))
    assert [one.kind for one in preview.obstacles] == ["no_consent"]
