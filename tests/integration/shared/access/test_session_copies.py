"""What a service knows of sessions: keys and ends that come late, again or forged, and how long they are remembered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from pydantic import BaseModel

from shared.contract.envelope import Event, Received
from shared.contract.topics import SESSIONS, SIGNING_KEYS, Topic
from shared.database.mongo import Database
from shared.signing_keys import new_key
from shared.web.access.session_copies import SessionCopies, all_ended, end_key, ended, published, revoked
from shared.web.access.sessions import LIFETIME, TOLERANCE, SignInSession
from support.databases import apply

NOW: Final = datetime.now(UTC).replace(microsecond=0)
KEY: Final = new_key("k1", NOW - timedelta(days=1), NOW + timedelta(days=30)).public
ADA: Final = SignInSession("s1", "ada", 5, NOW, NOW + LIFETIME)
MERGED: Final = SignInSession("s2", "bob", 5, NOW, NOW + LIFETIME, ("ada",))
"""Somebody whose other id is ``ada``."""


def event(topic: Topic, data: BaseModel | None, key: str) -> Event:
    return Event("1", "notifications", "", NOW, "", data, Received(f"prefix.{topic.name}", b"", (), key.encode()))


def key_event(key: str = "k1", *, erased: bool = False) -> Event:
    return event(SIGNING_KEYS, None if erased else published(KEY), key)


def end(session: SignInSession) -> Event:
    return event(SESSIONS, ended(session), f"session/{session.id}")


def end_all(person_id: str, generation: int, version: int = 1) -> Event:
    return event(SESSIONS, all_ended(person_id, version, generation, NOW), f"person/{person_id}")


@pytest.fixture
def copies(database: Database) -> SessionCopies:
    return SessionCopies(database.db)


async def test_a_key_is_known_once_it_came_also_to_other_instances_and_unknown_when_it_is_erased(
    database: Database, copies: SessionCopies
) -> None:
    assert await copies.key("k1") is None
    for _ in range(2):
        await apply(database, copies.apply, key_event())
    assert await copies.key("k1") == await SessionCopies(database.db).key("k1") == KEY
    await apply(database, copies.apply, key_event(erased=True))
    assert [await known.key("k1") for known in (copies, SessionCopies(database.db))] == [None, None]


async def test_one_session_ends_and_no_other_of_the_person(database: Database, copies: SessionCopies) -> None:
    others = [replace(ADA, id="s9"), MERGED]
    await apply(database, copies.apply, end(ADA), end(ADA))
    assert [await copies.has_ended(session, "k1") for session in (ADA, *others)] == [True, False, False]


@pytest.mark.parametrize("together", [True, False])
async def test_sessions_with_a_lower_generation_end_in_whatever_order_ends_come(
    database: Database, copies: SessionCopies, together: bool
) -> None:
    events = [end_all("ada", 6), end_all("ada", 9, 2), end_all("ada", 6)]
    for batch in [events] if together else [[one] for one in events]:
        await apply(database, copies.apply, *batch)
    assert [await copies.has_ended(replace(ADA, generation=generation), "k1") for generation in (0, 8, 9)] == [True, True, False]
    assert not await copies.has_ended(replace(ADA, person_id="bob"), "k1")


async def test_the_end_of_one_id_of_a_person_ends_their_sessions(database: Database, copies: SessionCopies) -> None:
    await apply(database, copies.apply, end_all("ada", 6))
    assert [await copies.has_ended(session, "k1") for session in (MERGED, replace(MERGED, generation=6))] == [True, False]


async def test_all_sessions_that_a_revoked_key_signed_end_also_where_the_key_is_in_memory(
    database: Database, copies: SessionCopies
) -> None:
    await apply(database, copies.apply, key_event())
    assert await copies.key("k1") == KEY
    assert not await copies.has_ended(ADA, "k1")
    revocation = event(SIGNING_KEYS, revoked(KEY), "k1")
    for late in (revocation, end_all("ada", 3), revocation, key_event()):
        await apply(database, copies.apply, late)
        for known in (copies, SessionCopies(database.db)):
            assert [await known.has_ended(ADA, id) for id in ("k1", "k2")] == [True, False]
    await apply(database, copies.apply, key_event(erased=True))
    assert [document["_id"] async for document in database.db["ended_sessions"].find()] == ["person/ada"]


async def test_a_record_under_another_key_than_its_data_is_left_out(database: Database, copies: SessionCopies) -> None:
    forged = [
        key_event("k2"),
        event(SESSIONS, ended(ADA), "person/ada"),
        event(SESSIONS, ended(ADA), "session/other"),
        event(SESSIONS, all_ended("ada", 1, 9, NOW), "person/bob"),
        event(SESSIONS, all_ended("ada", 1, 9, NOW), "session/s1"),
        event(SIGNING_KEYS, revoked(KEY), "k2"),
    ]
    assert len(await apply(database, copies.apply, *forged, end_all("bob", 6))) == len(forged)
    assert [await copies.key(id) for id in ("k1", "k2")] == [None, None]
    assert [await copies.has_ended(session, "k1") for session in (ADA, MERGED)] == [False, True]


async def test_an_end_is_remembered_for_as_long_as_it_matters(database: Database, copies: SessionCopies) -> None:
    await apply(database, copies.apply, end(ADA), end_all("bob", 7))
    for later, kept in ((LIFETIME + TOLERANCE, True), (LIFETIME + 3 * TOLERANCE, False)):
        due = await copies.forgettable_ends(NOW + later, 10)
        assert sorted(due) == ([] if kept else [end_key(all_ended("bob", 1, 7, NOW)), end_key(ended(ADA))])
    await apply(database, copies.apply, *(event(SESSIONS, None, key) for key in due))
    assert not await copies.has_ended(ADA, "k1")


async def test_what_nobody_needs_is_swept_even_if_its_erasure_was_missed(database: Database, copies: SessionCopies) -> None:
    long_ago = NOW - timedelta(days=40)
    old = replace(ADA, id="old", signed_in_at=long_ago, ends_at=long_ago + LIFETIME)
    old_key = replace(KEY, id="old", not_before=long_ago, ends_at=long_ago + LIFETIME)
    await apply(database, copies.apply, key_event(), end(ADA), end(old), event(SIGNING_KEYS, published(old_key), "old"))
    await copies.sweep()
    assert {document["_id"] for document in await database.db["ended_sessions"].find().to_list(9)} == {"session/s1"}
    assert {document["_id"] for document in await database.db["session_keys"].find().to_list(9)} == {"k1"}
