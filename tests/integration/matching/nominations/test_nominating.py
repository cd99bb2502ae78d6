"""Who may nominate whom, and who hears of it before the nominee agrees."""

import asyncio
from typing import Any

import pytest

from matching.model.candidates import Candidate
from matching.nominations.domain.nomination import EVERYBODY, Viewer
from matching.nominations.use_cases import MAX_PROPOSED
from shared.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal
from support.applying import DAY
from support.nominating import ADA, HOST, MINA, Nominating, outcome, published, sees
from support.nominations import nominee


async def test_nobody_but_the_nominee_and_the_mentor_hears_of_a_nomination_before_the_agreement(world: Nominating) -> None:
    one = await world.nominate()
    assert await published(world) == [(one.id, 1, "proposed")], "to the service that asks the nominee"
    assert [await sees(world, viewer) for viewer in (ADA, MINA, EVERYBODY)] == [[one.id]] * 3
    assert [await sees(world, viewer) for viewer in (HOST, Viewer(mentors={"m2"}, hosts={"o1"}), Viewer())] == [[], [], []]
    agreed = await world.give("agree", one, ADA)
    assert await sees(world, HOST) == [one.id]
    await world.give("decline", agreed, ADA)
    assert (await published(world))[1:] == [(one.id, 2, "agreed"), (one.id, 3, "declined")]
    assert await sees(world, HOST) == []


async def test_the_same_nomination_again_changes_nothing_even_once_the_programme_has_closed(world: Nominating) -> None:
    one = await world.nominate()
    assert await world.nominate() == one
    await world.open("p1", version=2, open=False, closed=True)
    assert await world.nominate() == one
    with pytest.raises(Conflict, match="closed"):
        await world.nominate("bob")


async def test_two_mentors_nominate_one_person_and_do_not_hear_of_each_other(world: Nominating) -> None:
    await world.profile(nominee("ada", met={"m1": "c1", "m2": "c1"}))
    first, second = await world.nominate(), await world.nominate(mentor="m2")
    assert first.id != second.id
    assert (await sees(world, MINA), await sees(world, Viewer(mentors={"m2"}))) == ([first.id], [second.id])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"attendee": "nobody"}, NotFound),
        ({"mentor": "m2"}, NotFound),
        ({"mentor": "x1"}, Forbidden),
        ({"organization_id": "o9"}, Forbidden),
        ({"listing": "p9"}, NotFound),
        ({"attendee": "m1"}, Invalid),
        ({"listing": "l1"}, Conflict),
    ],
)
async def test_who_may_not_be_nominated_or_nominate_is_refused(
    world: Nominating, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    await world.host("l1")
    with pytest.raises(refusal):
        await world.nominate(**changes)
    assert await sees(world, EVERYBODY) == []


async def test_unknown_unwilling_and_unmet_attendees_get_the_same_answer(world: Nominating) -> None:
    await world.attend("met-nobody", "no-consent")
    await world.profile(Candidate("no-consent", shard=0, version=2))
    said = set()
    for id in ("nobody", "met-nobody", "no-consent"):
        with pytest.raises(NotFound) as refusal:
            await world.nominate(id)
        said.add(str(refusal.value).replace(id, "…"))
    assert len(said) == 1


async def test_a_mentor_who_met_somebody_several_times_needs_one_where_the_organization_takes_part(world: Nominating) -> None:
    await world.profile(nominee("ada", met={"m1": "c0"}, met_again={"m1": ["c1"]}))
    assert (await world.nominate()).state == "proposed"


async def test_a_mentor_of_the_host_nominates_attendees_of_its_conferences(world: Nominating) -> None:
    await world.attend("cyd")
    await world.employ("hm", organization="o-p1")
    assert (await world.nominate("cyd", mentor="hm", organization_id="o-p1")).host_id == "o-p1"
    await world.employ("hm", organization="o-p1", version=2, conference_ids=["c2"])
    assert await outcome(world.nominate("ada", mentor="hm", organization_id="o-p1")) is NotFound


async def test_mentors_of_an_organization_that_is_not_approved_nominate_nobody(world: Nominating) -> None:
    await world.employ("m1", version=2, approved=False)
    with pytest.raises(Conflict, match="not approved"):
        await world.nominate()


async def test_a_mentor_has_so_many_nominations_unanswered_at_most(world: Nominating) -> None:
    names = [f"a{number}" for number in range(MAX_PROPOSED)]
    await world.meet(*names)
    for name in names:
        await world.nominate(name)
    with pytest.raises(Conflict, match="withdraw one first"):
        await world.nominate()
    await world.give("withdraw", await world.nominate("a0"), MINA)
    await world.nominate()


async def test_one_nomination_comes_of_many_at_once(world: Nominating) -> None:
    made = await asyncio.gather(*(world.nominate() for _ in range(8)))
    assert len({one.id for one in made}) == 1
    assert len(await sees(world, EVERYBODY)) == 1


async def test_pythondotorg_2755_before_the_opening_and_after_the_end_nobody_nominates_or_agrees(world: Nominating) -> None:
    await world.open("later", opens_at=world.now + DAY, deadline=world.now + 3 * DAY)
    with pytest.raises(Conflict, match="open on"):
        await world.nominate(listing="later")
    world.late.ahead += 2 * DAY
    one = await world.nominate(listing="later")
    world.late.ahead += 2 * DAY
    with pytest.raises(Conflict, match="closed on"):
        await world.give("agree", one, ADA)
    with pytest.raises(Conflict, match="closed on"):
        await world.nominate("bob", listing="later")
    assert (await world.give("decline", one, ADA)).state == "declined"
