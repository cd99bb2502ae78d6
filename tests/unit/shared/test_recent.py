"""What a process keeps of what it read, and for how long."""

import pytest

from shared.database.recent import COMMITS, MOST, SECONDS, Recent


class Source:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.now = 0.0
        self.value: str | None = "old"
        self.reads = 0
        self.recent = Recent[str](lambda: self.now)

    async def read(self) -> str | None:
        self.reads += 1
        return self.value

    async def get(self, key: str = "k") -> str | None:
        return await self.recent.get(key, self.read)


@pytest.fixture
def source() -> Source:
    return Source()


async def test_what_was_read_is_not_read_again_at_once(source: Source) -> None:
    assert [await source.get(), await source.get()] == ["old", "old"]
    assert source.reads == 1


async def test_each_key_is_read_apart(source: Source) -> None:
    await source.get("a")
    source.value = "new"
    assert [await source.get("a"), await source.get("b")] == ["old", "new"]


async def test_what_others_changed_is_seen_after_a_second(source: Source) -> None:
    await source.get()
    source.value = "new"
    source.now = SECONDS - 0.001
    assert await source.get() == "old"
    source.now = SECONDS
    assert await source.get() == "new"


async def test_what_this_process_changed_is_seen_at_once(source: Source) -> None:
    await source.get()
    source.value = "new"
    COMMITS.count += 1
    assert await source.get() == "new"


async def test_what_changes_while_it_is_read_is_read_again(source: Source) -> None:
    async def read_late() -> str:
        COMMITS.count += 1
        return "of before"

    assert await source.recent.get("k", read_late) == "of before"
    assert await source.get() == "old"


async def test_what_is_not_there_is_looked_for_each_time(source: Source) -> None:
    source.value = None
    assert await source.get() is None
    source.value = "made"
    assert await source.get() == "made"
    source.value, source.now = None, SECONDS
    assert await source.get() is None
    assert await source.get() is None


async def test_only_so_many_are_kept(source: Source) -> None:
    for number in range(MOST + 1):
        await source.get(str(number))
    assert len(source.recent._kept) <= MOST
