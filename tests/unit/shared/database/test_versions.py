"""Versions that are raised after a database was restored."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from shared.database.mongo import Document
from shared.database.versions import Versions
from support.documents import MemoryDatabase, run

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def things(*documents: Document) -> tuple[MemoryDatabase, Versions]:
    database = MemoryDatabase("listings", NOW)
    run(database["things"].insert_many(documents))
    collection: Any = database["things"]
    return database, Versions(collection)


def test_versions_that_are_behind_are_raised_and_what_is_not_known_is_returned() -> None:
    database, versions = things({"_id": "a", "version": 2}, {"_id": "b", "version": 9})
    unknown = run(database.transact(partial(versions.lift, {"a": 5, "b": 5, "c": 5})))
    assert unknown == {"c"}
    assert database.contents()["things"] == {"a": {"_id": "a", "version": 5}, "b": {"_id": "b", "version": 9}}


def test_every_version_is_raised_by_one_page_after_page() -> None:
    database, versions = things(*({"_id": id, "version": 1} for id in "abc"))
    pages, after = [], ""
    while page := run(database.transact(partial(versions.raise_next, after, 2))):
        after = page[-1]["_id"]
        pages.append([(one["_id"], one["version"]) for one in page])
    assert pages == [[("a", 2), ("b", 2)], [("c", 2)]]
    assert {one["version"] for one in database.contents()["things"].values()} == {2}
