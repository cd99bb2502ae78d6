"""Transactions that conflicted have their turns."""

import asyncio

import pytest

from shared.database.turns import Turn


async def test_whoever_waited_longest_is_next_and_goes_to_the_end_of_the_queue_for_another_attempt() -> None:
    queue, had = asyncio.Lock(), []

    async def transaction(name: str, attempts: int) -> None:
        async with Turn(queue) as turn:
            for _ in range(attempts):
                turn.end()
                await turn.wait()
                had.append(name)
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for name, attempts in (("a", 3), ("b", 1), ("c", 2)):
            group.create_task(transaction(name, attempts))
    assert had == ["a", "b", "c", "a", "c", "a"]


async def test_a_turn_ends_with_its_transaction_whatever_becomes_of_it() -> None:
    queue = asyncio.Lock()

    async def fails() -> None:
        async with Turn(queue) as turn:
            await turn.wait()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await fails()
    async with Turn(queue) as turn, Turn(queue) as late:
        await turn.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await late.wait()
        late.end()
        assert queue.locked(), "it had no turn that it could end"
    assert not queue.locked()
