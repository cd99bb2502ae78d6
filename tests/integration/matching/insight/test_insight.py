"""Insight on a real database: counted in the background by one instance, and served."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from matching.insight.domain.figures import Insight
from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter, TurnoutRecorder
from matching.main import create_app
from matching.model.conferences import Conference
from matching.settings import Settings
from shared.contract.envelope import Event, Received
from shared.contract.events.registration import SessionTurnout, TurnoutCounted
from shared.database.mongo import Tx
from shared.database.spaced_work import LEASE, REST
from support.copied_keys import keyed
from support.insight import HOSTILE, came_to_something, candidate, erase, listings, save, withdraw
from support.rounds import MatchDay
from support.serving import serving

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)


class Clock:
    """Time that passes as the test says."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def counting(day: MatchDay, clock: Clock) -> InsightCounter:
    return InsightCounter(Insights(day.database.db), timedelta(minutes=3), clock)


async def counted(day: MatchDay, id: str | None = "pyconf") -> Insight:
    insight = await Insights(day.database.db).get(id)
    assert insight
    return insight


async def test_a_conference_is_counted_from_candidates_listings_and_published_rounds(day: MatchDay) -> None:
    await came_to_something(day)
    await counting(day, Clock()).count()
    insight = await counted(day)
    assert insight.as_of == NOON
    assert insight.totals.model_dump() == {
        "attendees": 30, "matched": 30, "ranked": 6, "placed": 5, "hosts": 2, "listings": 3, "seats": 17, "skills": 4, "sessions": 2,
        "comparable": 20, "crossing": 20,
    }  # fmt: skip
    assert [(one.name, one.listings, one.attendees) for one in insight.skills] == [
        ("Kafka", 2, 0), ("Rust", 1, 5), ("Sql", 1, 15), ("Numpy", 2, 30),
    ]  # fmt: skip
    assert [(one.title, one.attended, one.matched, one.applied, one.placed) for one in insight.sessions] == [
        ("Arrays that fly", 30, 30, 6, 4),
        (HOSTILE, 5, 5, 5, "<3"),
    ]
    assert [(one.attendees, one.listings, one.matched) for one in insight.crossings] == [
        ("biology", "biology", 10), ("biology", "ict", 10), ("ict", "biology", 10), ("ict", "ict", 10),
    ]  # fmt: skip
    assert [(one.name, one.seats, one.recommended, one.ranked, one.placed) for one in insight.hosts] == [
        ("Acme", 13, 30, 6, 5), (HOSTILE, 4, 0, 0, 0),
    ]  # fmt: skip
    assert insight.funnel[0].steps.model_dump() == {
        "came": None, "agreed": 30, "recommended": 30, "opened": 6, "applied": 6, "interviewed": 0, "offered": 5, "accepted": 5, "started": 0,
        "completed": 0, "hired": 0,
    }  # fmt: skip
    assert [(row.by, row.name) for row in insight.funnel] == [
        ("all", "PyConf"), ("discipline", "biology"), ("discipline", "ict"), ("host", "Acme"), ("session", "Arrays that fly"),
        ("session", HOSTILE),
    ]  # fmt: skip
    assert (await counted(day, "geo")).totals.attendees == 0
    everything = await counted(day, None)
    assert everything.totals == insight.totals
    assert [(one.name, one.attendees, one.placed) for one in everything.conferences] == [("PyConf", 30, 5), ("Geo Days", 0, 0)]


def turnout(version: int, attended: int, *, key: str = "pyconf") -> Event:
    counted = TurnoutCounted(
        conference_id="pyconf",
        version=version,
        attended=attended,
        consented=30,
        sessions=[SessionTurnout(session_id="arrays", attended=90)],
    )
    record = Received("registration.turnout", b"", [], key=key.encode())
    return Event(f"e{version}", "registration", "registration.turnout.counted.v1", NOON, "", counted, record)


async def test_who_came_is_what_registration_last_counted(day: MatchDay) -> None:
    await came_to_something(day)
    recorder = TurnoutRecorder(Insights(day.database.db))
    rejected: list[str] = []

    async def record(*events: Event) -> None:
        async def work(tx: Tx) -> None:
            await recorder.apply(list(events), tx)
            rejected.extend(reason for _, reason in tx.rejected)

        await day.database.transact(work)

    async def came() -> list[Any]:
        clock.now += timedelta(hours=1)
        await counting(day, clock).count()
        return [row.steps.came for row in (await counted(day)).funnel if row.by in ("all", "session")]

    clock = Clock()
    await record(turnout(2, 412), turnout(1, 7))
    assert await came() == [412, 90, None]
    await record(turnout(2, 9))
    assert await came() == [412, 90, None]
    await record(turnout(9, 1000, key="another"))
    assert rejected == ["conference_id: must be the key of the record, 'another', not 'pyconf'"]
    await record(replace(turnout(3, 5), data=None))
    assert await came() == [None, None, None]


async def test_a_result_that_is_not_published_is_not_told(day: MatchDay) -> None:
    await save(day.database, listings(), [Conference("pyconf", 1, "PyConf")], [candidate(number) for number in range(5)])
    ranked = {f"a{number:02}": ["l1"] for number in range(4)}
    await day.opened("r1", ["l1"], ranked, {"l1": {"attendee_ids": list(ranked)}})
    await day.matched("r1")
    await counting(day, Clock()).count()
    assert (await counted(day)).totals.model_dump(include={"ranked", "placed"}) == {"ranked": 4, "placed": 0}


async def test_a_host_whose_seats_are_all_taken_stays_in_its_funnel(day: MatchDay) -> None:
    await came_to_something(day)
    await withdraw(day.database, listings()[0])
    await counting(day, Clock()).count()
    insight = await counted(day)
    host = next(one for one in insight.hosts if one.name == "Acme")
    assert (host.listings, host.seats, host.placed) == (2, 9, 5)
    assert insight.sessions[0].placed == 4
    assert ("Kafka", 2) in [(one.name, one.listings) for one in insight.skills]


async def test_who_is_erased_counts_no_more(day: MatchDay) -> None:
    clock = Clock()
    await came_to_something(day)
    await counting(day, clock).count()
    await erase(day, {"a00", "a05", "a11"})
    clock.now += timedelta(hours=1)
    await counting(day, clock).count()
    insight = await counted(day)
    assert insight.totals.model_dump(include={"attendees", "matched", "ranked", "placed", "seats"}) == {
        "attendees": 27, "matched": 27, "ranked": 4, "placed": 4, "seats": 16,
    }  # fmt: skip
    assert [(one.title, one.attended, one.matched, one.placed) for one in insight.sessions] == [
        ("Arrays that fly", 27, 27, 3),
        (HOSTILE, 4, 4, "<3"),
    ]


async def test_one_instance_counts_at_a_time_and_rests_in_proportion(day: MatchDay) -> None:
    clock = Clock()
    one, other = counting(day, clock), counting(day, clock)
    await save(day.database, [], [Conference("pyconf", 1, "PyConf")], [candidate(number) for number in range(3)])
    await one.count()
    await save(day.database, [], [], [candidate(number) for number in range(3, 6)])
    for seconds, attendees in ((0, 3), (179, 3), (180, 6)):
        clock.now = NOON + timedelta(seconds=seconds)
        await other.count()
        assert (await counted(day)).totals.attendees == attendees

    class Slow(Insights):
        """Takes a minute."""

        async def conferences(self) -> list[Conference]:
            clock.now += timedelta(minutes=1)
            return await super().conferences()

    clock.now = NOON + timedelta(hours=1)
    await InsightCounter(Slow(day.database.db), timedelta(minutes=3), clock).count()
    slow = (await counted(day)).as_of
    clock.now += timedelta(minutes=REST) - timedelta(seconds=1)
    await other.count()
    assert (await counted(day)).as_of == slow == NOON + timedelta(hours=1)
    clock.now += timedelta(seconds=1)
    await other.count()
    assert (await counted(day)).as_of == clock.now


async def test_who_was_stopped_while_counting_is_replaced(day: MatchDay) -> None:
    clock = Clock()

    class Stopped(Insights):
        async def conferences(self) -> list[Conference]:
            raise KeyboardInterrupt

    await save(day.database, [], [Conference("pyconf", 1, "PyConf")], [])
    with pytest.raises(KeyboardInterrupt):
        await InsightCounter(Stopped(day.database.db), timedelta(minutes=3), clock).count()
    clock.now = NOON + LEASE - timedelta(seconds=1)
    await counting(day, clock).count()
    assert await Insights(day.database.db).get("pyconf") is None
    clock.now = NOON + LEASE
    await counting(day, clock).count()
    assert (await counted(day)).as_of == clock.now


async def test_figures_of_what_is_gone_go_with_it(day: MatchDay) -> None:
    clock = Clock()
    await save(day.database, [], [Conference("pyconf", 1, "PyConf")], [candidate(1)])
    await counting(day, clock).count()
    await day.database.db["conferences"].delete_one({"_id": "pyconf"})
    clock.now += timedelta(hours=1)
    await counting(day, clock).count()
    assert await Insights(day.database.db).get("pyconf") is None


@pytest.fixture
async def api(day: MatchDay, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    await came_to_something(day)
    monkeypatch.setenv("INSIGHT_SECONDS", "3600")
    async with serving(create_app(Settings())) as client:
        await keyed(client, "matching")
        while (await client.get("/insight")).status_code == 503:
            pass
        yield client


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {str(value)}


async def test_it_is_served_as_json_and_as_a_page_without_anybody_in_it(api: httpx.AsyncClient) -> None:
    for path in ("/insight", "/conferences/pyconf/insight"):
        answer = await api.get(path)
        assert answer.status_code == 200
        assert answer.json()["totals"]["placed"] == 5
        assert not texts(answer.json()) & {f"a{number:02}" for number in range(30)}
        table = await api.get(f"{path}/funnel.csv")
        assert (table.status_code, table.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert table.text.startswith("by,id,conference_id,name,came,agreed,")
        assert ",,30,30,6,6,0,5,5,0,0,0,,,\r\n" in table.text
        assert not re.search(r"\ba\d\d\b", table.text)
        page = await api.get(f"{path}/page")
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
        assert "unsafe" not in policy
        assert not re.search(r"\ba\d\d\b", page.text)
        assert HOSTILE not in page.text


async def test_what_is_unknown_is_a_problem_and_what_is_not_counted_yet_another(api: httpx.AsyncClient, day: MatchDay) -> None:
    for path in ("/conferences/nowhere/insight", "/conferences/nowhere/insight/page"):
        answer = await api.get(path)
        assert answer.status_code == 404
        assert answer.json()["detail"] == "there is no conference 'nowhere'"
    await save(day.database, [], [Conference("new", 1, "New")], [])
    answer = await api.get("/conferences/new/insight")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    page = await api.get("/conferences/new/insight/page")
    assert page.status_code == 200
    assert "Not counted yet" in page.text
