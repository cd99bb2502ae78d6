"""Nominations on a real database: who may nominate, what the clock, changes of staff and erasures do, and what is published."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from matching.applications.use_cases.commitment_finder import CommitmentFinder
from matching.model.candidates import Candidate
from matching.nominations.domain.nomination import EVERYBODY, Nomination, Viewer
from matching.nominations.domain.transitions import STATES, State
from matching.nominations.use_cases import MAX_PROPOSED
from matching.recommendations.hiding.repository import HiddenListingsRepository
from shared.contract.topics import NOMINATIONS, RESCORING
from shared.database.mongo import Tx
from shared.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale
from support.applying import DAY
from support.nominating import KEEP, Nominating
from support.nominations import nominee

HOST, ADA, MINA = Viewer(hosts={"o-p1"}), Viewer(nominees={"ada"}), Viewer(mentors={"m1"})


@pytest.fixture
async def world(environment: dict[str, str]) -> AsyncIterator[Nominating]:
    async with Nominating() as world:
        await world.meet("ada", "bob")
        await world.employ("m1", "m2")
        await world.open("p1")
        yield world


async def outcome(work: Awaitable[Any]) -> Any:
    """What comes of it, or how it is refused."""
    try:
        return await work
    except Refusal as refusal:
        return type(refusal)


async def published(world: Nominating) -> list[tuple[str, int, str] | str]:
    """The id, version and state of each event, and the ids of tombstones, in their order."""
    found: list[tuple[str, int, str] | str] = []
    for key, value in await world.published(NOMINATIONS.name):
        data = json.loads(value) if value else None
        found.append((key, data["version"], data["state"]) if data else key)
    return found


async def sees(world: Nominating, viewer: Viewer) -> list[str]:
    return [one.id for one in await world.nominations.page(viewer, "", 100)]


# Nominating


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


# Commands


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


# The clock


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


# Retention


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


# Staff


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


# Erasure


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


# What comes of it


async def commitments(world: Nominating) -> Any:
    hidden = HiddenListingsRepository(world.database.db)
    finder = CommitmentFinder(world.placements, world.applications, world.nominations, world.candidates, world.catalogue, hidden)
    found = await world.database.transact(lambda tx: finder.find(["ada", "bob"], tx))
    return {id: set(one.nominated_for) for id, one in found.items()}


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
