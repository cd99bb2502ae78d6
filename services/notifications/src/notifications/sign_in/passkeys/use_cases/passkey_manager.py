"""Adding, using and removing passkeys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from notifications.sign_in.domain import Operators, network_of
from notifications.sign_in.passkeys.domain.ceremonies import (
    NAME,
    NotProven,
    adding_options,
    signing_in_options,
    verified_count,
    verified_new_key,
)
from notifications.sign_in.passkeys.domain.records import (
    MOST_PASSKEYS,
    Challenge,
    Passkey,
    Purpose,
    RelyingParty,
    new_challenge,
    new_ticket,
    new_user_handle,
)
from notifications.sign_in.passkeys.repository import Challenges, Passkeys
from notifications.sign_in.passkeys.use_cases.notices import PasskeyNotices
from notifications.sign_in.repository import SignInRequests
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns, refuse_too_many
from shared.database.mongo import Tx
from shared.refusals import Conflict, Forbidden, NotFound
from shared.web.access.sessions import SignInSession, signed_in_recently
from shared.worded import Worded

log = structlog.get_logger(__name__)

_UNPROVEN = "this passkey is not valid here; ask for new options and try again, or sign in by mail"


@dataclass(frozen=True, slots=True)
class Asked:
    """A browser asked for a challenge."""

    ticket: str
    """The secret of this browser, without which the challenge is void."""
    options: dict[str, Any]
    """What its passkeys need."""


class PasskeyManager:
    """Use cases. Those with ``tx`` run in the transaction that they are given."""

    def __init__(
        self,
        party: RelyingParty,
        passkeys: Passkeys,
        challenges: Challenges,
        requests: SignInRequests,
        sessions: Sessions,
        sign_ins: SignIns,
        operators: Operators,
        notices: PasskeyNotices,
    ) -> None:
        self._party = party
        self._passkeys = passkeys
        self._challenges = challenges
        self._requests = requests
        self._sessions = sessions
        self._sign_ins = sign_ins
        self._operators = operators
        self._notices = notices

    async def challenge(self, ticket: str, purpose: Purpose, now: datetime) -> Challenge:
        """The challenge of the browser with this ticket. It is used up, whatever comes of it.

        Raises:
            Forbidden: there is none, or it is too old.
        """
        if challenge := await self._challenges.take(ticket, purpose, now):
            return challenge
        raise Forbidden("these options were used, have expired, or belong to another browser; ask for new ones and try again")

    # Signing in

    async def ask_to_sign_in(self, client: str, now: datetime) -> Asked:
        """Make a challenge for signing in. ``client`` is the address of the browser.

        Raises:
            TooMany: there were too many requests to sign in.
        """
        await self._count(client, now)
        challenge = new_challenge("sign_in", now)
        return await self._asked(challenge, signing_in_options(self._party, challenge))

    async def sign_in(
        self, response: dict[str, Any], challenge: Challenge, before: SignInSession | None, browser: str, tx: Tx
    ) -> str | None:
        """Start a session by a passkey, and return its token. None if there may be two copies of the passkey.

        ``before`` is the session that the browser has: it ends, so that nobody's session goes over to somebody else.

        Raises:
            NotFound: the passkey is not known, or was removed.
            Forbidden: it did not sign this challenge, or for another site, or its user was not verified.
        """
        passkey = await self._passkeys.get(str(response.get("id")), tx)
        if passkey is None:
            raise NotFound("passkey", str(response.get("id"))[:64])
        try:
            count = verified_count(response, challenge, self._party, passkey)
        except NotProven as reason:
            log.warning("passkey_refused", person_id=passkey.person_id, reason=str(reason))
            raise Forbidden(_UNPROVEN) from None
        if passkey.count_fell(count):
            log.warning("passkey_suspicious", person_id=passkey.person_id, sign_count=count, known=passkey.sign_count)
            await self._passkeys.record_doubt(passkey.id, tx)
            return None
        await self._passkeys.record_use(passkey.id, count, tx)
        if before:
            await self._sessions.end(before, tx)
        operator = passkey.operator and not self._operators.ids.isdisjoint(passkey.person_ids)
        return await self._sessions.start(passkey.person_ids, tx, operator=operator, browser=browser)

    # Adding

    async def ask_to_add(self, session: SignInSession, client: str, now: datetime) -> Asked:
        """Make a challenge for adding a passkey. ``client`` is the address of the browser.

        Raises:
            TooMany: there were too many requests to sign in.
            Forbidden: the person did not sign in recently.
            Conflict: they have as many passkeys as one may have.
        """
        await self._count(client, now)
        own = await self._passkeys.of(session.person_id)
        _check_may_add(session, own, now)
        email = await self._sign_ins.email(session.person_id) or NAME
        handle = own[0].user_handle if own else new_user_handle()
        challenge = new_challenge("add", now, session.id, handle)
        return await self._asked(challenge, adding_options(self._party, challenge, email, own))

    async def add(
        self, response: dict[str, Any], challenge: Challenge, session: SignInSession, name: str, locale: str, tx: Tx
    ) -> Passkey:
        """Add a passkey under this name, which is not empty, and tell the person. ``locale`` is the language of the browser.

        Raises:
            Forbidden: it was not made for this challenge, session or site, or its user was not verified; or the session has
                ended, or is not new.
            Conflict: it is known already, or the person has as many passkeys as one may have.
        """
        if challenge.session_id != session.id or not await self._sessions.still_holds(session, tx):
            raise Forbidden("you are no longer signed in as you were when you began; sign in and try again")
        own = await self._passkeys.of(session.person_id, tx)
        _check_may_add(session, own, tx.now)
        try:
            key = verified_new_key(response, challenge, self._party)
        except NotProven as reason:
            log.warning("passkey_refused", person_id=session.person_id, reason=str(reason))
            raise Forbidden(_UNPROVEN) from None
        if await self._passkeys.get(key.id, tx):
            raise Conflict(Worded("this passkey is already registered"))
        passkey = Passkey(
            key.id,
            session.person_id,
            session.also,
            session.operator,
            challenge.user_handle,
            key.public_key,
            key.sign_count,
            key.may_be_copied,
            name,
            tx.now,
        )
        await self._passkeys.add(passkey, tx)
        await self._notices.added(passkey, locale, tx)
        log.info("passkey_added", person_id=session.person_id, session=session.id)
        return passkey

    # Changing

    async def rename(self, id: str, session: SignInSession, name: str, tx: Tx) -> None:
        """Rename a passkey of whoever is signed in.

        Raises:
            NotFound: they have no such passkey.
        """
        if not await self._passkeys.rename(id, session.person_id, name, tx):
            raise NotFound("passkey", id[:64])

    async def remove(self, id: str, session: SignInSession, locale: str, tx: Tx) -> None:
        """Remove a passkey of whoever is signed in, and tell them. ``locale`` is the language of the browser.

        Raises:
            Forbidden: they did not sign in recently.
            NotFound: they have no such passkey.
        """
        _check_recent(session, tx.now)
        passkey = await self._passkeys.remove(id, session.person_id, tx)
        if passkey is None:
            raise NotFound("passkey", id[:64])
        await self._notices.removed(passkey, locale, tx)
        log.info("passkey_removed", person_id=session.person_id, session=session.id)

    async def _count(self, client: str, now: datetime) -> None:
        refuse_too_many(await self._requests.count_without_address(network_of(client), now), now)

    async def _asked(self, challenge: Challenge, options: dict[str, Any]) -> Asked:
        ticket = new_ticket()
        await self._challenges.add(ticket, challenge)
        return Asked(ticket, options)


def _check_recent(session: SignInSession, now: datetime) -> None:
    if not signed_in_recently(session, now):
        raise Forbidden("passkeys can only be added and removed within 15 minutes of signing in; sign out and sign in again")


def _check_may_add(session: SignInSession, own: Collection[Passkey], now: datetime) -> None:
    _check_recent(session, now)
    if len(own) >= MOST_PASSKEYS:
        raise Conflict(Worded("you already have %(most)s passkeys, which is the limit; remove one first", most=MOST_PASSKEYS))
