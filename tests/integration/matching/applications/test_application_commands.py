"""Commands on applications: repeated, outdated, given twice at once, or by somebody else."""

import asyncio
from functools import partial

import pytest

from matching.applications.domain.requests import Letter
from matching.applications.use_cases.application_changer import CommandRequest
from shared import clock
from shared.refusals import NotFound, Stale
from support.applying import DAY, Applying, told
from support.placing import refused


async def test_a_repeated_command_answers_as_the_first_did_and_an_outdated_one_is_refused(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    deadline = clock.now() + 7 * DAY
    offered = await world.do("offer", new, deadline=deadline)
    assert await world.do("offer", new, deadline=deadline) == offered
    with pytest.raises(Stale, match="you saw version 1, it is at version 2"):
        await world.do("offer", new, deadline=deadline + DAY)
    accepted = await world.do("accept", offered)
    assert await world.do("accept", offered) == accepted
    assert await world.do("offer", new, deadline=deadline) == accepted, "it was done, whatever came after"
    with pytest.raises(Stale):
        await world.do("decline", offered)
    assert len(await told(world, new)) == 3
    withdraw = CommandRequest(id=accepted.id, command="withdraw")
    refusal = await refused(world.database.transact(partial(world.applicants.withdraw, withdraw)))
    assert "continue in its placement" in str(refusal)


async def test_of_the_same_command_given_twice_at_once_one_is_done(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    both = await asyncio.gather(world.do("screen", new), world.do("screen", new))
    assert both[0] == both[1]
    send = partial(world.applicants.apply, "ben", "l1", Letter(name="Ben"))
    sent = await asyncio.gather(*(world.database.transact(send) for _ in range(3)))
    assert sorted(new for _, new in sent) == [False, False, True]
    assert len({application.id for application, _ in sent}) == 1


async def test_applications_of_others_do_not_exist(world: Applying) -> None:
    application = await world.offered("ada", "l1")
    for given in (
        CommandRequest(id=application.id, command="accept", seen=2, attendees={"ben"}),
        CommandRequest(id=application.id, command="accept", seen=2, attendees=set()),
        CommandRequest(id="nothing", command="accept", seen=2),
    ):
        with pytest.raises(NotFound, match="there is no application"):
            await world.database.transact(partial(world.applicants.accept, given))
    for hosts in ({"o-l2"}, set[str]()):
        given = CommandRequest(id=application.id, command="rescind", seen=2, hosts=hosts)
        with pytest.raises(NotFound, match="there is no application"):
            await world.database.transact(partial(world.hosts.rescind, given))
    assert await world.get(application) == application
