"""What was read a moment ago is used for a second, and no longer."""

import asyncio
from collections.abc import Collection

from registration.value_cache import MAX_VALUES, ValueCache


class Database:
    """Answers reads, and counts them."""

    def __init__(self, **values: int) -> None:
        self.values = values
        self.reads: list[set[str]] = []
        self.now = 0.0

    async def read(self, keys: Collection[str]) -> dict[str, int]:
        self.reads.append(set(keys))
        return {key: self.values[key] for key in keys if key in self.values}


async def test_a_value_is_read_again_once_it_is_a_second_old() -> None:
    database = Database(a=1)
    cache = ValueCache(database.read, lambda: database.now)
    for now, value, expected in ((0.0, 1, 1), (0.9, 2, 1), (1.0, 3, 3), (1.9, 4, 3)):
        database.now, database.values["a"] = now, value
        assert await cache.get_many({"a"}) == {"a": expected}
    assert len(database.reads) == 2


async def test_only_what_is_not_known_is_read_and_what_has_no_value_every_time() -> None:
    database = Database(a=1, b=2)
    cache = ValueCache(database.read, lambda: database.now)
    await cache.get_many(["a"])
    assert await cache.get_many(["a", "b", "none"]) == {"a": 1, "b": 2}
    await cache.get_many(["a", "b", "none"])
    assert database.reads == [{"a"}, {"b", "none"}, {"none"}]


async def test_what_is_forgotten_is_read_again_at_once() -> None:
    database = Database(a=1)
    cache = ValueCache(database.read, lambda: database.now)
    await cache.get_many(["a"])
    database.values["a"] = 2
    cache.forget(["a", "never known"])
    assert await cache.get_many(["a"]) == {"a": 2}


async def test_a_slow_read_is_used_for_a_second_from_when_it_began() -> None:
    database = Database(a=1)

    async def slow(keys: Collection[str]) -> dict[str, int]:
        read = await database.read(keys)
        await asyncio.sleep(0)
        database.now += 10
        return read

    cache = ValueCache(slow, lambda: database.now)
    await cache.get_many(["a"])
    await cache.get_many(["a"])
    assert len(database.reads) == 2


async def test_however_many_keys_are_asked_for_few_are_kept() -> None:
    database = Database(**{str(n): n for n in range(5 * MAX_VALUES)})
    cache = ValueCache(database.read, lambda: database.now)
    for first in range(0, 3 * MAX_VALUES, 100):
        keys = [str(n) for n in range(first, first + 100)]
        assert len(await cache.get_many(keys)) == 100
    assert len(await cache.get_many(list(database.values))) == 5 * MAX_VALUES
    assert len(cache._cached) <= MAX_VALUES
