"""What the conductor concludes from what the services tell, and that it can be set up again and again."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import data
from demo.attendees import Attendee, Expected
from demo.desk import Desk, SetupError
from demo.names import Person
from demo.outcome import Outcome, complaints, examples, in_words
from demo.prepare import declare, prepare
from demo.run import make_room, run
from demo.watch import SERVICES, Counts, Snapshot, Watch, read_counts
from local_stack.__main__ import main as local_stack

EXPECTED = Expected(messages=14, facts=10, reverted=2, attendees=3, candidates=3, listings=5, consenting=frozenset())
ALL_ARRIVED = Snapshot(
    services={name: Counts(sent=4 if name == "notifications" else 0) for name in SERVICES},
    statistics={
        "registration": {"facts": 10, "reverted": 2, "attendees": 3},
        "listings": {},
        "matching": {"candidates": 3, "listings": 5},
        "notifications": {"due": 0},
    },
    inbox=4,
)
METRICS = """\
# HELP opportunity_desk_events_received_total records received
# TYPE opportunity_desk_events_received_total counter
opportunity_desk_events_received_total{topic="a"} 5.0
opportunity_desk_events_received_total{topic="b"} 2.0
opportunity_desk_events_done_total{topic="a"} 4.0
opportunity_desk_consumer_lag{topic="a",partition="0"} 3.0
opportunity_desk_outbox_unsent 1.0
opportunity_desk_mails_total{status="sent"} 8.0
opportunity_desk_mails_total{status="failed"} 2.0
process_open_fds 24.0
"""


def with_counts(name: str, **changes: Any) -> Snapshot:
    return replace(ALL_ARRIVED, services={**ALL_ARRIVED.services, name: replace(ALL_ARRIVED.services[name], **changes)})


def with_statistics(name: str, **changes: int) -> Snapshot:
    statistics = {**ALL_ARRIVED.statistics, name: {**ALL_ARRIVED.statistics[name], **changes}}
    return replace(ALL_ARRIVED, statistics=statistics)


def test_nothing_is_missing_when_everything_arrived() -> None:
    assert ALL_ARRIVED.missing(EXPECTED) == []


@pytest.mark.parametrize(
    ("snapshot", "complaint"),
    [
        (with_statistics("registration", facts=9), "registration has 9 attendance facts instead of 10"),
        (with_statistics("registration", facts=11), "registration has 11 attendance facts instead of 10"),
        (with_statistics("registration", reverted=1), "registration has 1 facts taken back instead of 2"),
        (with_statistics("matching", candidates=2), "matching has 2 candidates instead of 3"),
        (with_statistics("matching", listings=4), "matching has 4 listings instead of 5"),
        (with_statistics("notifications", pending=9, due=6, queued=1), "7 mails wait to be sent"),
        (with_counts("matching", lag=7), "matching has 7 events to read"),
        (with_counts("listings", unsent=1), "listings has 1 batches to publish"),
        (with_counts("registration", dead=1), "registration could not apply 1 events"),
        (with_counts("listings", answers=False), "listings does not answer"),
        (replace(ALL_ARRIVED, inbox=3), "the inbox has 3 mails, but 4 were sent"),
    ],
)
def test_each_thing_that_did_not_arrive_is_said(snapshot: Snapshot, complaint: str) -> None:
    assert snapshot.missing(EXPECTED) == [complaint]


def test_counters_are_summed_over_topics_and_only_sent_mails_count() -> None:
    assert read_counts(METRICS) == Counts(received=7, done=4, lag=3, unsent=1, sent=8)


async def test_a_service_that_does_not_answer_is_not_taken_for_an_idle_one() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(silent)) as client:
        snapshot = await Watch(client, dict.fromkeys(SERVICES, "http://127.0.0.1:1"), "http://127.0.0.1:2").snapshot()
    assert "registration does not answer" in snapshot.missing(EXPECTED)
    assert not snapshot.services["registration"].answers


async def test_the_database_is_not_made_to_count_while_anything_moves() -> None:
    asked: list[str] = []
    done = iter([1, 1, 2, 2])

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path != "/metrics":
            return httpx.Response(200, json={"count": 0})
        return httpx.Response(
            200, text=f"opportunity_desk_events_done_total {next(done)}\n" if request.url.host == "matching" else ""
        )

    addresses = {name: f"http://{name}" for name in SERVICES}
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        watch = Watch(client, addresses, "http://inbox")
        counted = []
        for _ in range(4):
            asked.clear()
            watch.last = await watch.snapshot()
            counted.append("/statistics" in asked)
    assert counted == [False, True, False, True]


async def test_only_the_mails_are_counted_while_nothing_else_is_expected() -> None:
    asked: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/statistics":
            asked.add(request.url.host)
        return httpx.Response(200, text="" if request.url.path == "/metrics" else '{"count": 0}')

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        watch = Watch(client, {name: f"http://{name}" for name in SERVICES}, "http://inbox")
        async for _ in watch.until_quiet():
            if asked:
                break
    assert asked == {"notifications"}


def outcome(*matches: Mapping[str, Any], consents: bool = True, mails: int = 1, email: str = "a@example.org") -> Outcome:
    attendee = Attendee(Person("Aiko Abara", email), "en", consents, (), frozenset())
    return Outcome(attendee, matches, mails, mails)


def match(listing_id: str, score: float, *kinds: str) -> dict[str, Any]:
    reasons = [{"kind": kind, "term": "Rust", "contribution": score / len(kinds)} for kind in kinds]
    return {"listing_id": listing_id, "title": listing_id, "organization": "O", "score": score, "reasons": reasons}


ANY = match("any", 0.5, "skill")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (outcome(ANY, mails=0), "1 attendees have matches but got no mail: a@example.org"),
        (outcome(ANY, consents=False, mails=1), "1 attendees got mail without having agreed to it: a@example.org"),
        (outcome(mails=0), "nobody has a match"),
    ],
)
def test_wrong_mails_are_complained_about(given: Outcome, complaint: str) -> None:
    assert complaints([given]) == [complaint]


@pytest.mark.parametrize("given", [outcome(ANY), outcome(ANY, mails=2), outcome(ANY, consents=False, mails=0)])
def test_right_mails_are_not_complained_about(given: Outcome) -> None:
    assert complaints([given]) == []


def test_examples_are_the_best_explained_matches_each_of_another_listing() -> None:
    plain, rich, same = match("a", 0.9, "skill"), match("b", 0.4, "skill", "met"), match("b", 0.3, "skill", "met")
    chosen = examples([outcome(plain), outcome(same), outcome(), outcome(rich)])
    assert [each.matches[0] for each in chosen] == [rich, plain]


def test_reasons_are_told_in_words_the_weightiest_first_and_a_session_once() -> None:
    reasons: list[dict[str, Any]] = [
        {"kind": "skill", "term": "Rust", "contribution": 0.1, "session_title": None, "declared": True},
        {"kind": "topic", "term": "compilers", "contribution": 0.2, "session_title": "SPy lang", "declared": False},
        {"kind": "met", "term": None, "contribution": 0.3, "session_title": None, "declared": False},
        {"kind": "skill", "term": "C", "contribution": 0.05, "session_title": "SPy lang", "declared": True},
        {"kind": "conference", "term": None, "contribution": 0.01, "session_title": None, "declared": False},
    ]
    assert in_words(reasons) == [
        "met one of its mentors",
        "attended “SPy lang” (compilers, C)",
        "know Rust, C",
        "attended a conference that its host takes part in",
    ]


def test_every_kind_of_reason_has_its_words_and_one_that_is_not_known_is_left_out() -> None:
    reasons: list[dict[str, Any]] = [
        {"kind": "weather", "term": "sun", "contribution": 0.9},
        {"kind": "research", "term": "spectroscopy", "contribution": 0.4, "session_title": "Flares", "declared": True},
        {"kind": "skill", "term": "Rust", "contribution": 0.3, "declared": True},
        {"kind": "research", "term": "astronomy", "contribution": 0.2, "declared": True},
        {"kind": "topic", "term": "astronomy", "contribution": 0.19, "declared": True},
        {"kind": "discipline", "term": "physical-sciences", "contribution": 0.1},
        {"kind": "demand", "term": "Rust", "contribution": 0.05},
        {"kind": "demand", "term": "Python", "contribution": 0.04},
    ]
    assert in_words(reasons) == [
        "attended “Flares” (spectroscopy)",
        "are interested in spectroscopy, astronomy",
        "know Rust",
        "study a field that it looks for: physical sciences",
        "bring Rust, which is in short supply",
    ]


class Services:
    """Registration and listings as the demo knows them: what was put, and what is published."""

    def __init__(self) -> None:
        self.put: dict[str, bytes] = {}
        self.published: set[str] = set()
        self.not_yet: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.not_yet:
            self.not_yet.remove(path)
            return httpx.Response(404 if path == "/attendees" else 503)
        if path == "/attendees":
            return httpx.Response(200, json={"id": request.url.params["email"].partition("@")[0]})
        if request.method == "PUT":
            self.put[path] = request.content
            return httpx.Response(200)
        listing = path.removesuffix("/publish")
        if listing not in self.put:
            return httpx.Response(404, text="unknown listing")
        self.published.add(listing)
        return httpx.Response(200)

    def desk(self) -> Desk:
        return desk(self)


def desk(services: Callable[[httpx.Request], httpx.Response]) -> Desk:
    client = httpx.AsyncClient(transport=httpx.MockTransport(services))
    return Desk(client, {name: f"http://{name}" for name in SERVICES})


async def test_all_listings_are_put_and_published() -> None:
    services = Services()
    await prepare(services.desk(), date(2026, 9, 1))
    assert services.published == {f"/listings/{listing['id']}" for listing in data.internships()["listings"]}


async def test_the_profiles_that_attendees_fill_in_are_put_once_they_are_known_and_no_others() -> None:
    services = Services()
    services.not_yet = ["/attendees", "/attendees"]
    profile = {"discipline": "ict"}
    attendees = [
        replace(outcome(email="a@example.org").attendee, declared=profile),
        outcome(email="b@example.org").attendee,
    ]
    await declare(services.desk(), attendees)
    assert {path: json.loads(body) for path, body in services.put.items()} == {"/attendees/a/profile": profile}


async def test_a_service_that_is_not_ready_yet_is_asked_again() -> None:
    services = Services()
    services.not_yet = ["/organizations/radis"]
    await prepare(services.desk(), date(2026, 9, 1))
    assert "/organizations/radis" in services.put


async def test_a_request_whose_connection_breaks_is_sent_again() -> None:
    services, broken = Services(), ["/organizations/radis"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in broken:
            broken.remove(request.url.path)
            raise httpx.ReadError("", request=request)
        return services(request)

    await prepare(desk(answer), date(2026, 9, 1))
    assert "/organizations/radis" in services.put


async def test_a_refusal_is_told_with_the_request_and_the_answer() -> None:
    refusing = desk(lambda _: httpx.Response(422, text="no such field"))
    with pytest.raises(SetupError, match=r"PUT http://registration/conferences/europython-2024: 422 no such field"):
        await prepare(refusing, date(2026, 9, 1))


def test_a_directory_that_is_not_the_demos_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SetupError, match="other files than servers' data"):
        run(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def used(directory: Path, data: str) -> None:
    """What servers leave behind: a lock and data."""
    directory.mkdir(exist_ok=True)
    (directory / "lock").touch()
    (directory / "data").write_text(data)


def test_an_earlier_demos_data_goes_and_nothing_is_moved(tmp_path: Path) -> None:
    directory = tmp_path / "stack"
    make_room(directory)
    used(directory, "of a demo")
    make_room(directory)
    assert not (directory / "data").exists()
    assert list(tmp_path.iterdir()) == [directory]


def test_somebodys_own_data_is_moved_aside_each_time_and_it_is_said_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "stack"
    for n in (1, 2):
        shutil.rmtree(directory, ignore_errors=True)
        used(directory, f"mine {n}")
        make_room(directory)
        assert str(tmp_path / f"stack.before-{n}") in capsys.readouterr().out
    assert [(tmp_path / f"stack.before-{n}" / "data").read_text() for n in (1, 2)] == ["mine 1", "mine 2"]


def test_a_demos_data_is_somebodys_own_once_it_was_started_with_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, url in {"KAFKA_BOOTSTRAP_SERVERS": "", "MONGODB_URI": "mongodb://", "SMTP_URL": "smtp://"}.items():
        monkeypatch.setenv(name, f"{url}127.0.0.1:9")  # nothing answers there, and nothing is started instead
    directory = tmp_path / "stack"
    make_room(directory)
    used(directory, "a demo's, then mine")
    local_stack(["up", "--directory", str(directory)])
    make_room(directory)
    assert (tmp_path / "stack.before-1" / "data").read_text() == "a demo's, then mine"
