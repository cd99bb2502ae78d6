"""No line of a log holds an address, wherever in the event it is."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared.logging import configure_logging, without_addresses


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging("test", "info", "json")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_addresses_are_left_out_of_values_nested_ones_and_exceptions(lines: io.StringIO) -> None:
    try:
        raise ValueError("no mail to ada@example.org")
    except ValueError:
        logging.getLogger("library").exception("failed for %s", "Ada <ada@example.org>")
    structlog.get_logger("own").info("said", id="scan-ada@example.org", more={"to": ["ада@пример.рф"]})
    written = lines.getvalue()
    assert written.count("***@***") >= 4
    assert "example" not in written
    assert "пример" not in written
    assert [json.loads(line)["event"] for line in written.splitlines()] == ["failed for Ada <***@***>", "said"]


def test_what_is_no_address_stays() -> None:
    assert without_addresses('{"id": "topic/key@3", "at": "12:00 @ noon"}') == '{"id": "topic/key@3", "at": "12:00 @ noon"}'
    assert without_addresses("nothing here") == "nothing here"
