"""The histories of the property test on a real database: what is found out in memory is true of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from matching.settings import Settings
from shared.contract.envelope import Outgoing
from shared.database.mongo import Database, Result, Tx
from support.hiring import START, Hiring
from support.hiring_histories import Histories

FEW = settings(
    max_examples=3,
    stateful_step_count=20,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
MANY = settings(FEW, max_examples=15)


class ServerDatabase(Database):
    """A real database in the form of ``MemoryDatabase``: time is what ``now`` says."""

    def __init__(self, name: str, runner: asyncio.Runner) -> None:
        super().__init__("matching", Settings().model_copy(update={"mongodb_database": name}))
        self.now: datetime = START
        self.outgoing: list[Outgoing] = []
        self._runner = runner

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        last: list[Tx] = []

        async def at_its_time(tx: Tx) -> Result:
            tx.now = self.now
            last[:] = [tx]
            return await work(tx)

        result = await super().transact(at_its_time)
        self.outgoing += last[0].outgoing
        return result

    def contents(self) -> dict[str, dict[Any, dict[str, Any]]]:
        return self._runner.run(self._contents())

    async def _contents(self) -> dict[str, dict[Any, dict[str, Any]]]:
        names = ("applications", "placements", "seats", "commitments", "candidates")
        return {name: {one["_id"]: one async for one in self.db[name].find()} for name in names}


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.proof)], ids=["few", "many"])
def test_the_same_comes_of_histories_on_a_real_database(environment: dict[str, str], histories: settings) -> None:
    numbers = count()
    with asyncio.Runner() as runner:

        class OnServer(Histories):
            leap: ClassVar = timedelta(days=5)

            def make(self) -> Hiring:
                async def begin() -> Hiring:
                    name = f"{environment['MONGODB_DATABASE']}-{next(numbers)}"
                    return await Hiring(ServerDatabase(name, runner)).__aenter__()

                world: Any = runner.run(begin())
                world.run = runner.run
                return world  # type: ignore[no-any-return]

            def teardown(self) -> None:
                super().teardown()
                self.world.database.close()

        run_state_machine_as_test(OnServer, settings=histories)
    assert next(numbers) >= histories.max_examples
