"""Sessions of people, signed by a key of the tests' own: made directly in a service's database, without notifications."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.signing_keys import PrivateKey, PublicKey, new_key
from shared.web.access.roles import Grant
from shared.web.access.session_copies import SessionCopies, ended, published
from shared.web.access.sessions import COOKIE, LIFETIME, RECENT, SignInSession, signed
from support.databases import database_of

_NOW: Final = datetime.now(UTC).replace(microsecond=0)
SIGNING_KEY: Final = new_key("of-the-tests", _NOW - timedelta(days=2), _NOW + timedelta(days=30))


def another_key(id: str = "another") -> PrivateKey:
    """A signing key that no service knows; by the id of ``SIGNING_KEY``, a forged one."""
    return new_key(id, SIGNING_KEY.public.not_before, SIGNING_KEY.public.ends_at)


def session_of(*person_ids: str, operator: bool = False) -> SignInSession:
    """A new session of the person with these ids."""
    now = datetime.now(UTC).replace(microsecond=0)  # not that of the start of the tests, which is no recent sign-in any more
    return SignInSession(secrets.token_hex(8), person_ids[0], 0, now, now + LIFETIME, tuple(person_ids[1:]), operator)


def cookie(session: SignInSession, key: PrivateKey = SIGNING_KEY) -> dict[str, str]:
    """The headers of a request with this session, and without the key that a client of the tests may have."""
    return {"cookie": f"{COOKIE}={signed(session, key)}", "authorization": ""}


async def sign_in(service: str, *person_ids: str, operator: bool = False) -> dict[str, str]:
    """Have the service know the tests' signing key. Returns the headers of a request of this person."""
    async with database_of(service) as database:
        await database.transact(lambda tx: SessionCopies(database.db).save_key(published(SIGNING_KEY.public), tx))
    return cookie(session_of(*person_ids, operator=operator))


async def end(service: str, session: SignInSession) -> None:
    """End the session in this service."""
    async with database_of(service) as database:
        await database.transact(lambda tx: SessionCopies(database.db).save_end(ended(session), tx))


def past(session: SignInSession) -> SignInSession:
    """The session as it would be if it had ended by itself."""
    return replace(session, signed_in_at=_NOW - timedelta(days=2), ends_at=_NOW - timedelta(days=1))


class SessionsInMemory:
    """Where ``People`` finds keys and ends: ``People(SessionsInMemory())``."""

    def __init__(self) -> None:
        self.keys = {SIGNING_KEY.public.id: SIGNING_KEY.public}
        self.ended: set[str] = set()

    async def key(self, id: str, /) -> PublicKey | None:
        return self.keys.get(id)

    async def has_ended(self, session: SignInSession, signing_key_id: str, /) -> bool:
        return session.id in self.ended


class GrantsInMemory:
    """Where a guard finds the roles of people, by the ids of persons."""

    def __init__(self, **grants: list[Grant]) -> None:
        self.by_person = grants
        self.asked = 0

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        self.asked += 1
        return [grant for id in person_ids for grant in self.by_person.get(id, [])]


def older(session: SignInSession) -> SignInSession:
    """The session as it would be if the person had signed in too long ago for what is asked for again."""
    age = RECENT + timedelta(minutes=1)
    return replace(session, signed_in_at=session.signed_in_at - age, ends_at=session.ends_at - age)
