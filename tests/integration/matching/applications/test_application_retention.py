"""What is kept of an application and of looks at it, for how long, and what an erasure leaves."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

from matching.applications.domain.application import Answers
from matching.applications.domain.profile import HostProfile
from matching.applications.use_cases.retention import Retention
from matching.applications.worker import RetentionWorker
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound
from support.applying import DAY, Applying


async def test_a_look_at_an_application_is_recorded_once_and_erased_with_the_attendee(world: Applying) -> None:
    async def look(attendee: str, listing: str, *, opens: bool = True) -> None:
        await world.database.transact(partial(world.applicants.preview, attendee, listing, opens=opens))

    async def known() -> dict[str, list[str]]:
        return {one["_id"]: one["listing_ids"] async for one in world.database.db["openings"].find()}

    await asyncio.gather(look("ada", "l1"), look("ada", "l2"), look("ada", "l1"))
    await look("ada", "l2")
    await look("ben", "l3", opens=False)  # an operator looks
    await look("nobody", "l1")
    assert {id: sorted(listings) for id, listings in (await known()).items()} == {"ada": ["l1", "l2"]}
    await look("ben", "l1")

    async def erase(tx: Tx) -> None:
        await world.candidates.save([], [], ["ada"], {}, tx)
        await world.eraser.erase(["ada"], tx)

    await asyncio.gather(look("ada", "l3"), world.database.transact(erase))
    assert await known() == {"ben": ["l1"]}


async def test_what_ended_long_ago_keeps_its_course_but_nothing_that_was_written(world: Applying) -> None:
    await world.attend("cyd")
    rejected, waiting = await world.apply("ben", "l1", "a note"), await world.apply("cyd", "l2", "another note")
    await world.do("reject", rejected)
    accepted = await world.do("accept", await world.offered("ada", "l3"))
    sweeper = RetentionWorker(
        Retention(world.applications, world.placements), world.applications, world.placements, world.database, 365 * DAY,
        lambda: world.now,
    )  # fmt: skip
    before = await world.get(rejected)
    world.late.ahead = 364 * DAY
    await sweeper.sweep()
    assert await world.get(rejected) == before
    world.late.ahead = 366 * DAY
    await sweeper.sweep()
    after = await world.get(rejected)
    assert (after.letter, after.profile, after.requests) == (None, HostProfile(), ())
    assert after == replace(before, letter=None, profile=HostProfile(), requests=())
    assert await world.applications.answers_of("o-l1") == Answers(1, 0)
    for one in (waiting, accepted):  # not answered yet; and the placement is still ahead
        assert (await world.get(one)).letter is not None
    document = await world.database.db["applications"].find_one({"_id": rejected.id})
    assert document
    assert "over_since" not in document
    assert (await world.offer(after)).state == "offered"


async def test_a_letter_that_is_no_longer_kept_comes_again_with_the_next_application(world: Applying) -> None:
    withdrawn = await world.do("withdraw", await world.apply("ada", "l1", "a note"))
    retention = Retention(world.applications, world.placements)
    await world.database.transact(partial(retention.reduce_applications, world.now + DAY, [withdrawn.id]))
    reduced = await world.get(withdrawn)
    assert (reduced.letter, reduced.version) == (None, withdrawn.version)
    again = await world.apply("ada", "l1", "a second note")
    assert again.letter
    assert (again.letter.note, again.attempt, again.version) == ("a second note", 2, withdrawn.version + 1)
    await world.database.transact(partial(retention.reduce_applications, world.now + DAY, [again.id]))
    assert (await world.get(again)).letter == again.letter  # it is live


async def test_an_erasure_at_the_same_moment_leaves_no_application(world: Applying) -> None:
    for number in range(10):
        attendee = f"eve{number}"
        await world.attend(attendee)

        async def erase(tx: Tx, attendee: str = attendee) -> None:
            await world.candidates.save([], [], [attendee], {}, tx)
            await world.eraser.erase([attendee], tx)

        async def apply(attendee: str = attendee) -> None:
            with suppress(Conflict, NotFound):  # as whoever has agreed to nothing, or is not there any more
                await world.apply(attendee, "l1")

        await asyncio.gather(apply(), world.database.transact(erase))
        assert await world.applications.page("", 10, attendee_id=attendee) == []


async def test_an_erased_offer_frees_its_seat(world: Applying) -> None:
    offered = await world.offered("ada", "l1")
    await world.database.transact(partial(world.eraser.erase, ["ada"]))
    assert await world.taken("l1") == (0, 0)
    assert (await world.published("matching.applications"))[-1] == (offered.id, None)
    assert (await world.offered("ben", "l1")).state == "offered"
