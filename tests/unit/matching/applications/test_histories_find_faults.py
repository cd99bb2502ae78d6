"""The property test of histories finds what it is there to find: each of these services breaks one rule."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from matching.applications.domain.application import Application
from matching.applications.use_cases.application_changer import ApplicationChanger
from matching.applications.use_cases.erasure import ApplicationEraser
from matching.placements.domain.placement import Placement
from matching.placements.use_cases.placement_maker import PlacementMaker
from matching.seats.use_cases import SeatAllocator
from notifications.messages.domain.records import Cancellation
from notifications.rules.repository.scheduled_mails import ScheduledMails
from shared.database.mongo import Tx
from support.hiring import Hiring, Post
from support.hiring_histories import Histories

SHORT = settings(
    max_examples=200,
    stateful_step_count=40,
    phases=[Phase.generate],
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""Until the first failure, as it is found."""


class NoSeatFreed(Hiring):
    """An offer that ends keeps its seat."""

    class Seats(SeatAllocator):
        async def erase(self, placement_ids: Collection[str], application_ids: Collection[str], tx: Tx) -> None:
            await super().erase(placement_ids, (), tx)

    seat_allocator: ClassVar = Seats


class OneSeatTooMany(Hiring):
    """An offer takes a seat that nobody has: capacity is not checked."""

    class Seats(SeatAllocator):
        async def offer(self, listing_id: str, application_id: str, tx: Tx) -> None:
            known, seats = await self._load([listing_id], tx)
            seats[listing_id] = replace(seats[listing_id], offers=(*seats[listing_id].offers, application_id))
            await self._save(known, seats, tx)

    seat_allocator: ClassVar = Seats


class NoSeatFreedEarly(Hiring):
    """An early end keeps its seat."""

    class Seats(SeatAllocator):
        async def free(self, listing_id: str, placement_id: str, tx: Tx) -> None:
            pass

    seat_allocator: ClassVar = Seats


class NoOverlapFound(Hiring):
    """Other placements at that time are not looked at."""

    class FaultyMaker(PlacementMaker):
        async def _clashing(self, *_: Any, **__: Any) -> list[Placement]:
            return []

    placement_maker: ClassVar = FaultyMaker


class MergedApart(Hiring):
    """Of somebody who was merged, only the placements under one id are looked at."""

    class FaultyMaker(PlacementMaker):
        async def persons(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, tuple[str, ...]]:
            return {id: (id,) for id in attendee_ids}

    placement_maker: ClassVar = FaultyMaker


class SupersededUntold(Hiring):
    """Who accepted elsewhere is not told which of their applications this ends, and neither are the hosts."""

    class FaultyChanger(ApplicationChanger):
        async def _publish(self, before: Application | None, after: Application, tx: Tx) -> None:
            if after.state != "superseded":
                await super()._publish(before, after, tx)

    application_changer_type: ClassVar = FaultyChanger


class RemindersGoOn(Hiring):
    """A host that has answered is reminded to answer."""

    class Post(Post):
        class Mails(ScheduledMails):
            async def cancel(self, cancellations: Collection[Cancellation], tx: Tx) -> None:
                kinds = [tuple(kind for kind in one.kinds if kind != "answer_reminder") for one in cancellations]
                await super().cancel([replace(one, kinds=some) for one, some in zip(cancellations, kinds, strict=True)], tx)

        scheduled_mails: ClassVar = Mails

    post_type: ClassVar = Post


class ErasedApplicationStays(Hiring):
    """An erasure leaves the application."""

    class Eraser(ApplicationEraser):
        async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
            pass

    application_eraser: ClassVar = Eraser


@pytest.mark.parametrize(
    "faulty",
    [
        NoSeatFreed,
        OneSeatTooMany,
        NoSeatFreedEarly,
        NoOverlapFound,
        MergedApart,
        SupersededUntold,
        RemindersGoOn,
        ErasedApplicationStays,
    ],
)
def test_a_service_that_breaks_a_rule_is_found_out(faulty: type[Hiring]) -> None:
    class Faulty(Histories):
        hiring: ClassVar = faulty

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Faulty, settings=SHORT)
