"""What keeps a listing from being recommended to somebody, and what has their list made again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.model.commitments import Commitments
from shared.contract.topics import RESCORING
from support.applying import DAY, SUMMER, Applying


@pytest.fixture
async def applying(environment: dict[str, str]) -> AsyncIterator[Applying]:
    async with Applying() as applying:
        await applying.attend("ada")
        yield applying


async def commitments(applying: Applying) -> Commitments:
    finder = CommitmentFinder(applying.placements, applying.applications, applying.nominations, applying.catalogue)
    return (await applying.database.transact(lambda tx: finder.find(["ada", "bob"], tx))).get("ada", Commitments())


async def test_what_somebody_applied_for_or_refused_is_not_recommended_until_its_terms_change(applying: Applying) -> None:
    await applying.host("running", "withdrawn", "rejected", "declined", "unanswered")
    assert await commitments(applying) == Commitments()
    await applying.apply("ada", "unanswered")
    await applying.pass_(22 * DAY)
    await applying.apply("ada", "running")
    await applying.do("withdraw", await applying.apply("ada", "withdrawn"))
    await applying.do("reject", await applying.apply("ada", "rejected"))
    await applying.do("decline", await applying.offered("ada", "declined"))
    assert (await commitments(applying)).listing_ids == {"running", "withdrawn", "rejected", "declined"}

    later = replace(SUMMER, hours_per_week=20)
    await applying.host("withdrawn", version=2, title="Only its title is new")
    await applying.host("running", "rejected", version=2, conditions=later)
    assert (await commitments(applying)).listing_ids == {"running", "withdrawn", "declined"}


async def test_a_placement_takes_its_time_and_its_listing_is_not_recommended_again(applying: Applying) -> None:
    await applying.host("l1")
    accepted = await applying.do("accept", await applying.offered("ada", "l1"))
    found = await commitments(applying)
    assert accepted.placement_id
    assert found.listing_ids == {"l1"}
    assert {id: (one.starts, one.ends) for id, one in found.placements.items()} == {
        accepted.placement_id: (SUMMER.starts, SUMMER.ends)
    }


async def test_the_list_is_made_again_when_it_may_change_and_only_then(applying: Applying) -> None:
    await applying.host("l1")
    application = await applying.apply("ada", "l1")
    assert len(await applying.published(RESCORING.name)) == 1
    application = await applying.do("screen", application)
    application = await applying.interview(application)
    assert len(await applying.published(RESCORING.name)) == 1
    await applying.do("withdraw", application)
    assert len(await applying.published(RESCORING.name)) == 1, "it was not recommended, and is not now"
    await applying.host("l2")
    await applying.apply("ada", "l2")
    await applying.pass_(22 * DAY)
    assert len(await applying.published(RESCORING.name)) == 3, "applied for, then not answered"
