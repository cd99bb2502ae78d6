"""No line of a log holds an address or is long, wherever in the event it is, and logging costs little and never fails."""

import io
import json
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import structlog

from shared.logging import MAX_LINE, MAX_TEXT, configure_logging, without_addresses
from support.cost import within


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers, root.level, logging.raiseExceptions = before
    structlog.reset_defaults()


@pytest.fixture(params=["json", "console"])
def lines(request: pytest.FixtureRequest, logging_as_before: None) -> io.StringIO:
    root = logging.getLogger()
    configure_logging("test", "info", request.param)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(root.handlers[0].formatter)
    root.handlers = [handler]
    return stream


in_json = pytest.mark.parametrize("lines", ["json"], indirect=True)


def test_addresses_are_left_out_of_values_nested_ones_and_exceptions(lines: io.StringIO) -> None:
    try:
        raise ValueError("no mail to ada@example.org")
    except ValueError:
        logging.getLogger("library").exception("failed for %s", "Ada <ada@example.org>")
    structlog.get_logger("own").info("said", id="scan-ada@example.org", more={"to": ["ада@пример.рф"], "bob@example.org": 1})
    written = lines.getvalue()
    assert written.count("***@***") >= 5
    assert "example" not in written
    assert "пример" not in written


@in_json
def test_a_line_is_json_with_its_own_fields(lines: io.StringIO) -> None:
    structlog.get_logger("own").info("said", number=7, share=0.5, nothing=None, yes=True, many=[1, {"a": "b"}])
    said = json.loads(lines.getvalue())
    expected = {"event": "said", "number": 7, "share": 0.5, "nothing": None, "yes": True, "many": [1, {"a": "b"}]}
    assert {name: said[name] for name in expected} == expected
    assert {"level", "logger", "timestamp"} <= said.keys()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"id": "topic/key@3", "at": "12:00 @ noon"}', '{"id": "topic/key@3", "at": "12:00 @ noon"}'),
        ("nothing here", "nothing here"),
        ("@", "@"),
        ("key@3.", "key@3."),
        ("to ada@example.org, and <bob@x.example>", "to ***@***, and <***@***>"),
        ("a@b@example.org", "***@***"),
        ("@ada@example.org", "***@***"),
        ("mailto:ada@example.org?subject=x", "mailto:***@***=x"),
    ],
)
def test_what_looks_like_an_address_is_left_out_and_the_rest_stays(text: str, left: str) -> None:
    assert without_addresses(text) == left


@pytest.mark.parametrize("text", ["a", "@", "a@", "a.", ".", "a@b.", "@.", "a@b ", "\udc80@", "a" * 500 + "@"])
def test_leaving_out_addresses_takes_time_in_proportion_to_the_text(text: str) -> None:
    for hostile in (text * (200_000 // len(text)), text * (200_000 // len(text)) + "@x.y"):
        within(0.5, partial(without_addresses, hostile))


HUGE: list[Any] = [
    "a" * 1_000_000,
    "a@" * 500_000,
    "ada@example.org " * 60_000,
    b"\xff@" * 500_000,
    ["x" * 900] * 10_000,
    {f"key {number}": "x" * 900 for number in range(10_000)},
    {"y" * 100_000: "x"},
    [[[[[[[[[[[["deep"]]]]]]]]]]]],
    10**50_000,
    ValueError("z" * 1_000_000),
]


@pytest.mark.parametrize("value", HUGE, ids=lambda value: type(value).__name__)
def test_nothing_long_is_logged_whoever_logs_it_and_it_costs_little(lines: io.StringIO, value: Any) -> None:
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if getattr(handler, "stream", None) is lines]  # without pytest's own

    def log() -> None:
        lines.truncate(0)
        structlog.get_logger("own").warning("said", first=value, then={"nested": [value]}, last=value)
        logging.getLogger("library").warning("said %s", value if isinstance(value, str) else "x" * 1_000_000)
        try:
            raise RuntimeError(value if isinstance(value, str) else "y" * 1_000_000)
        except RuntimeError:
            structlog.get_logger("own").exception("failed", value=value)

    within(2, log)
    written = lines.getvalue()
    assert written.count("said") >= 2
    assert len(written) < 3 * 2 * MAX_LINE  # in UTF-8 and JSON, with what stands around the values
    assert "example.org" not in written


@in_json
def test_half_an_address_is_not_left_where_a_value_is_cut(lines: io.StringIO) -> None:
    for shift in range(40):
        for many in ("ada.lovelace@mail.example.org", "ada.lovelace@mail.example.org bob@mail.example.org " * 100):
            structlog.get_logger("own").info("said", value=" " + "x" * (MAX_TEXT - shift) + " " + many)
    assert not any(word in lines.getvalue() for word in ("ada", "love", "bob", "mail", "exam"))


def test_what_cannot_be_shown_does_not_make_the_caller_fail(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unshowable:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    structlog.get_logger("own").info("said", value=Unshowable(), text="\ud800")
    logging.getLogger("library").warning("%d", "no number")
    assert "said" in lines.getvalue()

    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise OSError("the disk is full")

    monkeypatch.setattr(logging.getLogger(), "handlers", [Broken()])
    structlog.get_logger("own").info("said")
    structlog.get_logger("own").bind(more=1).error("%s %s", "too few")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "coloured"), [(io.StringIO(), False), (Terminal(), True)])
@pytest.mark.usefixtures("logging_as_before")
def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, coloured: bool) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging("test", "info", "console")
    structlog.get_logger("colours").warning("something_happened", count=1)
    assert "something_happened" in stream.getvalue()
    assert ("\x1b[" in stream.getvalue()) is coloured
