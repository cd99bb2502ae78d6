"""How much may wait, whoever sends it, and under however many sources."""

from datetime import UTC, datetime, timedelta

from registration.attendance.domain.capacity import Amount, Capacity

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PLENTY = Amount(10**9, 10**12)


def filled(capacity: Capacity, sources: int) -> int:
    """Of how many invented sources an event had room."""
    return sum(not capacity.take(f"invented {n}", 1000, NOW) for n in range(sources))


def test_a_flood_under_invented_sources_ends_at_the_bound_of_the_whole() -> None:
    assert filled(Capacity(PLENTY, Amount(100, 10**12)), 1000) == 75
    assert filled(Capacity(PLENTY, Amount(10**9, 100_000)), 1000) == 75
    capacity = Capacity(PLENTY, Amount(100, 10**12))
    assert (filled(capacity, 1000), filled(capacity, 1000)) == (75, 25)


def test_a_flood_of_new_sources_leaves_room_to_those_of_which_something_waits() -> None:
    capacity = Capacity(PLENTY, Amount(100, 10**12))
    assert capacity.take("tickets", 1000, NOW) == ""
    filled(capacity, 1000)
    assert "of all sources" in capacity.take("another", 1000, NOW)
    assert [capacity.take("tickets", 1000, NOW) for _ in range(25)] == [""] * 25
    assert "of all sources" in capacity.take("tickets", 1000, NOW)


def test_what_is_refused_takes_no_room() -> None:
    capacity = Capacity(Amount(10, 10_000), Amount(20, 10**12))
    assert "of this source" in capacity.take("tickets", 11_000, NOW)
    assert [capacity.take("tickets", 1000, NOW) for _ in range(10)] == [""] * 10
    assert "of this source" in capacity.take("tickets", 1000, NOW)
    assert capacity.take("badges", 1000, NOW) == ""


def test_what_was_counted_counts_until_it_is_counted_again() -> None:
    capacity = Capacity(Amount(10, 10**9), Amount(100, 10**9))
    assert (capacity.to_count({"tickets"}, NOW), capacity.is_to_count_all(NOW)) == ({"tickets"}, True)
    capacity.counted({"tickets": Amount(9, 0)}, NOW)
    capacity.counted_all(Amount(9, 0), NOW)
    assert (capacity.to_count({"tickets", "badges"}, NOW), capacity.is_to_count_all(NOW)) == ({"badges"}, False)
    assert capacity.take("tickets", 1, NOW) == ""
    assert capacity.take("tickets", 1, NOW) != ""
    later = NOW + timedelta(minutes=1)
    assert (capacity.to_count({"tickets"}, later), capacity.is_to_count_all(later)) == ({"tickets"}, True)
    capacity.counted({"tickets": Amount(0, 0)}, later)
    assert capacity.take("tickets", 1, later) == ""


def test_any_number_of_sources_takes_little_memory() -> None:
    capacity = Capacity(PLENTY, PLENTY)
    for n in range(5000):
        capacity.counted({f"{n}": Amount()} if capacity.to_count({f"{n}"}, NOW) else {}, NOW)
    assert len(capacity.to_count({f"{n}" for n in range(5000)}, NOW)) >= 3000
