"""What the clock, changes of staff and erasures do with nominations, and what is left of them."""

import asyncio

import pytest

from matching.nominations.domain.nomination import EVERYBODY
from matching.nominations.domain.transitions import STATES, State
from shared.contract.topics import NOMINATIONS
from shared.database.mongo import Tx
from shared.refusals import Forbidden
from support.applying import DAY
from support.nominating import HOST, KEEP, MINA, Nominating, commitments, outcome, published, sees


async def test_what_nobody_answered_expires_once_the_programme_has_closed(world: Nominating) -> None:
    await world.open("p2", deadline=world.now + DAY)
    waiting, other, agreed = await world.nominate(), await world.nominate(listing="p2"), await world.agreed("bob", "p2")
    await world.nominations_worker.work()
    assert {(await world.stored(one)).state for one in (waiting, other)} == {"proposed"}
    world.late.ahead += 2 * DAY
    await world.nominations_worker.work()
    await world.nominations_worker.work()
    assert [(await world.stored(one)).state for one in (waiting, other, agreed)] == ["proposed", "expired", "agreed"]
    await world.open("p1", version=2, open=False, closed=True)
    await world.nominations_worker.work()
    assert (await world.stored(waiting)).state == "expired"
    assert (await published(world))[-2:] == [(other.id, 2, "expired"), (waiting.id, 2, "expired")]


async def test_what_was_agreed_ends_when_the_host_closes_the_programme_and_is_recommended_no_longer(world: Nominating) -> None:
    agreed, declined = await world.agreed(), await world.give("decline", await world.nominate("bob"))
    await world.open("p1", version=2, open=False, closed=True)
    await world.nominations_worker.work()
    await world.nominations_worker.work()
    assert [step.state for step in (await world.stored(agreed)).history] == ["proposed", "agreed", "expired"]
    assert (await world.stored(declined)).state == "declined"
    assert (await commitments(world), await sees(world, HOST)) == ({}, [])
    await world.open("p1", version=3)
    again = await world.nominate()
    assert (again.id, again.state, again.version) == (agreed.id, "proposed", 4)


async def test_an_end_that_is_not_committed_is_made_again(world: Nominating) -> None:
    one = await world.nominate()
    await world.open("p1", version=2, open=False, closed=True)

    async def crash(tx: Tx) -> None:
        assert await world.nominating.expire("p1", tx) == 1
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await world.database.transact(crash)
    assert (await world.stored(one)).state == "proposed"
    await asyncio.gather(*(world.nominations_worker.work() for _ in range(3)))
    assert (await published(world))[1:] == [(one.id, 2, "expired")]


async def test_nominations_are_deleted_long_after_they_and_their_programme_have_ended(world: Nominating) -> None:
    await world.open("p2", deadline=world.now + KEEP + 30 * DAY)
    declined = await world.give("decline", await world.nominate())
    open_still = await world.give("decline", await world.nominate(listing="p2"))
    agreed = await world.agreed("bob", "p2")
    await world.open("p1", version=2, open=False, closed=True)
    world.late.ahead += KEEP - DAY
    await world.nominations_worker.sweep()
    assert len(await sees(world, EVERYBODY)) == 3
    world.late.ahead += DAY
    await world.nominations_worker.sweep()
    await world.nominations_worker.sweep()
    assert await sees(world, EVERYBODY) == sorted([open_still.id, agreed.id])
    assert (await published(world))[-1] == declined.id
    world.late.ahead += KEEP + 30 * DAY
    await world.nominations_worker.sweep()
    assert await sees(world, EVERYBODY) == []


async def test_a_sweep_beside_an_erasure_leaves_nothing_and_tells_all(world: Nominating) -> None:
    one = await world.give("decline", await world.nominate())
    await world.open("p1", version=2, open=False, closed=True)
    world.late.ahead += KEEP
    await asyncio.gather(world.erase("ada"), world.nominations_worker.sweep(), world.nominations_worker.sweep())
    assert await sees(world, EVERYBODY) == []
    assert one.id in await published(world)


async def test_what_a_mentor_proposed_is_withdrawn_when_they_leave_and_what_was_agreed_forgets_them(world: Nominating) -> None:
    proposed, agreed = await world.nominate(), await world.agreed("bob")
    await world.employ("m2", version=2)
    gone, kept = await world.stored(proposed), await world.stored(agreed)
    assert (gone.state, gone.mentor_person_id, gone.note) == ("withdrawn", None, "")
    assert (kept.state, kept.mentor_person_id, kept.note, kept.version) == ("agreed", None, "", 3)
    assert (await published(world))[-2:] == [(proposed.id, 2, "withdrawn"), (agreed.id, 3, "agreed")]
    assert b"m1" not in b"".join(value or b"" for _, value in (await world.published(NOMINATIONS.name))[-2:])
    assert await sees(world, MINA) == []
    await world.employ("m2", version=2)
    await world.employ("m1", "m2", version=1)
    assert await world.stored(agreed) == kept, "told again, nothing changes"


async def test_an_organization_that_is_erased_has_no_mentors(world: Nominating) -> None:
    one = await world.nominate()
    await world.learn("o1", None)
    assert (await world.stored(one)).state == "withdrawn"


async def test_a_mentor_who_leaves_while_they_nominate_leaves_nothing_behind(world: Nominating) -> None:
    for round in range(5):
        await world.employ("m1", version=2 * round + 2)
        one, _ = await asyncio.gather(outcome(world.nominate()), world.employ(version=2 * round + 3))
        assert one is Forbidden or (await world.stored(one)).mentor_person_id is None
        assert await sees(world, MINA) == []


async def test_an_erasure_leaves_nothing_of_the_nominee_and_tells_readers_of_what_they_knew(world: Nominating) -> None:
    await world.open("p2")
    agreed, proposed, bobs = await world.agreed(), await world.nominate(listing="p2"), await world.nominate("bob")
    before = len(await published(world))
    await world.erase("ada")
    await world.erase("ada")
    assert await sees(world, EVERYBODY) == [bobs.id]
    assert set((await published(world))[before:]) == {agreed.id, proposed.id}


@pytest.mark.parametrize("state", STATES)
async def test_an_erasure_leaves_nothing_in_whatever_state_a_nomination_is(world: Nominating, state: State) -> None:
    one = await (world.agreed() if state == "agreed" else world.nominate())
    if state in ("declined", "withdrawn"):
        await world.give("decline" if state == "declined" else "withdraw", one)
    if state == "expired":
        await world.open("p1", version=2, open=False, closed=True)
        await world.nominations_worker.work()
    assert (await world.stored(one)).state == state
    await world.erase("ada")
    assert await sees(world, EVERYBODY) == []
    assert (await published(world))[-1] == one.id


async def test_an_erasure_during_a_nomination_leaves_nothing(world: Nominating) -> None:
    for id in ("x1", "x2", "x3", "x4"):
        await world.meet(id)
        await asyncio.gather(outcome(world.nominate(id)), world.erase(id))
    assert await sees(world, EVERYBODY) == []
