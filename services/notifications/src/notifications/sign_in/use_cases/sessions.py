"""Starting and ending sessions, and changing the keys that sign them. Other services learn of keys and ends by events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import structlog

from notifications.sign_in.domain import SESSION_KEYS, StartedSession, new_id
from notifications.sign_in.passkeys.repository import Passkeys
from notifications.sign_in.repository import OperatorIds, SignInRequests, StartedSessions
from shared.contract.envelope import Event
from shared.contract.events.notifications import SessionsEnded, SigningKeyPublished, SigningKeyRevoked
from shared.contract.topics import SESSIONS, SIGNING_KEYS
from shared.database.mongo import Tx
from shared.database.signing_keys import SigningKeys
from shared.refusals import Busy, NotFound
from shared.web.access.session_copies import SessionCopies, all_ended, end_key, ended, published, record_of, revoked
from shared.web.access.sessions import LIFETIME, SignInSession, next_generation, signed

log = structlog.get_logger(__name__)

TOGETHER: Final = 200
"""The most ends that one transaction forgets or publishes."""


class Sessions:
    """Use cases; each runs in the transaction it is given."""

    def __init__(
        self,
        keys: SigningKeys,
        copies: SessionCopies,
        requests: SignInRequests,
        operators: OperatorIds,
        passkeys: Passkeys,
        started: StartedSessions,
    ) -> None:
        self._keys = keys
        self._copies = copies
        self._requests = requests
        self._operators = operators
        self._passkeys = passkeys
        self._started = started

    async def start(
        self, person_ids: Sequence[str], tx: Tx, *, operator: bool = False, browser: str = "", since: datetime | None = None
    ) -> str:
        """Start a session of the person with these ids, the first one their own. Returns its token.

        ``browser`` is which one it is, roughly, for the person. ``since`` is when they proved who they are; None: now.

        Raises:
            Busy: no key can sign now.
        """
        key = SESSION_KEYS.signing(await self._keys.all(tx), tx.now)
        if key is None:
            raise Busy("nobody can sign in at the moment; try again in a minute", retry_after=60)
        since = (since or tx.now).replace(microsecond=0)  # as a token has it
        generation = max([(await self._copies.version_and_generation(id, tx))[1] for id in person_ids])
        session = SignInSession(new_id(), person_ids[0], generation, since, since + LIFETIME, tuple(person_ids[1:]), operator)
        await self._started.add(StartedSession(session, key.key.public.id, browser), tx)
        log.info("signed_in", session=session.id, person_id=session.person_id, operator=operator)
        return signed(session, key.key)

    async def end(self, session: SignInSession, tx: Tx) -> None:
        """Sign out here: end this session."""
        await self._end(ended(session), tx)
        await self._started.forget(session.id, tx)
        log.info("signed_out", session=session.id, person_id=session.person_id)

    async def end_own(self, id: str, by: SignInSession, tx: Tx) -> None:
        """End another session of the same person. If there is none with this id, or none any more, nothing changes."""
        found = await self._started.get(id, tx)
        if found and found.session.person_id == by.person_id:
            await self.end(found.session, tx)

    async def end_all(self, people: Collection[str], tx: Tx) -> None:
        """Sign the people with these ids out everywhere. Links and codes that they have not used are void, too."""
        for person_id in sorted(people):
            # A session has the newest generation of all the ids of its person, so an end is above everybody's.
            generation = next_generation(await self._copies.newest_generation(tx), tx.now)
            version = 1 + (await self._copies.version_and_generation(person_id, tx))[0]
            await self._end(all_ended(person_id, version, generation, tx.now), tx)
            await self._requests.call_off(person_id, tx)
            await self._started.forget_all(person_id, tx)
            log.info("signed_out_everywhere", person_id=person_id)

    async def lock_out(self, people: Collection[str], tx: Tx) -> None:
        """Sign the people with these ids out everywhere, and delete their passkeys: they may not be these people any more."""
        if people:
            await self.end_all(people, tx)
            await self._passkeys.remove_all(people, tx)

    async def have_ended_since(self, people: Collection[str], at: datetime) -> bool:
        """Whether one of these people was signed out everywhere after this time."""
        generations = [(await self._copies.version_and_generation(id))[1] for id in people]
        return max(generations, default=0) > at.timestamp() * 1000

    async def still_holds(self, session: SignInSession, tx: Tx) -> bool:
        """Whether nobody has ended all sessions of this person since. Until this transaction is over, nobody can."""
        await self._copies.lock(session.person_ids, tx)
        generations = [(await self._copies.version_and_generation(id, tx))[1] for id in session.person_ids]
        return session.generation >= max(generations)

    async def _end(self, end: SessionsEnded, tx: Tx) -> None:
        await self._copies.save_end(end, tx)
        tx.publish(SESSIONS, end_key(end), end, version=end.version)

    async def end_former_operators(self, ids: Collection[str], tx: Tx) -> None:
        """Lock out whoever was an operator and, by these ids of all operators, is none any more."""
        former = await self._operators.all(tx) - set(ids)
        await self.lock_out(former, tx)
        await self._operators.replace(ids, tx)

    async def forget_ends(self, tx: Tx) -> bool:
        """Forget some of the ends that nobody needs any more. Returns whether there may be more of them."""
        keys = await self._copies.forgettable_ends(tx.now, TOGETHER, tx)
        await self._copies.forget_ends(keys, tx)
        for topic, key in map(record_of, keys):
            tx.erase(topic, key)
        return len(keys) == TOGETHER

    # Keys

    async def rotate(self, tx: Tx) -> None:
        """Make the next key when it is time, and forget the keys whose sessions have all ended."""
        keys = await self._keys.all(tx)
        if new := SESSION_KEYS.next(keys, tx.now):
            await self._keys.add(new, tx)
            await self._publish_key(published(new.key.public), tx)
            log.info("signing_key_made", signing_key=new.key.public.id, not_before=new.key.public.not_before.isoformat())
        for old in SESSION_KEYS.ended(keys, tx.now):
            await self._keys.remove(old.number, tx)
            await self._copies.forget_key(old.key.public.id, tx)
            tx.erase(SIGNING_KEYS, old.key.public.id)

    async def revoke_key(self, id: str, tx: Tx) -> None:
        """End all sessions that this key signed, and have another one sign from now on. Revoking it again changes nothing.

        Raises:
            NotFound: there is no such key.
        """
        key = next((key for key in await self._keys.all(tx) if key.key.public.id == id), None)
        if key is None:
            if await self._copies.is_revoked(id, tx):
                return
            raise NotFound("signing key", id)
        event = revoked(key.key.public)
        await self._copies.save_revocation(event, tx)
        await self._keys.remove(key.number, tx)
        await self._started.forget_signed(id, tx)
        tx.publish(SIGNING_KEYS, id, event, version=event.version)
        log.warning("signing_key_revoked", signing_key=id)
        await self.rotate(tx)

    async def recall(self, events: list[Event], tx: Tx) -> None:
        """Take over from our own topics which sessions have ended and which keys were revoked, if the database was restored."""
        await self._copies.apply(events, tx)
        revoked_ids = {event.key for event in events if isinstance(event.data, SigningKeyRevoked)}
        for key in await self._keys.all(tx) if revoked_ids else ():
            if key.key.public.id in revoked_ids:
                await self._keys.remove(key.number, tx)
                await self._started.forget_signed(key.key.public.id, tx)

    async def _publish_key(self, key: SigningKeyPublished, tx: Tx) -> None:
        await self._copies.save_key(key, tx)
        tx.publish(SIGNING_KEYS, key.key_id, key, version=key.version)

    async def publish_rest(self, tx: Tx) -> bool:
        """Publish some of the keys and ends from before these were published. Returns whether there were any."""
        rest = await self._copies.unpublished(TOGETHER, tx)
        for each in rest:
            match each:
                case SigningKeyPublished() as key:
                    await self._publish_key(key, tx)
                case SessionsEnded() as end:
                    await self._end(end, tx)
        return bool(rest)
