"""What keeps a listing from being recommended to somebody, and what has their list made again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.model.candidates import Candidate
from matching.model.commitments import Commitments
from matching.recommendations.hiding.repository import HiddenListingsRepository
from shared.contract.topics import RESCORING
from shared.refusals import Conflict
from support.applying import DAY, SUMMER, Applying
from support.nominations import in_state


@pytest.fixture
async def applying(environment: dict[str, str]) -> AsyncIterator[Applying]:
    async with Applying() as applying:
        await applying.attend("ada")
        yield applying


async def commitments(applying: Applying) -> Commitments:
    hidden = HiddenListingsRepository(applying.database.db)
    finder = CommitmentFinder(
        applying.placements, applying.applications, applying.nominations, applying.candidates, applying.catalogue, hidden
    )
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


async def merge(applying: Applying, absorbed: str, kept: str | None) -> None:
    """An operator merges the attendee into another one; None: splits them again."""
    person = Candidate(absorbed, 0, 2, merged_into=kept) if kept else Candidate(absorbed, 0, 3, conference_ids={"c1"})
    await applying.database.transact(lambda tx: applying.candidates.save([], [person], set(), {}, tx))


async def test_whoever_was_merged_has_committed_to_what_they_did_under_any_of_their_ids(applying: Applying) -> None:
    await applying.host("held", "applied", "refused", "other")
    await applying.attend("bob")
    accepted = await applying.do("accept", await applying.offered("bob", "held"))
    await applying.host("applied", "refused", version=2, conditions=replace(SUMMER, starts=None, ends=None, hours_per_week=0))
    await applying.host("programme", kind="leadership")
    agreed = replace(in_state("agreed"), attendee_id="bob", listing_id="programme")
    await applying.database.transact(lambda tx: applying.nominations.save([agreed], [], tx))
    assert await commitments(applying) == Commitments()

    await merge(applying, "bob", "ada")
    found = await commitments(applying)
    assert (found.listing_ids, list(found.placements), found.nominated_for) == ({"held"}, [accepted.placement_id], {"programme"})
    await merge(applying, "bob", None)
    assert await commitments(applying) == Commitments(), "they were two after all"


async def test_whoever_was_merged_applies_under_one_id_only(applying: Applying) -> None:
    await applying.host("running", "rejected", "withdrawn")
    await applying.attend("bob")
    await applying.apply("bob", "running")
    await applying.do("reject", await applying.apply("bob", "rejected"))
    await applying.do("withdraw", await applying.apply("bob", "withdrawn"))
    await merge(applying, "bob", "ada")
    with pytest.raises(Conflict, match="there is already an application for this listing"):
        await applying.apply("ada", "running")
    with pytest.raises(Conflict, match="the application is rejected"):
        await applying.apply("ada", "rejected")
    assert (await applying.apply("ada", "withdrawn")).state == "submitted"


async def test_a_change_under_any_id_has_the_list_made_again_of_the_one_that_is_kept(applying: Applying) -> None:
    await applying.host("l1")
    await applying.attend("bob")
    await applying.apply("bob", "l1")
    await merge(applying, "bob", "ada")
    await applying.pass_(22 * DAY)
    assert [key for key, _ in await applying.published(RESCORING.name)] == ["bob", "ada"], "applied for, then not answered"
