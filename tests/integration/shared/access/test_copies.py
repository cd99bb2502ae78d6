"""Copies of keys in a service's database: events that come late, again or forged, and erased keys."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from shared.contract.envelope import Event, Received
from shared.contract.events.registration import KeyChanged
from shared.contract.topics import KEYS
from shared.database.mongo import Database
from shared.refusals import Conflict
from shared.web.access.copies import KeyCopies
from shared.web.access.keys import digest, parse
from support.databases import apply

ID: Final = "4Jq0ZbT7xVwK"
SECRET: Final = "s" * 32
NOW: Final = datetime(2026, 7, 8, tzinfo=UTC)


def changed(version: int = 1, *, id: str = ID, key: str = "", **changes: Any) -> Event:
    """The event of this version of a key. ``key``: that of its record, if it is another one."""
    usual: dict[str, Any] = {"scopes": ["listings"], "conference_id": None, "organization_id": None, "expires_at": None}
    data = KeyChanged(key_id=id, version=version, digest=digest(SECRET).hex(), **{"revoked_at": None, **usual, **changes})
    return event(data, key or id)


def erased(id: str = ID) -> Event:
    return event(None, id)


def event(data: KeyChanged | None, key: str) -> Event:
    return Event("1", "registration", KEYS.types[0], NOW, "", data, Received(KEYS.name, b"", (), key.encode()))


@pytest.fixture
def copies(database: Database) -> KeyCopies:
    return KeyCopies(database.db)


async def test_a_copy_has_all_that_limits_a_key(database: Database, copies: KeyCopies) -> None:
    ends = NOW + timedelta(days=1)
    bounds: dict[str, Any] = {"conference_id": "c", "organization_id": "o", "source": "s", "expires_at": ends, "revoked_at": NOW}
    await apply(database, copies.apply, changed(3, **bounds))
    key = await copies.get(ID)
    assert key
    assert (key.id, key.version) == (ID, 3)
    assert key.scopes == {"listings"}
    assert {name: getattr(key, name) for name in bounds} == bounds
    assert key.opens_with(SECRET)
    assert not key.opens_with("t" * 32)


async def test_nobody_is_known_before_anything_came(copies: KeyCopies) -> None:
    assert await copies.get(ID) is None


@pytest.mark.parametrize("together", [True, False])
async def test_a_revoked_key_stays_revoked_when_older_events_come_again(
    database: Database, copies: KeyCopies, together: bool
) -> None:
    events = [changed(1), changed(2, revoked_at=NOW), changed(1), changed(2, revoked_at=NOW), changed(1)]
    if together:
        await apply(database, copies.apply, *events)
    else:
        for one in events:
            await apply(database, copies.apply, one)
    key = await copies.get(ID)
    assert key
    assert (key.version, key.revoked_at) == (2, NOW)


@pytest.mark.parametrize("together", [True, False])
async def test_an_erased_key_does_not_come_back(database: Database, copies: KeyCopies, together: bool) -> None:
    events = [changed(1), erased(), changed(1), changed(7)]
    for batch in [events] if together else [[one] for one in events]:
        await apply(database, copies.apply, *batch)
    assert await copies.get(ID) is None
    documents = await database.db["api_keys"].find().to_list(None)
    assert documents == [{"_id": ID, "erased": True}]


async def test_a_key_that_was_erased_before_it_came_is_not_known(database: Database, copies: KeyCopies) -> None:
    await apply(database, copies.apply, erased(), changed(1))
    assert await copies.get(ID) is None


async def test_an_event_of_another_key_than_its_records_is_left_out(database: Database, copies: KeyCopies) -> None:
    await apply(database, copies.apply, changed(1))
    [reason] = await apply(database, copies.apply, changed(2, id=ID, key="another", scopes=["operator"]))
    assert reason == "key_id: must equal the record's key, 'another', not '4Jq0ZbT7xVwK'"
    assert (key := await copies.get(ID))
    assert key.scopes == {"listings"}
    assert await copies.get("another") is None


async def test_scopes_of_a_newer_registration_open_nothing_and_spoil_nothing(database: Database, copies: KeyCopies) -> None:
    await apply(database, copies.apply, changed(1, scopes=["listings", "of later days", "Operator"]))
    assert (key := await copies.get(ID))
    assert key.scopes == {"listings"}


async def test_a_batch_of_many_keys_is_applied_whole(database: Database, copies: KeyCopies) -> None:
    ids = [f"key{number:09}" for number in range(200)]
    await apply(
        database, copies.apply, *(changed(1, id=id) for id in ids), *(changed(2, id=id, revoked_at=NOW) for id in ids[::2])
    )
    found = [await copies.get(id) for id in ids]
    assert [bool(key and key.revoked_at) for key in found] == [True, False] * 100


async def test_a_bootstrap_key_ends_with_the_first_key_of_registration_even_with_one_that_is_erased(
    database: Database, copies: KeyCopies
) -> None:
    for first in (changed(1), changed(1, revoked_at=NOW), erased()):
        await database.db["api_keys"].delete_many({})
        made, shown = await database.transact(lambda tx: copies.bootstrap("listings", timedelta(hours=1), tx))
        assert parse(shown)[0] == made.id
        assert (key := await copies.get(made.id))
        assert key.ended(datetime.now(UTC)) == ""
        assert key.scopes == {"organizations", "listings", "ideas", "operator"}
        await apply(database, copies.apply, first)
        assert (key := await copies.get(made.id))
        assert key.ended(datetime.now(UTC)) == "revoked"
        with pytest.raises(Conflict, match="keys from registration"):
            await database.transact(lambda tx: copies.bootstrap("listings", timedelta(hours=1), tx))


async def test_a_new_bootstrap_key_takes_the_place_of_the_last_one(database: Database, copies: KeyCopies) -> None:
    first, _ = await database.transact(lambda tx: copies.bootstrap("listings", timedelta(hours=1), tx))
    second, _ = await database.transact(lambda tx: copies.bootstrap("listings", timedelta(hours=1), tx))
    assert await copies.get(first.id) is None
    assert (key := await copies.get(second.id))
    assert key.ended(datetime.now(UTC)) == ""
    assert key.ended(datetime.now(UTC) + timedelta(hours=1)) == "expired"
