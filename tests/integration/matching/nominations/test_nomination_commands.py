"""What agreeing to a nomination and withdrawing it lead to, and who may do either."""

import asyncio
from typing import Any

import pytest

from matching.model.candidates import Candidate
from matching.nominations.domain.nomination import EVERYBODY, Nomination, Viewer
from shared.contract.topics import RESCORING
from shared.refusals import Conflict, Forbidden, NotFound, Stale
from support.nominating import ADA, HOST, MINA, Nominating, commitments, outcome, sees
from support.nominations import nominee


async def test_commands_of_others_are_refused(world: Nominating) -> None:
    one = await world.nominate()
    for command, viewer, refusal in (
        ("agree", MINA, Forbidden),
        ("decline", MINA, Forbidden),
        ("withdraw", ADA, Forbidden),
        ("agree", HOST, NotFound),
        ("withdraw", HOST, NotFound),
        ("withdraw", Viewer(mentors={"m2"}, hosts={"o1"}), NotFound),
        ("agree", Viewer(nominees={"bob"}), NotFound),
    ):
        assert await outcome(world.give(command, one, viewer)) is refusal, (command, viewer)  # type: ignore[arg-type]
    agreed = await world.give("agree", one, ADA)
    assert await outcome(world.give("withdraw", agreed, HOST)) is Forbidden
    assert (await world.stored(one)).version == 2


async def test_a_command_on_what_has_changed_since_is_stale(world: Nominating) -> None:
    one = await world.nominate()
    await world.give("withdraw", one, MINA)
    again = await world.nominate(note="Another word.")
    assert await outcome(world.give("agree", one, ADA)) is Stale
    assert (await world.give("agree", again, ADA)).state == "agreed"


async def test_of_an_agreement_and_a_withdrawal_at_once_both_leave_one_story(world: Nominating) -> None:
    one = await world.nominate()
    first, second = await asyncio.gather(outcome(world.give("agree", one, ADA)), outcome(world.give("withdraw", one, MINA)))
    stored = await world.stored(one)
    assert {first if isinstance(first, type) else None, second if isinstance(second, type) else None} == {None, Stale}
    assert (stored.version, len(stored.history)) == (2, 2)


async def test_whoever_no_longer_agrees_to_be_matched_cannot_agree_to_be_nominated(world: Nominating) -> None:
    one = await world.nominate()
    await world.profile(Candidate("ada", shard=0, version=2))
    with pytest.raises(Conflict, match="agreed to be matched"):
        await world.give("agree", one, ADA)


async def test_a_programme_is_recommended_once_the_nominee_agrees_and_the_list_is_made_again(world: Nominating) -> None:
    one = await world.nominate()
    assert await commitments(world) == {}
    assert await world.published(RESCORING.name) == []
    agreed = await world.give("agree", one, ADA)
    assert await commitments(world) == {"ada": {"p1"}}
    assert len(await world.published(RESCORING.name)) == 1
    assert await world.database.transact(lambda tx: world.nominations.nominees("p1", tx)) == {"ada"}
    await world.give("withdraw", agreed, MINA)
    assert await commitments(world) == {}
    assert len(await world.published(RESCORING.name)) == 2


async def test_only_the_nominated_apply_for_a_programme_once_they_have_agreed(world: Nominating) -> None:
    async def applies(attendee: str = "ada") -> Any:
        return await outcome(world.apply(attendee, "p1"))

    one = await world.nominate()
    assert await applies() is Conflict
    agreed: Nomination = await world.give("agree", one, ADA)
    assert await applies("bob") is Conflict
    application = await applies()
    assert application.state == "submitted"
    await world.give("withdraw", agreed, MINA)
    assert (await world.get(application)).state == "submitted", "it goes on"
    await world.do("withdraw", application)
    assert await applies() is Conflict


async def test_nobody_applies_for_a_programme_that_has_closed(world: Nominating) -> None:
    await world.agreed()
    await world.open("p1", version=2, open=False, closed=True)
    assert await outcome(world.apply("ada", "p1")) is Conflict


async def test_a_query_finds_what_the_viewer_sees(world: Nominating) -> None:
    await world.open("p2")
    await world.agreed()
    await world.nominate("bob")
    await world.give("withdraw", await world.agreed("bob", "p2"), MINA)
    await world.agreed("ada", "p2")
    await world.open("p3")
    await world.profile(nominee("cyd", met={"m1": "c1", "m2": "c1"}), new=True)
    await world.nominate("cyd", "p3", "m2")
    await world.employ("m2", version=2)
    stored = await world.nominations.page(EVERYBODY, "", 100)
    assert len(stored) == 5
    viewers = [
        Viewer(),
        ADA,
        MINA,
        HOST,
        Viewer(hosts={"o-p1", "o-p2"}),
        Viewer(nominees={"bob"}, mentors={"m1"}, hosts={"o-p2"}),
        Viewer(organizations={"o1"}, hosts={"o1"}),
        Viewer(organizations={"o-p1"}, hosts={"o-p1"}),
    ]
    for viewer in viewers:
        assert await sees(world, viewer) == [one.id for one in stored if viewer.sees(one)], viewer
