"""Starting and ending sessions, and changing the keys that sign them."""

from collections.abc import Collection

import structlog

from notifications.sign_in.domain import ended_keys, new_id, next_key, signing_key
from notifications.sign_in.repository import SigningKeys, SignInRequests
from shared.database.mongo import Tx
from shared.refusals import Busy
from shared.web.access.session_copies import SessionCopies
from shared.web.access.sessions import LIFETIME, Session, next_generation, signed

log = structlog.get_logger(__name__)


class Sessions:
    """Use cases; each runs in the transaction it is given."""

    def __init__(self, keys: SigningKeys, copies: SessionCopies, requests: SignInRequests) -> None:
        self._keys = keys
        self._copies = copies
        self._requests = requests

    async def start(self, person_id: str, tx: Tx) -> str:
        """Start a session of a person. Returns its token.

        Raises:
            Busy: no key can sign now.
        """
        key = signing_key(await self._keys.all(tx), tx.now)
        if key is None:
            raise Busy("nobody can be signed in now; try again in a minute", retry_after=60)
        since = tx.now.replace(microsecond=0)  # as a token has it
        session = Session(new_id(), person_id, await self._copies.generation(person_id, tx), since, since + LIFETIME)
        log.info("signed_in", session=session.id, person_id=person_id)
        return signed(session, key.key)

    async def end(self, session: Session, tx: Tx) -> None:
        """Sign out here: end this session."""
        await self._copies.end(session, tx)
        log.info("signed_out", session=session.id, person_id=session.person_id)

    async def end_all(self, people: Collection[str], tx: Tx) -> None:
        """Sign these people out everywhere. Links and codes that they have not used are void, too."""
        for person_id in sorted(people):
            generation = next_generation(await self._copies.generation(person_id, tx), tx.now)
            await self._copies.end_before(person_id, generation, tx)
            await self._requests.call_off(person_id, tx)
            log.info("signed_out_everywhere", person_id=person_id)

    async def rotate(self, tx: Tx) -> None:
        """Make the next key when it is time, and forget the keys whose sessions have all ended."""
        keys = await self._keys.all(tx)
        if new := next_key(keys, tx.now):
            await self._keys.add(new, tx)
            await self._copies.add_key(new.key.public, tx)
            log.info("signing_key_made", signing_key=new.key.public.id, not_before=new.key.public.not_before.isoformat())
        for old in ended_keys(keys, tx.now):
            await self._keys.remove(old.number, tx)
            await self._copies.forget_key(old.key.public.id, tx)
