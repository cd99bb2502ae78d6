"""The schema of a database, and the releases that may use it."""

from datetime import UTC, datetime

import pytest

from shared.database.mongo import DatabaseUnfit
from shared.database.schema import Schema, SchemaRecord
from support.documents import MemoryDatabase, run

OLD, N, NEXT, LAST = Schema(), Schema(reads=2), Schema(writes=2, min_reader=2, reads=2), Schema(writes=3, min_reader=2, reads=3)


def test_releases_may_follow_each_other_and_go_back_as_long_as_they_read_what_was_written() -> None:
    database = MemoryDatabase("listings", datetime(2026, 11, 29, tzinfo=UTC))

    def starts(release: Schema) -> int:
        record = SchemaRecord(database.db, release)
        run(record.check())
        return run(record.record())

    assert [starts(release) for release in (OLD, N, OLD, N)] == [1, 1, 1, 1], "back and forth: nothing new was written"
    assert [starts(release) for release in (NEXT, N, LAST, NEXT, N)] == [2, 2, 3, 3, 3], "the version never gets lower"
    with pytest.raises(DatabaseUnfit, match="a release must know schema 2 to read it, and this one knows 1"):
        starts(OLD)
