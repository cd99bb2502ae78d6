"""What other services are told of sessions: keys and ends, in the transaction of each change, and that they are forgotten."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from pydantic import BaseModel

from shared import clock
from shared.contract.events import TYPES
from shared.contract.events.notifications import SessionsEnded, SigningKeyPublished, SigningKeyRevoked
from shared.database.mongo import Tx
from shared.refusals import NotFound
from shared.web.access.session_copies import SessionCopies
from shared.web.access.sessions import LIFETIME, SignInSession, key_id
from support.desk import Desk
from support.kafka import Kafka
from support.notified import Publisher
from support.signing_in import People, sessions_of

KEYS: Final = "notifications.signing_keys"
SESSIONS: Final = "notifications.sessions"


def session(id: str = "s1", *person_ids: str) -> SignInSession:
    now = clock.now().replace(microsecond=0)
    first, *others = person_ids or ("ada",)
    return SignInSession(id, first, 0, now, now + LIFETIME, tuple(others))


async def published(desk: Desk, work: Callable[[Tx], Awaitable[Any]]) -> list[tuple[str, str, BaseModel | None]]:
    """Topic, key and data of all that the work publishes if it commits."""

    async def do(tx: Tx) -> list[tuple[str, str, BaseModel | None]]:
        await work(tx)
        return [
            (out.topic, out.key, TYPES[out.headers["ce_type"]].model_validate_json(out.value) if out.value else None)
            for out in tx.outgoing
        ]

    return await desk.database.transact(do)


async def test_keys_and_ends_are_published_without_any_address(people: People, publish: Publisher, kafka: Kafka) -> None:
    here, there = await people.signed_in(), await people.signed_in()
    signed_by = key_id(here.token)
    await here.send("POST", "/sign-out")
    await there.send("POST", "/sign-out/everywhere")
    await publish.contact("ada", 2, email="ada@other.example")
    ends = await kafka.read(SESSIONS, 3)
    told = [SessionsEnded.model_validate_json(record.value or b"") for record in ends]
    one, *both = sorted(told, key=lambda end: end.session_id is None)
    assert {record.key for record in ends} == {f"session/{one.session_id}".encode(), b"person/ada"}
    assert [(end.person_id, end.session_id, end.version) for end in both] == [("ada", None, 1), ("ada", None, 2)]
    assert 0 < both[0].generation < both[1].generation
    [record] = keys = await kafka.read(KEYS, 1)
    key = SigningKeyPublished.model_validate_json(record.value or b"")
    assert (record.key, key.key_id) == (signed_by.encode(), signed_by)
    assert not any(b"@" in (record.key or b"") + (record.value or b"") for record in (*ends, *keys))


async def test_a_key_is_published_before_it_signs_and_erased_after_its_last_session(desk: Desk) -> None:
    sessions, keys = sessions_of(desk), desk.database.db["signing_keys"]
    [(topic, first, data)] = await published(desk, sessions.rotate)
    assert topic == KEYS
    assert isinstance(data, SigningKeyPublished)
    assert data.key_id == first
    assert await published(desk, sessions.rotate) == []
    now = clock.now()
    await keys.update_one({"_id": 1}, {"$set": {"signs_until": now + timedelta(hours=1)}})
    [(_, second, data)] = await published(desk, sessions.rotate)
    assert second != first
    assert isinstance(data, SigningKeyPublished)
    assert data.not_before > now
    token = await desk.database.transact(lambda tx: sessions.start(["ada"], tx))
    assert key_id(token) == first, "the next key is known everywhere before it signs"
    await keys.update_one({"_id": 1}, {"$set": {"ends_at": now - timedelta(hours=1)}})
    assert await published(desk, sessions.rotate) == [(KEYS, first, None)]
    assert await SessionCopies(desk.database.db).key(first) is None


async def test_a_key_is_revoked_and_followed_by_another_in_one_transaction(desk: Desk) -> None:
    sessions, copies, other = sessions_of(desk), SessionCopies(desk.database.db), SessionCopies(desk.database.db)
    [(_, old, _)] = await published(desk, sessions.rotate)
    assert await other.key(old), "another instance has it in memory"
    (topic, key, revocation), (_, _, new) = await published(desk, lambda tx: sessions.revoke_key(old, tx))
    assert (topic, key) == (KEYS, old)
    assert isinstance(revocation, SigningKeyRevoked)
    assert isinstance(new, SigningKeyPublished)
    token = await desk.database.transact(lambda tx: sessions.start(["ada"], tx))
    assert key_id(token) == new.key_id != old
    assert [await copies.key(old), await copies.has_ended(session(), new.key_id)] == [None, False]
    assert [await each.has_ended(session(), old) for each in (copies, other)] == [True, True]
    assert await published(desk, lambda tx: sessions.revoke_key(old, tx)) == [], "again"
    with pytest.raises(NotFound):
        await published(desk, lambda tx: sessions.revoke_key("k9", tx))
    await desk.database.db["ended_sessions"].update_one({"_id": f"signing-key/{old}"}, {"$set": {"until": clock.now()}})
    assert await published(desk, sessions.forget_ends) == [(KEYS, old, None)]


async def test_an_end_is_erased_when_its_sessions_would_have_ended_by_themselves(desk: Desk) -> None:
    sessions, now = sessions_of(desk), clock.now()
    for number in range(3):
        past = replace(session(f"s{number}"), ends_at=now - timedelta(hours=1))
        await desk.database.transact(partial(sessions.end, past))
    await desk.database.transact(lambda tx: sessions.end(session("s9"), tx))
    await desk.database.transact(lambda tx: sessions.end_all(["bob"], tx))
    assert await published(desk, sessions.forget_ends) == [(SESSIONS, f"session/s{number}", None) for number in range(3)]
    assert await published(desk, sessions.forget_ends) == []
    copies = SessionCopies(desk.database.db)
    assert [await copies.has_ended(one, "k1") for one in (session("s9"), session("s8", "bob"))] == [True, True]


async def test_an_end_is_above_the_sessions_of_all_ids_of_a_person_whatever_the_clock_says(desk: Desk) -> None:
    sessions, copies = sessions_of(desk), SessionCopies(desk.database.db)

    async def end_all(person_id: str, minutes: int) -> None:
        def at(tx: Tx) -> Awaitable[None]:
            tx.now += timedelta(minutes=minutes)
            return sessions.end_all([person_id], tx)

        await desk.database.transact(at)

    await end_all("ada", 10)  # by an instance whose clock is ahead
    _, generation = await desk.database.transact(lambda tx: copies.version_and_generation("ada", tx))
    both = replace(session("s1", "ada", "bob"), generation=generation)
    assert not await copies.has_ended(both, "k1")
    await end_all("bob", 0)
    assert await copies.has_ended(both, "k1")


async def test_what_was_there_before_it_was_published_is_published_at_the_start(desk: Desk) -> None:
    db, until = desk.database.db, clock.now().replace(microsecond=0) + LIFETIME
    await db["session_keys"].insert_one({"_id": "k1", "x": "A" * 43, "not_before": until - LIFETIME, "ends_at": until})
    await db["ended_sessions"].insert_many(
        [{"_id": "session/s1", "until": until}, {"_id": "person/ada", "generation": 7, "until": until}]
    )
    sessions = sessions_of(desk)
    assert {(topic, key) for topic, key, data in await published(desk, sessions.publish_rest) if data} == {
        (KEYS, "k1"),
        (SESSIONS, "session/s1"),
        (SESSIONS, "person/ada"),
    }
    assert await published(desk, sessions.publish_rest) == []
    copies = SessionCopies(db)
    assert await copies.key("k1")
    ada = session("s2")
    ended = [await copies.has_ended(one, "k1") for one in (session("s1", "bob"), ada, replace(ada, generation=7))]
    assert ended == [True, True, False]
