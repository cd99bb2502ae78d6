"""What instances hold in memory of the candidates, beside what the database has: never more, never less."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from matching.model.candidate_counts import CandidateCounts
from matching.model.commands import RescoreCandidate
from matching.model.listings import Listing
from matching.placements.domain.placement import Placement
from matching.recommendations.use_cases.candidate_counter import CandidateCounter
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from shared.contract.envelope import Event, Received
from shared.database.mongo import Tx
from support.instances import SHARDS, Aborted, Instance, erased, event, opened, profiled, published
from support.nominations import in_state


@pytest.fixture
def instances(environment: dict[str, str]) -> tuple[Instance, Instance]:
    return Instance(), Instance()


async def test_what_was_not_committed_is_not_held(instances: tuple[Instance, Instance]) -> None:
    one, _ = instances
    await one.refresh(profiled("a1", 1, ["python"], 0))
    with pytest.raises(Aborted):
        await one.refresh(profiled("a2", 1, ["python"], 0), abort=True)
    await one.publish("l1", "python")
    told = await one.refresh(opened("l1", 0))
    assert [outgoing.key for outgoing in told] == ["a1"]


async def test_an_instance_sees_what_another_did_to_a_shard(instances: tuple[Instance, Instance]) -> None:
    one, other = instances
    await one.refresh(profiled("a1", 1, ["python"], 0))
    await other.refresh(profiled("a2", 1, ["python"], 0))
    await one.publish("l1", "python")
    told = await one.refresh(opened("l1", 0))
    assert sorted(outgoing.key for outgoing in told) == ["a1", "a2"]
    await other.refresh(erased("a1", 0))
    await one.holds_what_the_database_has()


async def test_an_instance_lets_go_of_a_shard_that_another_one_works_on(instances: tuple[Instance, Instance]) -> None:
    one, other = instances
    counting = [CandidateCounter(each.candidates, each.catalogue, each.shards, each.database) for each in instances]
    await one.refresh(profiled("a1", 1, ["python"], 0))
    await one.refresh(profiled("a2", 1, ["rust"], 0))
    await counting[0].count()
    await other.refresh(profiled("a3", 1, ["python"], 0))
    await other.refresh(profiled("a3", 2, ["python"], 0))
    for _ in range(2):
        assert one.shards.held()
        await counting[0].count()
        await counting[1].count()
    assert one.shards.held() == {}
    assert len(one.shards.index) == 0
    candidate_counts = await other.database.transact(lambda tx: other.catalogue.changes_since(0, tx))
    assert candidate_counts.counts_by_shard == {0: CandidateCounts(3, {"python": 2, "rust": 1}, {})}
    await one.holds_what_the_database_has()


async def test_a_shard_that_comes_back_while_it_is_counted_stays_held(instances: tuple[Instance, Instance]) -> None:
    one, other = instances
    await one.refresh(profiled("a1", 1, ["python"], 0))
    await other.refresh(profiled("a2", 1, ["python"], 0))

    class Slow(CandidateCounter):
        """What it found out is old news once it acts on it."""

        async def _count_changed(self, held: dict[int, str], tx: Tx) -> tuple[list[int], dict[int, str]]:
            found = await super()._count_changed(held, tx)
            if news:
                await one.refresh(*news)
            return found

    news: list[Event] = []
    counting = Slow(one.candidates, one.catalogue, one.shards, one.database)
    await counting.count()
    news.append(profiled("a3", 1, ["python"], 0))
    await counting.count()
    assert one.shards.held()


async def test_the_last_change_of_a_shard_is_counted_though_nothing_comes_after_it(
    instances: tuple[Instance, Instance],
) -> None:
    one, _ = instances
    counting = CandidateCounter(one.candidates, one.catalogue, one.shards, one.database)
    await one.publish("l1", "python")
    await one.refresh(profiled("a1", 1, ["python"], 0), profiled("a2", 1, ["go"], 0))
    await one.refresh(profiled("a3", 1, ["go"], 0))
    with pytest.raises(Aborted):
        await one.refresh(profiled("a4", 1, ["go"], 0), abort=True)
    await one.refresh(profiled("a5", 1, ["go"], 0), erased("a1", 0))
    await counting.count()
    assert one.shards.candidate_counts(0) == CandidateCounts(candidates=3, held={"go": 3}, shown={})
    await one.holds_what_the_database_has()


async def test_whoever_is_placed_is_recommended_nothing_for_that_time_nor_the_same_again(
    instances: tuple[Instance, Instance],
) -> None:
    one, _ = instances
    for listing_id in ("l1", "l2"):
        await one.publish(listing_id, "python")
    await one.refresh(profiled("a1", 1, ["python"], 3))
    assert await one.listed("a1") == ["l1", "l2"]

    async def make(placement: Placement) -> list[Any]:
        async def work(tx: Tx) -> list[Any]:
            if placement.version == 1:
                await one.placements.add([placement], tx)
            else:
                await one.placements.save(placement, tx)
            await CandidateRescorer(one.candidates).rescore("a1", f"placement/{placement.id}", placement.version, tx)
            return list(tx.outgoing)

        (command,) = await one.database.transact(work)
        assert (command.topic, command.partition) == ("matching.rescoring", 3)
        return await one.refresh(event(RescoreCandidate(attendee_id="a1"), "a1", 3))

    placement = Placement("p1", "a1", "l1", version=1)  # on unknown days, so at any time
    assert len(await make(placement)) == 1
    assert await one.listed("a1") == []
    await one.publish("l3", "python")
    await one.refresh(opened("l3", 3))
    assert await one.listed("a1") == []
    await make(replace(placement, version=2, state="ended"))
    assert await one.listed("a1") == ["l2", "l3"]
    await one.holds_what_the_database_has()


async def test_whoever_was_merged_is_recommended_nothing_that_clashes_with_what_they_hold_under_another_id(
    instances: tuple[Instance, Instance],
) -> None:
    one, _ = instances
    await one.publish("l1", "python")
    await one.refresh(profiled("a1", 1, ["python"], 3), profiled("a2", 1, ["python"], 2))
    placement = Placement("p1", "a2", "l2", version=1)  # on unknown days, so at any time
    await one.database.transact(lambda tx: one.placements.add([placement], tx))

    async def follows(change: Event) -> list[str]:
        (command,) = [told for told in await one.refresh(change) if told.topic == "matching.rescoring"]
        assert (command.key, command.partition) == ("a1", 3)
        await one.refresh(event(RescoreCandidate(attendee_id="a1"), "a1", 3))
        return await one.listed("a1")

    profile: Any = profiled("a2", 2, [], 2).data
    merged = profile.model_copy(update={"merged_into": "a1", "conference_ids": []})
    assert await follows(event(merged, "a2", 2)) == []
    assert await one.refresh(event(merged.model_copy(update={"version": 3}), "a2", 2)) == [], "they were merged before"
    assert await follows(profiled("a2", 4, ["rust"], 2)) == ["l1"], "they were two after all"
    assert await follows(event(merged.model_copy(update={"version": 5}), "a2", 2)) == []
    await one.database.transact(lambda tx: one.placements.erase(["a2"], tx))
    assert await follows(erased("a2", 2)) == ["l1"]
    await one.holds_what_the_database_has()


async def test_a_programme_is_in_the_lists_of_its_nominees_only_and_follows_its_listing(
    instances: tuple[Instance, Instance],
) -> None:
    one, other = instances
    await one.refresh(profiled("a1", 1, ["rust"], 3), profiled("a2", 1, ["python"], 3))
    await one.database.transact(lambda tx: one.nominations.save([replace(in_state("agreed"), listing_id="p1")], [], tx))
    await one.database.transact(lambda tx: one.live_catalogue.apply([programme(1)], tx))
    (told,) = await one.refresh(opened("p1", 3))
    assert (told.key, await one.listed("a1"), await one.listed("a2")) == ("a1", ["p1"], [])
    assert await other.refresh(opened("p1", 2)) == [], "another shard"
    await one.holds_what_the_database_has()

    await one.database.transact(lambda tx: one.live_catalogue.apply([programme(2, approved=False)], tx))
    await other.refresh(opened("p1", 3))
    assert await other.listed("a1") == []
    await other.database.transact(lambda tx: other.live_catalogue.apply([programme(3)], tx))
    await other.refresh(opened("p1", 3))
    assert await other.listed("a1") == ["p1"]
    await other.holds_what_the_database_has()


def programme(version: int, **changes: Any) -> Event:
    internship: Any = published("p1", "python").data
    return event(internship.model_copy(update={"kind": "leadership", "version": version} | changes), "p1", 0)


async def test_a_tombstone_of_a_conference_is_not_taken_for_that_of_a_listing(instances: tuple[Instance, Instance]) -> None:
    one, _ = instances
    await one.publish("l1", "python")

    async def listings_after_a_tombstone_on(topic: str) -> dict[str, Listing]:
        record = Received(f"prefix.{topic}", None, [], key=b"l1", partition=0)
        tombstone = Event("", "", "", datetime.now(UTC), "correlation", None, record)
        await one.database.transact(lambda tx: one.live_catalogue.apply([tombstone], tx))
        return (await one.database.transact(one.live_catalogue.current)).listings

    assert list(await listings_after_a_tombstone_on("registration.conferences")) == ["l1"]
    assert list(await listings_after_a_tombstone_on("listings.listings")) == []


@pytest.mark.parametrize("letter", ["x", "\U00020000"])
async def test_counts_that_no_document_can_hold_keep_what_is_most_common(
    instances: tuple[Instance, Instance], letter: str
) -> None:
    """Hostile profiles full of long terms: one document takes 16 MB."""
    one, other = instances
    hostile = {f"{letter * 194}{number:06}": 1 for number in range(80_000)}
    candidate_counts = CandidateCounts(600, {**hostile, "python": 500, "cobol": 2}, {**hostile, "l1": 400})
    await one.database.transact(lambda tx: one.catalogue.save_candidate_counts(0, candidate_counts, tx))
    kept = (await other.database.transact(lambda tx: other.catalogue.changes_since(0, tx))).counts_by_shard[0]
    assert (kept.candidates, kept.held["python"], kept.held["cobol"], kept.shown["l1"]) == (600, 500, 2, 400)
    assert 4_000 < len(kept.held) < 80_000, "what there is room for"
    assert kept.held.items() <= candidate_counts.held.items()
    assert kept.shown.items() <= candidate_counts.shown.items()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_each_instance_holds_what_the_database_has(
    instances: tuple[Instance, Instance], seed: int
) -> None:
    """Two instances, of which any may come next: profiles, erasures, listings, and transactions that come to nothing."""
    rng = random.Random(seed)
    skills = ["python", "rust", "go"]
    versions: dict[str, int] = {}
    listings: list[str] = []
    for _ in range(40):
        instance = rng.choice(instances)
        abort = rng.random() < 0.2
        batch = []
        for number in rng.sample(range(12), rng.randint(1, 3)):
            attendee, shard = f"a{number}", number % 2
            if rng.random() < 0.15:
                batch.append(erased(attendee, shard))
            else:
                version = versions.get(attendee, 0) + 1
                versions[attendee] = version if not abort else version - 1
                batch.append(profiled(attendee, version, rng.sample(skills, rng.randint(0, 2)), shard))
        if rng.random() < 0.3:
            listings.append(f"l{len(listings)}")
            await instance.publish(listings[-1], rng.choice(skills))
            batch += [opened(listings[-1], shard) for shard in SHARDS]
        try:
            await instance.refresh(*batch, abort=abort)
        except Aborted:
            assert abort
        if rng.random() < 0.2:
            await rng.choice(instances).holds_what_the_database_has()
    for instance in instances:
        await instance.holds_what_the_database_has()
