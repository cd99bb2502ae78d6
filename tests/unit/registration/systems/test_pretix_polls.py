"""What a poll of pretix reads, fetches and remembers."""

import json
from typing import Any

import pytest

from registration.systems import POLL_ADAPTERS
from shared.contract.envelope import Rejected
from support.adapters import NOW
from support.payloads import (
    connection,
    encoded,
    pretix_scans,
)


def scans(*numbers: int, next: str | None = None, annulled: tuple[int, ...] = ()) -> bytes:
    return encoded(pretix_scans(numbers, next, annulled))


def test_a_poll_of_pretix_goes_on_where_it_was_and_fetches_no_check_in_twice() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    first = pretix.page_fetch({}, of)
    assert first.query == {"ordering": "created", "page": "1"}
    page = pretix.read_page({}, scans(1, 2, next="https://evil.example.org/?page=77"), NOW, of)
    assert [fetch.name for fetch in page.fetches] == ["position/10", "position/20"]
    assert not page.last
    assert pretix.page_fetch(page.cursor, of).query == {"ordering": "created", "page": "2"}
    page = pretix.read_page(json.loads(json.dumps(page.cursor)), scans(30), NOW, of)
    assert page.last
    assert pretix.page_fetch(page.cursor, of).query == {
        "ordering": "created",
        "page": "1",
        "created_since": "2026-05-01T08:15:00+00:00",
    }
    page = pretix.read_page(page.cursor, scans(29, 30, 31), NOW, of)  # one may become visible after a newer one
    assert [fetch.name for fetch in page.fetches] == ["position/290", "position/310"]
    page = pretix.read_page(page.cursor, scans(), NOW, of)
    assert page.last
    assert page.fetches == ()
    assert pretix.page_fetch(page.cursor, of).query["created_since"] == "2026-05-01T08:16:00+00:00"


def test_a_check_in_that_is_annulled_after_it_was_polled_has_its_position_fetched_again() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    cursor = pretix.read_page({}, scans(1, 2, 16), NOW, of).cursor
    assert pretix.page_fetch(cursor, of).query["created_since"] == "2026-05-01T08:01:00+00:00"
    page = pretix.read_page(json.loads(json.dumps(cursor)), scans(1, 2, 16, annulled=(1,)), NOW, of)
    assert [fetch.name for fetch in page.fetches] == ["position/10"]
    assert page.fetches[0].may_be_deleted
    page = pretix.read_page(page.cursor, scans(1, 2, 16, annulled=(1,)), NOW, of)  # known by now
    assert page.fetches == ()
    # A webhook may have told of it while it stood.
    assert [fetch.name for fetch in pretix.read_page(cursor, scans(17, annulled=(17,)), NOW, of).fetches] == ["position/170"]


def test_a_poll_remembers_a_bounded_number_of_check_ins_and_looks_at_others_again() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    cursor: dict[str, Any] = {}
    for page in range(30):
        numbers = range(1_000 * page, 1_000 * (page + 1))
        results = [{"id": n, "position": n, "created": "2026-05-01T08:00:00Z", "list": 1} for n in numbers]
        cursor = pretix.read_page(cursor, encoded({"next": "x", "results": results}), NOW, of).cursor
    assert len(json.dumps(cursor)) < 2_000_000


def test_a_scan_of_nothing_known_is_not_fetched() -> None:
    failed = {"id": 1, "position": 5, "successful": False, "created": "2026-05-01T08:00:00Z"}
    unknown = {"id": 2, "position": None, "created": "2026-05-01T08:00:00Z"}
    page = POLL_ADAPTERS["pretix"].read_page({}, encoded({"next": None, "results": [failed, unknown]}), NOW, connection("pretix"))
    assert page.fetches == ()


def test_a_poll_without_its_options_says_which_is_missing() -> None:
    with pytest.raises(Rejected, match=r"options\.event"):
        POLL_ADAPTERS["pretix"].page_fetch({}, connection("pretix", options={"organizer": "acmecorp"}))
