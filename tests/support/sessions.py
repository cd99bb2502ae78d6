"""Sessions signed by the tests' own key, created directly in a service's database, without notifications."""

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
    """A signing key that no service knows; with the id of ``SIGNING_KEY``, a forged one."""
    return new_key(id, SIGNING_KEY.public.not_before, SIGNING_KEY.public.ends_at)


def session_of(*person_ids: str, operator: bool = False) -> SignInSession:
    """A new session of the person with these ids."""
    now = datetime.now(UTC).replace(microsecond=0)  # not the start of the test run, which would no longer be a recent sign-in
    return SignInSession(secrets.token_hex(8), person_ids[0], 0, now, now + LIFETIME, tuple(person_ids[1:]), operator)


def cookie(session: SignInSession, key: PrivateKey = SIGNING_KEY) -> dict[str, str]:
    """Request headers with this session, and without the API key that a test client may have."""
    return {"cookie": f"{COOKIE}={signed(session, key)}", "authorization": ""}


async def sign_in(service: str, *person_ids: str, operator: bool = False) -> dict[str, str]:
    """Add the tests' signing key to the service. Returns request headers for this person."""
    async with database_of(service) as database:
        await database.transact(lambda tx: SessionCopies(database.db).save_key(published(SIGNING_KEY.public), tx))
    return cookie(session_of(*person_ids, operator=operator))


async def end(service: str, session: SignInSession) -> None:
    """End the session in this service."""
    async with database_of(service) as database:
        await database.transact(lambda tx: SessionCopies(database.db).save_end(ended(session), tx))


def past(session: SignInSession) -> SignInSession:
    """The session, expired."""
    return replace(session, signed_in_at=_NOW - timedelta(days=2), ends_at=_NOW - timedelta(days=1))


class SessionsInMemory:
    """Signing keys and ended sessions in memory: ``People(SessionsInMemory())``."""

    def __init__(self) -> None:
        self.keys = {SIGNING_KEY.public.id: SIGNING_KEY.public}
        self.ended: set[str] = set()

    async def key(self, id: str, /) -> PublicKey | None:
        return self.keys.get(id)

    async def has_ended(self, session: SignInSession, signing_key_id: str, /) -> bool:
        return session.id in self.ended


class GrantsInMemory:
    """People's roles in memory for a guard, by person id."""

    def __init__(self, **grants: list[Grant]) -> None:
        self.by_person = grants
        self.asked = 0

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        self.asked += 1
        return [grant for id in person_ids for grant in self.by_person.get(id, [])]


def older(session: SignInSession) -> SignInSession:
    """The session, with a sign-in too long ago for actions that require a recent one."""
    age = RECENT + timedelta(minutes=1)
    return replace(session, signed_in_at=session.signed_in_at - age, ends_at=session.ends_at - age)
